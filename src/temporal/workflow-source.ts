/** Owns where the workflow bundle's entry lies, in the sources and in a build alike. */
import { fileURLToPath } from 'node:url';

/** Path of `workflows/index`, `.ts` when this file itself runs as TypeScript. */
export function workflowsPath(): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`../../workflows/index.${extension}`, import.meta.url));
}

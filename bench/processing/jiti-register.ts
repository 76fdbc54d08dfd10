/** Owns how a Node process is started that loads TypeScript, and leaves JavaScript as it is. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** For `node --import`: found from here, wherever the process is started. */
export function jitiRegister(): string {
  const jiti = createRequire(import.meta.url).resolve('jiti/package.json');
  return pathToFileURL(join(jiti, '..', 'lib', 'jiti-register.mjs')).href;
}

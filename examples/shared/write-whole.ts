/** One way to write a result, for all examples: a task may run twice, or die half-way. */
import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes `text` to `path`, whole or not at all: a reader sees the old file or the new one, and two
 * attempts at once cannot mix theirs. The folder is made if it is not there.
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, text);
  await rename(draft, path);
}

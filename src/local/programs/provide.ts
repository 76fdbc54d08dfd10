/** Owns bringing a program into the cache once, however many processes want it at the same time. */
import { access, chmod, constants, mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { withLock } from '../processes/process-lock.js';
import type { Report } from './run-to-end.js';

/**
 * The path `target`, brought about by `make` when it is not there yet. `make` gets a scratch folder
 * on the same disk and gives the file in it that becomes `target` by one rename, so that `target`
 * is there whole or not at all. A second process waits for the first and takes what it made.
 */
export async function provide(
  target: string,
  make: (scratch: string) => Promise<string>,
  report: Report,
): Promise<string> {
  if (await isRunnable(target)) return target;
  const wait = ({ pid }: { readonly pid: number }): void => {
    report(`waiting for process ${pid}, which is fetching ${target}`);
  };
  return await withLock(join(dirname(target), '.locks', basename(target)), wait, async () => {
    if (await isRunnable(target)) return target;
    await mkdir(dirname(target), { recursive: true });
    const scratch = await mkdtemp(join(dirname(target), '.scratch-'));
    try {
      const made = await make(scratch);
      await chmod(made, 0o755);
      await rename(made, target);
      return target;
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  });
}

/** Whether `path` is a file that this user may run. */
export async function isRunnable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

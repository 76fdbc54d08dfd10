/** Owns locks between processes of one machine, which a process killed at any point cannot leave behind. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { startOf } from './process-identity.js';

/** A lock that is held until it is released or its process ends. */
export interface ProcessLock {
  release(): Promise<void>;
}

/** The process that holds a lock. */
export interface LockHolder {
  readonly pid: number;
}

const CLAIM = /^\.lock\.(\d+)\.(.+)$/;
const ATTEMPTS = 5;

/**
 * Takes the lock of the folder `directory`, made if it is not there: one `up` a state folder. A lock
 * whose process was killed is taken over.
 *
 * @throws TidemarkError InvalidUsage naming the pid while another live process holds it. Processes
 * of other machines or containers that share the folder are not seen.
 */
export async function lockDirectory(directory: string): Promise<ProcessLock> {
  const outcome = await tryLock(directory);
  if ('release' in outcome) return outcome;
  throw new TidemarkError(
    `The folder ${directory} is in use by the running process ${outcome.pid}.`,
    {
      code: ErrorCode.InvalidUsage,
      subject: directory,
      hint: `Stop that process first (kill ${outcome.pid}), or name another state folder.`,
    },
  );
}

/** Runs `work` when the lock of `directory` is free; `onWait` hears once who is waited for. */
export async function withLock<T>(
  directory: string,
  onWait: (holder: LockHolder) => void,
  work: () => Promise<T>,
): Promise<T> {
  let waiting = false;
  for (;;) {
    const outcome = await tryLock(directory);
    if ('release' in outcome) {
      try {
        return await work();
      } finally {
        await outcome.release();
      }
    }
    if (!waiting) onWait(outcome);
    waiting = true;
    await sleep(500);
  }
}

/**
 * Every process lays down a claim of its own, named after its pid and start, then looks at the
 * others'. Of two that claim at once at least one sees the other and steps back; a claim's name is
 * never used again, so that removing a dead one can never hit a live one.
 */
async function tryLock(directory: string): Promise<ProcessLock | LockHolder> {
  await mkdir(directory, { recursive: true });
  const name = `.lock.${process.pid}.${(await startOf(process.pid)) ?? 'unknown'}`;
  const path = join(directory, name);
  let other: LockHolder | undefined;
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    try {
      await writeFile(path, `${new Date().toISOString()}\n`, { flag: 'wx' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return { pid: process.pid };
      throw error;
    }
    other = await otherHolder(directory, name);
    if (other === undefined) return { release: () => rm(path, { force: true }) };
    await rm(path, { force: true });
    // Two that stepped back for each other must not meet again.
    await sleep(10 + Math.random() * 40 * attempt);
  }
  return other ?? { pid: process.pid };
}

async function otherHolder(directory: string, own: string): Promise<LockHolder | undefined> {
  let holder: LockHolder | undefined;
  for (const name of await readdir(directory)) {
    const [, pid, start] = CLAIM.exec(name) ?? [];
    if (name === own || pid === undefined || start === undefined) continue;
    if ((await startOf(Number(pid))) === start) holder = { pid: Number(pid) };
    else await rm(join(directory, name), { force: true });
  }
  return holder;
}

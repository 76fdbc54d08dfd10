/** Owns the lock that lets one process at a time change a folder. */
import { readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { ErrorCode, TidemarkError } from '../../core/errors.js';

const RETRY_MS = 2;
/** Far beyond what a holder needs, which is a few system calls. */
const GIVE_UP_MS = 10_000;

/**
 * Runs `change` while no other process of this machine does so under the same `lockPath`.
 *
 * The lock is a symbolic link that names its holder's process id: made in one step, readable by
 * all. `change` must be synchronous: so a holder is never found waiting, and a lock with this
 * process's own id can only be one that a dead process of the same id left behind. A lock whose
 * holder is dead is broken. Two threads of one process may not share a folder.
 */
export async function withWriteLock<T>(lockPath: string, change: () => T): Promise<T> {
  for (let waitedMs = 0; !tryLock(lockPath); waitedMs += RETRY_MS) {
    breakIfDead(lockPath);
    if (waitedMs >= GIVE_UP_MS) throw stuck(lockPath);
    await delay(RETRY_MS);
  }
  try {
    return change();
  } finally {
    rmSync(lockPath, { force: true });
  }
}

function tryLock(lockPath: string): boolean {
  try {
    symlinkSync(String(process.pid), lockPath);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Breaking is itself done by one process at a time, or the second would break a fresh lock. */
function breakIfDead(lockPath: string): void {
  if (!holderIsDead(lockPath)) return;
  const breakerPath = `${lockPath}.breaking`;
  if (!tryLock(breakerPath)) return;
  try {
    if (holderIsDead(lockPath)) rmSync(lockPath, { force: true });
  } finally {
    rmSync(breakerPath, { force: true });
  }
}

function holderIsDead(lockPath: string): boolean {
  const pid = holderOf(lockPath);
  if (pid === undefined) return false;
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function holderOf(lockPath: string): number | undefined {
  try {
    return Number(readlinkSync(lockPath));
  } catch {
    return undefined;
  }
}

function stuck(lockPath: string): TidemarkError {
  return new TidemarkError(`The lock ${lockPath} is not given free.`, {
    code: ErrorCode.Unreachable,
    subject: lockPath,
    retryable: true,
    hint: `If no process ${String(holderOf(lockPath))} of tidemark runs, delete the lock and ${lockPath}.breaking.`,
  });
}

/** Owns the claim on the folder of a local stack's state: one process at a time, nothing left of a false start. */
import { mkdir, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { lockDirectory } from '../local/processes/process-lock.js';

/** A folder that this process alone uses. */
export interface StateDirectory {
  readonly path: string;
  release(): Promise<void>;
  /** For a start that failed: as `release`, and a folder that was not there before is gone again. */
  undo(): Promise<void>;
}

/** Claims `stateDir`, made when it is not there; InvalidUsage when a live process holds it. */
export async function claimStateDirectory(stateDir: string): Promise<StateDirectory> {
  const path = resolve(stateDir);
  const made = await mkdir(path, { recursive: true });
  const lock = await lockDirectory(path);
  return {
    path,
    release: () => lock.release(),
    undo: async () => {
      await lock.release();
      if (made !== undefined) await rm(made, { recursive: true, force: true });
    },
  };
}

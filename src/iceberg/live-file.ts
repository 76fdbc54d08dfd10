/** Owns the file as a snapshot has it: with the age of its data. */
import type { DataFile } from './manifest.js';

/** A file that a snapshot consists of. */
export interface LiveFile {
  readonly file: DataFile;
  /** The age of its data: deletes apply to what is as old as they are, or older. */
  readonly sequenceNumber: number;
  /** The snapshot that added it. */
  readonly snapshotId: bigint;
}

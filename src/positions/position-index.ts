/** Owns the face of the index from a row's key to where the row lies: (data file, position). */
import type { RowsOfFile } from './entries.js';
import type { KeyHashes } from './key-hashes.js';
import type { Positions } from './look-up.js';
import type { Verification } from './verify-positions.js';

/** How one snapshot of the table differs from another, in the terms of the index. */
export interface PositionUpdate {
  /** What the index must stand for now; undefined: a table that has no snapshot yet. */
  readonly parentSnapshotId: bigint | undefined;
  readonly snapshotId: bigint;
  /** Rows that are new or lie elsewhere now; of a key that comes twice the last one counts. */
  readonly puts: readonly RowsOfFile[];
  /** Keys that have no row any more; a put of the same key comes after. */
  readonly removals: KeyHashes;
  /** Data files that the table no longer has; paths never come back. Their rows read as absent. */
  readonly removedFiles?: readonly string[];
}

/** What became of a rebuild. */
export interface RebuildOutcome {
  /** False: another process brought the index to another snapshot meanwhile, and that was kept. */
  readonly built: boolean;
  readonly rows: number;
  /** Rows whose key another row has too: the one written last was taken. A right table has none. */
  readonly repeatedRows: number;
}

/** What an index takes and holds. */
export interface PositionStats {
  /** Sorted runs a look-up goes through at most. */
  readonly runs: number;
  /** Entries of all runs: rows, and what later changes have made void. */
  readonly entries: number;
  readonly sizeBytes: number;
  /** Data files that entries name. */
  readonly files: number;
}

/**
 * A cache on local disk that can be rebuilt from the table alone, and that answers for the one
 * snapshot it was brought to. Any number of processes may have the same directory open, and any of
 * them may be killed at any time. What is damaged is dropped, and the index is empty then: it never
 * fails for that. Calls on one index run one after the other.
 *
 * Fails with a `TidemarkError` of code DiskFull when the disk has no room, and then stays as it was;
 * AccessDenied when the directory cannot be written.
 */
export interface PositionIndex {
  /** The snapshot it stood for when last used; undefined when it is empty. */
  readonly snapshotId: bigint | undefined;
  /** Takes up what other processes did meanwhile. */
  refresh(): Promise<void>;
  /** Undefined when the index does not stand for `snapshotId`. */
  lookup(snapshotId: bigint, keys: KeyHashes): Promise<Positions | undefined>;
  /**
   * Brings the index from one snapshot to the next, wholly or not at all, also when the process
   * dies; an index that stands for the next one already stays as it is. False, and nothing is
   * changed, when it stands for neither.
   */
  apply(update: PositionUpdate): Promise<boolean>;
  /** Replaces all it has by `rows`, all rows of the table at `snapshotId`, in bounded memory. */
  rebuild(snapshotId: bigint, rows: AsyncIterable<RowsOfFile>): Promise<RebuildOutcome>;
  /** Compares with all rows of the table; undefined when the index does not stand for `snapshotId`. */
  verify(snapshotId: bigint, rows: AsyncIterable<RowsOfFile>): Promise<Verification | undefined>;
  /** Empties the index, for whoever is in doubt. */
  drop(): Promise<void>;
  stats(): PositionStats;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

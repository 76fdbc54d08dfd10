/** Owns the port by which a commit finds the rows that its changes replace. */
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import type { KeyHashes } from '../../positions/key-hashes.js';
import type { ChangeLog } from './change-log.js';

/** Where a key's row lies in the table. */
export interface FoundRow {
  /** Location of its data file. */
  readonly path: string;
  readonly position: number;
  /** When it was written, in microseconds since 1970; undefined where a full export brought it. */
  readonly writtenAtMicros: number | undefined;
}

/** Microseconds since 1970; the end is exclusive. */
export interface WriteStretch {
  readonly fromMicros: number;
  readonly toMicros: number;
}

/** Rows, and the hashes of their keys in the same order. */
export interface HashedRows {
  readonly hashes: KeyHashes;
  readonly rows: readonly FoundRow[];
}

/** What a commit did, for the finder to follow. */
export interface CommittedRows {
  readonly parentSnapshotId: bigint;
  readonly snapshotId: bigint;
  readonly logs: readonly CommittedLog[];
}

export interface CommittedLog {
  readonly log: ChangeLog;
  /** Locations of the batch's data files. */
  readonly paths: readonly string[];
  /** Which keys count: one that lost to a newer row did not change the table. */
  readonly counts: (index: number) => boolean;
}

/** Finds rows of one table by the hashes of their keys. */
export interface RowFinder {
  /**
   * The live rows of keys in the table's current snapshot, by the order of `hashes`. A row that was taken out already may still be found; one of a data file that is
   * no longer in the table is not.
   */
  find(
    metadata: TableMetadata,
    hashes: KeyHashes,
  ): Promise<(index: number) => FoundRow | undefined>;
  /** The live rows of the current snapshot that were last written in a stretch of time. */
  writtenWithin(metadata: TableMetadata, stretch: WriteStretch): Promise<HashedRows>;
  /** Tells of a commit; the finder may also learn of it from the table. */
  follow(rows: CommittedRows): Promise<void>;
  close(): Promise<void>;
}

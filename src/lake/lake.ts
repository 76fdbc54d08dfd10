/** Owns the port to the lake's tables; a contract suite holds every table format to it. */
import type { Instant } from '../core/instant.js';
import type { ExportFile } from '../export/export-manifest.js';
import type { TableSchema } from './column-type.js';
import type { BatchReport, ChangeCounts } from './commit-record.js';
import type { LakePosition } from './commit-rules.js';
import type { Batch, Load } from './load.js';
import type { TableOptions } from './table-options.js';

/** What is committed of a table. */
export interface LakeState extends LakePosition {
  readonly epoch: number;
  readonly schema: TableSchema;
  readonly lastCommit: {
    readonly committedAt: Instant;
    readonly exportArn: string;
    readonly counts: ChangeCounts;
  };
}

/** A batch's data files; opened once for each pass over them, a pass that ends early too, and of the same bytes every time. */
export interface BatchSource {
  /** In the manifest's order. */
  readonly files: readonly ExportFile[];
  /** A file's gzip bytes; CorruptExport when there is no such file. */
  open(file: ExportFile): Promise<AsyncIterable<Uint8Array>>;
  /** Called for records as they are read; throws when the work is to end. */
  readonly onRecords: (count: number) => void;
}

/** What a batch wrote. Small: it travels in workflow payloads. */
export interface BatchSummary extends Pick<BatchReport, 'batch' | 'rows' | 'counts' | 'restRows'> {
  readonly sizeBytes: number;
}

/** How a commit went. Small: it travels in workflow payloads. */
export interface CommitOutcome {
  /** `already-committed`: the lake has all this already; nothing was changed. */
  readonly outcome: 'committed' | 'already-committed';
  /** The lake's watermark now, exclusive. */
  readonly watermark: Instant;
  /** What the load's own commit brought, now or before; absent when other commits cover it. */
  readonly counts?: ChangeCounts;
  readonly restRows?: number;
  readonly sizeBytes?: number;
}

/**
 * One table of the lake. Every method may run twice, at the same time, and die anywhere: readers
 * see a load whole or not at all.
 *
 * A load of several batches: `profileBatch` for each, then `writeBatch` for each, then `commit`.
 * A load of one batch needs no `profileBatch`. All batches of a load end up with one schema.
 */
export interface LakeTable {
  /** Undefined while nothing is committed. */
  readState(): Promise<LakeState | undefined>;
  /** Leaves word of the types a batch's values need; and its rows, where those types can be guessed. */
  profileBatch(load: Load, batch: Batch, source: BatchSource): Promise<void>;
  /**
   * Writes a batch as files that no reader sees yet. Only once the lake's watermark is where
   * the window begins, since its schema follows from the one before: else as `commit`.
   */
  writeBatch(load: Load, batch: Batch, source: BatchSource): Promise<BatchSummary>;
  /**
   * Makes the load's batches visible at once and moves the watermark, or reports that it was done.
   * BrokenContinuity, TableReplaced: see `decideCommit`. CorruptExport: rows and manifest differ.
   */
  commit(load: Load, batchCount: number, committedAt: Instant): Promise<CommitOutcome>;
}

/** A lake of tables. */
export interface Lake {
  /** With `options` for its full loads; a format that has none of them ignores them. */
  table(tableName: string, options?: TableOptions): LakeTable;
  /** Names of tables with anything in the lake, in byte order. */
  tableNames(): Promise<readonly string[]>;
}

/** Owns the payloads between the table's workflow and its activities; small however large the table. */
import type { Instant } from '../../src/core/instant.js';
import type { ExportScope, TableIdentity } from '../../src/export/table-exports.js';
import type { SyncLocations } from '../../src/sync/table-sync-input.js';

/** A table and where its exports and lake lie. */
export interface TableRef extends SyncLocations {
  readonly region: string;
  readonly tableName: string;
}

/** One finished export to bring into the lake. Everything large is read by reference. */
export interface LoadOrder extends TableRef {
  readonly table: TableIdentity;
  readonly scope: ExportScope;
  readonly epoch: number;
  readonly exportArn: string;
  /** Bucket-relative key of the export's manifest-summary.json. */
  readonly manifestKey: string;
  readonly batchBytes: number;
}

/** What a load will take. */
export interface LoadPlan {
  /** At least 1, even for an export without a single change: a window commits all the same. */
  readonly batches: number;
  readonly files: number;
  readonly itemCount: number;
}

/** What a commit put into the lake. */
export interface LoadReceipt {
  readonly outcome: 'committed' | 'already-committed';
  readonly watermark: Instant;
  readonly rows: number;
  readonly tombstones: number;
  readonly sizeBytes: number;
  readonly committedAt: Instant;
}

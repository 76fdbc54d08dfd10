/** Owns the payloads between the table's workflow and its activities; small however large the table. */
import type { Instant } from '../../src/core/instant.js';
import type { ExportScope, TableIdentity } from '../../src/export/table-exports.js';
import type { Leaving } from '../../src/sync/leaving.js';
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

/** An audit: the lake's table is compared with an export of its own. */
export interface AuditOrder extends TableRef {
  readonly table: TableIdentity;
  /** That of the lake, and the time of the export. */
  readonly watermark: Instant;
  /** Of this audit alone; see `VerifyExport`. */
  readonly run: string;
}

/** The export of an audit, once it has ended. */
export interface AuditExport extends AuditOrder {
  readonly exportArn: string;
  /** Bucket-relative key of its manifest-summary.json. */
  readonly manifestKey: string;
}

/** Exports of the sync that nobody needs any longer. */
export interface DeleteOrder extends TableRef {
  readonly table: TableIdentity;
  readonly exports: readonly Leaving[];
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

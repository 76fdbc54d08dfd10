/** Owns the set of a table's activities as workflows call them, by types alone. */
import type { Instant } from '../../src/core/instant.js';
import type { S3Requests } from '../../src/cost/load-usage.js';
import type {
  ExportStatus,
  ExportScope,
  PitrState,
  TableIdentity,
} from '../../src/export/table-exports.js';
import type { Alert } from '../../src/sync/alerts.js';
import type { Followed } from '../../src/sync/find-loss.js';
import type { LakeRecord } from '../../src/sync/plan-sync.js';
import type { AuditFindings } from '../../src/sync/audit-state.js';
import type { PoolActivities } from '../dag/pool-activities.js';
import type {
  AuditExport,
  AuditOrder,
  DeleteOrder,
  LoadOrder,
  LoadPlan,
  LoadReceipt,
  TableRef,
} from './load-order.js';

/** An export that has ended, one way or the other. */
export type EndedExport = Exclude<ExportStatus, { readonly status: 'IN_PROGRESS' }> & {
  /** The worker's clock then; absent in answers of before it was told. */
  readonly seenAt?: Instant;
  /** How often it was looked at; absent in answers of before it was counted. */
  readonly looks?: number;
};

/** What an activity asked of S3; absent in answers of before it was counted. */
export interface Counted {
  readonly requests?: S3Requests;
}

/** Argument of {@link TableActivities.requestExport}. */
export interface RequestExportInput extends TableRef {
  readonly table: TableIdentity;
  readonly scope: ExportScope;
  readonly epoch: number;
  /** 1 at first; a new one only after the one before ended FAILED, as far as the sync knows. */
  readonly attempt: number;
  /**
   * Whether it is its turn in the Region's line; without one it is told of, and does not wait for, a
   * Region without room. Absent in requests of before there was a line: those wait by retries.
   */
  readonly hasTurn?: boolean;
}

/** An export that was asked for. */
export interface AskedExport {
  readonly exportArn: string;
  /** That asked for or a later one; absent in answers of before dead exports were passed over. */
  readonly attempt?: number;
}

/** Why none was asked for: the Region has no room or, in turn, something else that would hold up the line. */
export interface NotAsked {
  readonly exportArn?: undefined;
  readonly isFull: boolean;
}

/**
 * What a table's sync does outside the workflow. Each may run twice, at the same time, and die
 * anywhere, with the same result.
 */
export interface TableActivities extends PoolActivities {
  /**
   * Describes the table and switches PITR on where it is off. Fails with what was lost, and leaves the
   * table alone, where it is not the one that was `followed` and the user chose no resync for that.
   */
  readonly enablePitr: (ref: TableRef & { readonly followed?: Followed }) => Promise<{
    readonly table: TableIdentity;
    readonly pitr: PitrState;
    /** The worker's clock: what the workflow knows of the present. */
    readonly now: Instant;
  }>;
  /** What the lake records of itself; null where it holds nothing of the table. */
  readonly readLake: (ref: TableRef) => Promise<LakeRecord | null>;
  /** Fails with NotYet, to be retried by the server, until the table can be restored to `instant`. */
  readonly awaitRestorable: (input: {
    readonly ref: TableRef;
    readonly instant: Instant;
    readonly pollSeconds: number;
  }) => Promise<void>;
  /**
   * Asks for the export, or finds it asked for; a dead export of an attempt before is passed over. With
   * a turn it fails with NoRoom or Throttled, to be retried by the server, and answers all else at once.
   */
  readonly requestExport: (input: RequestExportInput) => Promise<AskedExport | NotAsked>;
  /** Makes sure that the Region's line is there: the pool `exportLineOf(region)`, on the sync's queue. */
  readonly openExportLine: (region: string) => Promise<void>;
  /** Fails with NotYet, to be retried by the server, until the export has ended. */
  readonly awaitExport: (input: {
    readonly ref: TableRef;
    readonly exportArn: string;
    readonly pollSeconds: number;
  }) => Promise<EndedExport>;
  /** Verifies the manifests and cuts the files into batches. */
  readonly planLoad: (order: LoadOrder) => Promise<LoadPlan & Counted>;
  /** Takes the evidence of one batch's types, for a load of several. */
  readonly profileBatch: (order: LoadOrder, batch: number, batches: number) => Promise<Counted>;
  /** Verifies one batch of files and writes it to the lake, where no reader sees it yet. */
  readonly writeBatch: (
    order: LoadOrder,
    batch: number,
    batches: number,
  ) => Promise<{ readonly rows: number } & Counted>;
  /** Tells a person, by what the worker's configuration names; told again with the same id when in doubt. */
  readonly sendAlert: (alert: Alert) => Promise<void>;
  /** Makes the load visible, in one atomic commit. */
  readonly commitLoad: (order: LoadOrder, batches: number) => Promise<LoadReceipt & Counted>;
  /** Deletes exports by their manifests; answers with the ids of those there is nothing more to do about. */
  readonly deleteExports: (
    order: DeleteOrder,
  ) => Promise<{ readonly settled: readonly string[] } & Counted>;
  /** Fails with NotYet until the table can be restored to the watermark; see `reachOf`. */
  readonly requestAuditExport: (input: {
    readonly order: AuditOrder;
    readonly pollSeconds: number;
  }) => Promise<{ readonly exportArn: string }>;
  /** Compares the export with the lake as it was at the export's time. */
  readonly compareExport: (
    order: AuditExport,
  ) => Promise<AuditFindings & { readonly endedAt: Instant }>;
  /** Deletes the export's objects, by its manifest. */
  readonly deleteAuditExport: (order: AuditExport) => Promise<void>;
}

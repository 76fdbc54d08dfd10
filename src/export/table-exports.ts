/** Owns the port to DynamoDB's tables, their point-in-time recovery and their exports. */
import type { ExportWindow } from '../core/export-window.js';
import type { Instant } from '../core/instant.js';

/** What of a table the sync needs. */
export interface TableIdentity {
  readonly tableName: string;
  readonly tableArn: string;
  /** Changes when a table is deleted and created again under the same name. */
  readonly tableId: string;
  /** Partition key first, then the sort key if there is one. */
  readonly keyAttributes: readonly string[];
}

/** The state of a table's point-in-time recovery. */
export type PitrState =
  | { readonly enabled: false }
  | {
      readonly enabled: true;
      /** Rounded up to the next whole second. */
      readonly earliestRestorable: Instant;
      /** Rounded down; trails the present by about five minutes on AWS. */
      readonly latestRestorable: Instant;
      /** 1 to 35; absent in answers of before it was asked for. */
      readonly recoveryPeriodDays?: number;
    };

/** Incremental records with the item before and after the window, or only after. */
export type ExportView = 'NEW_AND_OLD_IMAGES' | 'NEW_IMAGE';

/** What to export: the whole table as of a time (exclusive), or the changes of a window. */
export type ExportScope =
  | {
      readonly kind: 'full';
      readonly exportTime: Instant;
      /**
       * The time as its manifest writes it, where that has a part of a second: it then holds some of
       * what came in the second after `exportTime` too. No export that we ask for has it.
       */
      readonly takenAt?: string;
    }
  | {
      readonly kind: 'incremental';
      readonly window: ExportWindow;
      readonly view: ExportView;
      /**
       * Where the export begins, if that is before the window: the service takes none shorter than 15
       * minutes. What was last written before the window is then passed over.
       */
      readonly exportFrom?: Instant;
    };

/** What an export of changes covers: the window, and what overlaps with windows before it. */
export function exportedWindow(
  scope: Extract<ExportScope, { readonly kind: 'incremental' }>,
): ExportWindow {
  const { window, exportFrom } = scope;
  return { from: exportFrom ?? window.from, to: window.to };
}

/** Where an export goes; the prefix is its own. */
export interface ExportDestination {
  readonly bucket: string;
  /** The account that owns the bucket, which DynamoDB takes to be the table's where it is absent. */
  readonly bucketOwner?: string;
  /** The KMS key that its objects are encrypted with; absent where S3's own keys do. */
  readonly kmsKeyId?: string;
}

/** One call of ExportTableToPointInTime. */
export interface ExportRequest extends ExportDestination {
  readonly tableArn: string;
  readonly scope: ExportScope;
  readonly prefix: string;
  /** Same token, same export, for eight hours; a FAILED export needs a new one. */
  readonly clientToken: string;
}

/** What a request for an export was answered with. */
export interface RequestedExport {
  readonly exportArn: string;
  /** The token was used before, for an export that has ended FAILED since: only a new token gets another. */
  readonly hasFailed: boolean;
}

/** An export as DescribeExport shows it. */
export type ExportStatus =
  | { readonly status: 'IN_PROGRESS' }
  | {
      readonly status: 'COMPLETED';
      /** Bucket-relative key of manifest-summary.json. */
      readonly manifestKey: string;
      readonly itemCount: number;
      readonly billedSizeBytes: number;
      /** From its request to its end; absent where the service does not say. */
      readonly exportSeconds?: number;
    }
  | { readonly status: 'FAILED'; readonly failureCode: string; readonly failureMessage: string };

/**
 * DynamoDB, as far as a table's sync needs it. Every failure is a `TidemarkError`:
 * TableNotFound, PitrUnavailable, WindowOutOfReach, InvalidWindow, TokenTaken, NotYet, AccessDenied, Throttled,
 * NoRoom, Unreachable, NotFound; `retryable` tells whether trying again can help.
 */
export interface TableExports {
  describeTable(tableName: string): Promise<TableIdentity>;
  describePitr(tableName: string): Promise<PitrState>;
  /** Harmless when it is on already; NotYet while the service cannot switch it on. */
  enablePitr(tableName: string): Promise<void>;
  requestExport(request: ExportRequest): Promise<RequestedExport>;
  describeExport(exportArn: string): Promise<ExportStatus>;
  /** Seconds that the table's last exports of changes took, newest first; empty where there are none. */
  recentExportSeconds(tableArn: string): Promise<readonly number[]>;
}

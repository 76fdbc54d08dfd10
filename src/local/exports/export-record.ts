/** Owns what is remembered of one export, and how DescribeExport tells of it. */
import type { ExportView } from '../../export/table-exports.js';

/** What was asked for, after validation; times in microseconds since 1970. */
export interface ExportOrder {
  readonly tableArn: string;
  readonly bucket: string;
  readonly bucketOwner: string | undefined;
  readonly prefix: string | undefined;
  readonly sseAlgorithm: 'AES256' | 'KMS';
  readonly sseKmsKeyId: string | undefined;
  readonly scope: OrderedScope;
}

/** The whole table just before a time, or the changes of `[from, to)`. */
export type OrderedScope =
  | { readonly kind: 'full'; readonly timeMicros: bigint }
  | {
      readonly kind: 'incremental';
      readonly fromMicros: bigint;
      readonly toMicros: bigint;
      readonly view: ExportView;
    };

/** How an export ended. */
export type ExportOutcome =
  | {
      readonly status: 'COMPLETED';
      readonly manifestKey: string;
      readonly itemCount: number;
      readonly billedSizeBytes: number;
    }
  | { readonly status: 'FAILED'; readonly failureCode: string; readonly failureMessage: string };

/** One export from its request on. */
export interface ExportRecord {
  readonly exportArn: string;
  readonly order: ExportOrder;
  /** Text equal for requests with equal parameters. */
  readonly fingerprint: string;
  readonly clientToken: string;
  readonly tableId: string;
  readonly keyAttributes: readonly string[];
  readonly startMicros: bigint;
  /** When it ends, by the profile; it is IN_PROGRESS until then even if its files are there. */
  readonly endMicros: bigint;
  /** Set once every file is written, or once it is sure that none can be. */
  readonly outcome: ExportOutcome | undefined;
}

/** The id in the ARN and in the folder's name: `<14 digits>-<8 hex>`. */
export function exportIdOf(record: ExportRecord): string {
  return record.exportArn.slice(record.exportArn.lastIndexOf('/') + 1);
}

/** Whether an export is still going on at `nowMicros`. */
export function isInProgress(record: ExportRecord, nowMicros: bigint): boolean {
  return record.outcome === undefined || nowMicros < record.endMicros;
}

/** AWS's ExportDescription; what is unknown yet is absent. */
export function describeRecord(record: ExportRecord, nowMicros: bigint): Record<string, unknown> {
  const { order, outcome } = record;
  return {
    ExportArn: record.exportArn,
    StartTime: seconds(record.startMicros),
    TableArn: order.tableArn,
    TableId: record.tableId,
    ...describeScope(order.scope),
    ClientToken: record.clientToken,
    S3Bucket: order.bucket,
    S3BucketOwner: order.bucketOwner,
    S3Prefix: order.prefix,
    S3SseAlgorithm: order.sseAlgorithm,
    S3SseKmsKeyId: order.sseKmsKeyId,
    ExportFormat: 'DYNAMODB_JSON',
    ...(outcome === undefined || isInProgress(record, nowMicros)
      ? { ExportStatus: 'IN_PROGRESS' }
      : { EndTime: seconds(record.endMicros), ...describeOutcome(outcome) }),
  };
}

/** AWS leaves ExportType out of a full export's description. */
function describeScope(scope: OrderedScope): Record<string, unknown> {
  if (scope.kind === 'full') return { ExportTime: seconds(scope.timeMicros) };
  return {
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: {
      ExportFromTime: seconds(scope.fromMicros),
      ExportToTime: seconds(scope.toMicros),
      ExportViewType: scope.view,
    },
  };
}

function describeOutcome(outcome: ExportOutcome): Record<string, unknown> {
  if (outcome.status === 'FAILED') {
    return {
      ExportStatus: 'FAILED',
      FailureCode: outcome.failureCode,
      FailureMessage: outcome.failureMessage,
    };
  }
  return {
    ExportStatus: 'COMPLETED',
    ExportManifest: outcome.manifestKey,
    ItemCount: outcome.itemCount,
    BilledSizeBytes: outcome.billedSizeBytes,
  };
}

/** Times travel as seconds with a fraction; a double holds them to the millisecond. */
function seconds(micros: bigint): number {
  return Number(micros / 1000n) / 1000;
}

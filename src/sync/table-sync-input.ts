/** Owns what a table's sync is started with, and the names by which it is found and told things. */
import type { ExportDestination, ExportView } from '../export/table-exports.js';
import type { LakeCatalog } from '../lake/lake-catalog.js';
import type { LakeFormat } from '../lake/lake-format.js';
import type { TableCare } from '../lake/table-care.js';
import type { TableOptions } from '../lake/table-options.js';
import type { LossAnswers } from './loss-answers.js';
import type { TableSyncState } from './table-sync-state.js';
import type { WidthSettings } from './window-width.js';

/** Where a table's exports and its lake lie. */
export interface SyncLocations {
  /** Bucket that DynamoDB writes its exports to. */
  readonly exportBucket: string;
  /** The account that owns it; absent where that is the table's. */
  readonly exportBucketOwner?: string;
  /** The KMS key that exports are encrypted with; absent where S3's own keys do. */
  readonly exportKmsKeyId?: string;
  /** Prefix of the exports within it; no slash at either end, may be empty. */
  readonly exportPrefix: string;
  readonly lakeBucket: string;
  /** Prefix of the lake within it; no slash at either end, may be empty. */
  readonly lakePrefix: string;
  /** Absent in syncs that began when there was none but `parquet`. */
  readonly lakeFormat?: LakeFormat;
  /** Absent where the lake's files are the catalog. */
  readonly catalog?: LakeCatalog;
  /** Absent in syncs that began when there was nothing to choose. */
  readonly tableOptions?: TableOptions;
  /** Absent where the table is looked after as usual. */
  readonly care?: TableCare;
}

/** Where DynamoDB writes the exports of a table, but for each one's prefix. */
export function destinationOf({
  exportBucket: bucket,
  exportBucketOwner: bucketOwner,
  exportKmsKeyId: kmsKeyId,
}: Pick<
  SyncLocations,
  'exportBucket' | 'exportBucketOwner' | 'exportKmsKeyId'
>): ExportDestination {
  return {
    bucket,
    ...(bucketOwner === undefined ? {} : { bucketOwner }),
    ...(kmsKeyId === undefined ? {} : { kmsKeyId }),
  };
}

/** The argument of the `tableSync` workflow. */
export interface TableSyncInput extends SyncLocations, WidthSettings {
  readonly region: string;
  readonly tableName: string;
  readonly view: ExportView;
  /**
   * How long after a window's end its export is asked for, so that not all tables ask at once. Windows
   * end where they would without it. Absent for at once.
   */
  readonly staggerSeconds?: number;
  /** How long to wait between two looks at an export or at the restorable time, at least. */
  readonly pollSeconds: number;
  /** Export files are loaded in batches of about this many bytes, as the export is billed. */
  readonly batchBytes: number;
  /** Batches of one load in work at once. */
  readonly batchConcurrency: number;
  /** How long after an audit the next is due; absent where nobody asked for audits. */
  readonly auditEverySeconds?: number;
  /**
   * How long exports are kept after the commit from which on nobody needs them; absent where they are
   * kept for ever, and in syncs that began when all were.
   */
  readonly keepExportsSeconds?: number;
  /** What follows a loss; absent in syncs that began when there was nothing to choose. */
  readonly answers?: LossAnswers;
  /** Absent where nobody is to be told of anything. Who is told, workers know: it may be a secret. */
  readonly alerts?: { readonly lagSeconds: number };
  /** Carried over by continue-as-new; absent at a start. */
  readonly carriedState?: TableSyncState;
}

/** The workflow type; permanent, since running workflows are found by it. */
export const TABLE_SYNC_WORKFLOW = 'tableSync';

/** The task queue that workers serve unless configured otherwise. */
export const DEFAULT_TASK_QUEUE = 'tidemark';

/** The signals a table's sync takes; none has an argument, so that any client can send them. */
export const SyncSignal = {
  pause: 'pause',
  resume: 'resume',
  resync: 'resync',
  stop: 'stop',
} as const;
/** One of {@link SyncSignal}. */
export type SyncSignal = (typeof SyncSignal)[keyof typeof SyncSignal];

/** The query that answers with a `TableSyncStatus`. */
export const STATUS_QUERY = 'status';

/** One workflow a table: `tidemark/<region>/<table>`. */
export function workflowIdOf(region: string, tableName: string): string {
  return `tidemark/${region}/${tableName}`;
}

/** Reads {@link workflowIdOf}'s form; undefined for an id that is not of it. */
export function tableOfWorkflowId(
  workflowId: string,
): { readonly region: string; readonly tableName: string } | undefined {
  const [product, region, tableName, ...rest] = workflowId.split('/');
  if (
    product !== 'tidemark' ||
    region === undefined ||
    tableName === undefined ||
    rest.length > 0
  ) {
    return undefined;
  }
  return { region, tableName };
}

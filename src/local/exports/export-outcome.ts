/** Owns how an export ends: its rows read, its files written, or the reason it failed. */
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { startedKey, writeExportFiles, type ExportRow } from './export-files.js';
import { fullLine, incrementalLine } from './export-lines.js';
import type { ExportOrder, ExportOutcome, ExportRecord } from './export-record.js';
import { fullImageAt, netChanges } from './images.js';
import { itemSizeBytes } from './item-size.js';
import type { ChangeLog, OpenBucket } from './ports.js';

/** Says why an export ends FAILED; undefined where it does not. */
export type FailExport = (
  order: ExportOrder,
) => { readonly failureCode: string; readonly failureMessage: string } | undefined;

/** Undefined when the bucket cannot be reached for now: the export stays in progress. */
export async function outcomeOf(
  record: ExportRecord,
  world: {
    readonly openBucket: OpenBucket;
    readonly changeLog: ChangeLog;
    readonly accountId: string;
    readonly failExport?: FailExport | undefined;
  },
): Promise<ExportOutcome | undefined> {
  const { openBucket, changeLog, accountId } = world;
  const { bucket, bucketOwner, sseKmsKeyId } = record.order;
  const failure = world.failExport?.(record.order);
  if (failure !== undefined) return { status: 'FAILED', ...failure };
  if (bucketOwner !== undefined && bucketOwner !== accountId) return s3AccessDenied;
  if (sseKmsKeyId !== undefined && sseKmsKeyId !== 'alias/aws/s3') {
    return failed('KmsNotFoundException', `Key '${sseKmsKeyId}' does not exist`, 400);
  }
  try {
    const store = openBucket(bucket);
    await store.put(startedKey(record), new Uint8Array());
    return await writeExportFiles(store, record, await rowsOf(record, changeLog));
  } catch (thrown) {
    if (!(thrown instanceof TidemarkError)) throw thrown;
    if (thrown.code === ErrorCode.BucketNotFound) {
      return failed('S3NoSuchBucket', 'The specified bucket does not exist', 404);
    }
    if (thrown.code === ErrorCode.AccessDenied) return s3AccessDenied;
    if (thrown.retryable) return undefined;
    return failed('InternalServerError', messageOf(thrown), 500);
  }
}

function failed(failureCode: string, text: string, status: number): ExportOutcome {
  const errorCode = failureCode.replace(/^S3/, '');
  const failureMessage = `${text} (Service: Amazon S3; Status Code: ${status}; Error Code: ${errorCode})`;
  return { status: 'FAILED', failureCode, failureMessage };
}

const s3AccessDenied = failed('S3AccessDenied', 'Access Denied', 403);

/** AWS writes `_started` at once; should that fail, the export's end brings the reason to light. */
export function markStarted(record: ExportRecord, openBucket: OpenBucket): void {
  const { bucketOwner, bucket } = record.order;
  if (bucketOwner !== undefined) return;
  openBucket(bucket)
    .put(startedKey(record), new Uint8Array())
    .catch(() => undefined);
}

async function rowsOf(record: ExportRecord, changeLog: ChangeLog): Promise<ExportRow[]> {
  const { tableId, keyAttributes } = record;
  const { scope } = record.order;
  if (scope.kind === 'full') {
    const changes = await changeLog.readChanges(tableId, 0n, scope.timeMicros);
    return [...fullImageAt(changes, scope.timeMicros)].map(([key, item]) => ({
      key,
      line: fullLine(item, keyAttributes),
      sizeBytes: itemSizeBytes(item),
    }));
  }
  const { fromMicros, toMicros, view } = scope;
  const changes = await changeLog.readChanges(tableId, fromMicros, toMicros);
  return netChanges(changes, fromMicros, toMicros).map((change) => ({
    key: change.key,
    line: incrementalLine(change, keyAttributes, view),
    sizeBytes: itemSizeBytes(change.oldImage ?? {}) + itemSizeBytes(change.newImage ?? {}),
  }));
}

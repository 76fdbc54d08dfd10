/** Owns one comparison from this process: lake pinned, export taken, compared, and deleted. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instant } from '../../core/instant.js';
import type { TableIdentity } from '../../export/table-exports.js';
import { verifyExportRequest } from '../../export/verify-export.js';
import { deleteExport } from '../../processing/delete-export.js';
import { hashKeyOf } from '../../processing/hash-value.js';
import type { LakeLocation } from '../../processing/lake-location.js';
import type { Comparison } from '../../processing/verify/compare-with-lake.js';
import {
  verifyExport,
  withVerifiableRows,
  type VerifiableRows,
} from '../../processing/verify/verify-export.js';
import { reachOf } from '../../sync/check-verifiable.js';
import { destinationOf, type TableSyncInput } from '../../sync/table-sync-input.js';
import type { AwsAccess } from '../aws-access.js';
import { awaitExportEnd, type CompletedExport } from '../export/await-export-end.js';
import { countText } from '../format.js';
import { LiveArea } from '../live-area.js';
import type { Output } from '../output.js';

/** How table and lake compare at the lake's watermark. */
export interface VerifyReport extends Comparison {
  readonly tableName: string;
  readonly watermark: Instant;
  readonly exportArn: string;
  readonly billedSizeBytes: number;
}

/** What is compared. */
export interface VerifyOrder {
  readonly table: TableIdentity;
  readonly input: Pick<
    TableSyncInput,
    'exportBucket' | 'exportBucketOwner' | 'exportKmsKeyId' | 'exportPrefix' | 'pollSeconds'
  >;
  readonly location: LakeLocation;
  /** Differences to tell, at most. */
  readonly shown: number;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/**
 * The lake is compared as it is at first, whatever moves it meanwhile. Undefined when the signal was
 * aborted before the end.
 */
export async function verifyTable(
  aws: AwsAccess,
  order: VerifyOrder,
): Promise<VerifyReport | undefined> {
  const hashKey = hashKeyOf(process.env);
  const { table, location, signal } = order;
  try {
    return await withVerifiableRows({ ...location, table, hashKey }, (rows) =>
      verifyRows(aws, order, rows, hashKey),
    );
  } catch (error) {
    if (signal.aborted) return undefined;
    throw error;
  }
}

async function verifyRows(
  aws: AwsAccess,
  order: VerifyOrder,
  rows: VerifiableRows,
  hashKey: string | undefined,
): Promise<VerifyReport | undefined> {
  const { tableExports } = aws;
  const { table, input, output, signal } = order;
  const { tableName, tableArn, tableId } = table;
  const { watermark } = rows.state;
  const pollMs = input.pollSeconds * 1000;
  while (reachOf(tableName, watermark, await tableExports.describePitr(tableName)) === 'wait') {
    output.note(`${tableName} cannot be restored to ${watermark} yet; waiting…`);
    await sleep(pollMs, undefined, { signal });
  }
  const request = verifyExportRequest({
    table,
    instant: watermark,
    ...destinationOf(input),
    root: input.exportPrefix,
    run: randomBytes(4).toString('hex'),
  });
  const { exportArn } = await tableExports.requestExport(request);
  output.note(`export at ${watermark} of ${tableName}: ${exportArn}`);
  const ended = await awaitExportEnd(tableExports, exportArn, { output, pollMs, signal });
  if (ended === undefined) {
    output.note(
      `The export goes on in DynamoDB and is of no use; delete s3://${request.bucket}/${request.prefix} when it has ended.`,
    );
    return undefined;
  }
  const store = aws.bucket(request.bucket);
  const { manifestKey, billedSizeBytes } = ended;
  const expected = { exportArn, tableArn, tableId, scope: request.scope };
  const source = { store, manifestKey, expected };
  try {
    const comparison = await withProgress(order, ended, (onRows) =>
      verifyExport(source, rows, { hashKey, shown: order.shown, onRows }),
    );
    return { tableName, watermark, exportArn, billedSizeBytes, ...comparison };
  } finally {
    await deleteExport({ store, manifestKey, exportArn }).catch((error: unknown) => {
      output.note(`s3://${request.bucket}/${request.prefix} was not deleted: ${String(error)}`);
    });
  }
}

const DRAW_INTERVAL_MS = 500;

type OnRows = (side: 'table' | 'lake', count: number) => void;

async function withProgress<T>(
  { output, signal }: VerifyOrder,
  { itemCount }: CompletedExport,
  work: (onRows: OnRows) => Promise<T>,
): Promise<T> {
  const read = { table: 0, lake: 0 };
  const area = new LiveArea(output.terminal);
  const drawing = setInterval(() => {
    const { table, lake } = read;
    area.show([
      `  comparing… ${countText(lake)} rows of the lake read, ${countText(table)} of ${countText(itemCount)} items`,
    ]);
  }, DRAW_INTERVAL_MS);
  try {
    return await work((side, count) => {
      signal.throwIfAborted();
      read[side] += count;
    });
  } finally {
    clearInterval(drawing);
    area.clear();
  }
}

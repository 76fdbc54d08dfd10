/** Owns the proof at the end of `up --windows`: table and lake hold the same at the watermark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import { clientTokenOf } from '../../export/client-token.js';
import { windowPrefix } from '../../export/window-prefix.js';
import type { Item } from '../../export/attribute-value.js';
import type { ExportScope, TableIdentity } from '../../export/table-exports.js';
import { openLakeQuery } from '../../processing/lake-query.js';
import { createParquetLake } from '../../processing/parquet-lake.js';
import { readAllChanges } from '../../processing/read-changes.js';
import { readExport } from '../../processing/read-export.js';
import type { TableSyncInput } from '../../sync/table-sync-input.js';
import type { AwsAccess } from '../aws-access.js';
import { plural } from '../format.js';
import type { Output } from '../output.js';
import { compareItems, isEqual, type Comparison } from './compare-items.js';

/** What the report says. */
export interface ClosingReport extends Comparison {
  readonly watermark: Instant;
  readonly isEqual: boolean;
}

/**
 * Takes a new full export at exactly the lake's watermark, by a way that the sync did not go, and
 * compares it item by item. No worker may run: the lake must stand still meanwhile.
 */
export async function closingReport(aws: AwsAccess, input: TableSyncInput): Promise<ClosingReport> {
  const { tableName, lakePrefix } = input;
  const store = aws.bucket(input.lakeBucket);
  const state = await createParquetLake({ store, lakePrefix }).table(tableName).readState();
  if (state === undefined) {
    throw new TidemarkError(`The lake has no table "${tableName}".`, {
      code: ErrorCode.NotFound,
      subject: tableName,
    });
  }
  const table = await aws.tableExports.describeTable(tableName);
  const items = await itemsAt(aws, input, table, state.watermark);
  const lake = await openLakeQuery({ store, lakePrefix });
  try {
    const rows = lake.currentItems(tableName);
    const comparison = await compareItems(items, rows, table.keyAttributes);
    return { watermark: state.watermark, isEqual: isEqual(comparison), ...comparison };
  } finally {
    await lake.close();
  }
}

/** The report for people, and for programs. */
export function tellReport(report: ClosingReport, tableName: string, output: Output): void {
  output.json({ event: 'report', tableName, ...report });
  const mark = report.isEqual
    ? output.style('green', '✔ equal')
    : output.style('red', '✖ NOT equal');
  output.line();
  output.line(`${output.style('bold', 'closing report')} at watermark ${report.watermark}`);
  output.line(`  table ${tableName}: ${plural(report.tableItems, 'item')} (a new full export)`);
  output.line(`  lake  ${tableName}: ${plural(report.lakeRows, 'row')} (query engine)`);
  output.line(`  ${mark}, compared item by item`);
  if (report.isEqual) return;
  const { missing, surplus, different } = report;
  output.line(`  ${missing} missing, ${surplus} surplus, ${different} different in the lake`);
  for (const example of report.examples) output.line(`    ${example}`);
}

async function itemsAt(
  aws: AwsAccess,
  input: TableSyncInput,
  table: TableIdentity,
  exportTime: Instant,
): Promise<AsyncIterable<Item>> {
  const { tableExports } = aws;
  await until(input, async () => {
    const pitr = await tableExports.describePitr(table.tableName);
    return pitr.enabled && pitr.latestRestorable >= exportTime;
  });
  const scope: ExportScope = { kind: 'full', exportTime };
  const prefix = windowPrefix('closing-report', table.tableName, scope);
  const bucket = input.exportBucket;
  const token = { tableId: table.tableId, epoch: 0, scope, bucket, prefix, attempt: 1 };
  const { exportArn } = await tableExports.requestExport({
    tableArn: table.tableArn,
    scope,
    bucket,
    prefix,
    clientToken: clientTokenOf(token),
  });
  let manifestKey = '';
  await until(input, async () => {
    const status = await tableExports.describeExport(exportArn);
    if (status.status === 'FAILED') throw failed(exportArn, status.failureMessage);
    if (status.status === 'COMPLETED') manifestKey = status.manifestKey;
    return status.status === 'COMPLETED';
  });
  const store = aws.bucket(bucket);
  const { tableArn, tableId, keyAttributes } = table;
  const expected = { exportArn, tableArn, tableId, scope };
  const { files } = await readExport({ store, manifestKey, expected });
  return newImages(readAllChanges(store, files, { kind: 'full', keyAttributes }));
}

async function* newImages(
  changes: AsyncIterable<{ readonly newImage?: Item }>,
): AsyncGenerator<Item, void, undefined> {
  for await (const { newImage } of changes) if (newImage !== undefined) yield newImage;
}

async function until(input: TableSyncInput, isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(input.pollSeconds * 1000);
}

function failed(exportArn: string, message: string): TidemarkError {
  return new TidemarkError(`The export for the closing report failed: ${message}.`, {
    code: ErrorCode.ExportFailed,
    subject: exportArn,
  });
}

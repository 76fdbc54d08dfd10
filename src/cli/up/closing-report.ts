/** Owns the proof at the end of `up --windows`: table and lake hold the same at the watermark. */
import { setTimeout as sleep } from 'node:timers/promises';
import { catalogsByEnvironment } from '../../config/catalogs-by-environment.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import { clientTokenOf } from '../../export/client-token.js';
import { windowPrefix } from '../../export/window-prefix.js';
import type { Item } from '../../export/attribute-value.js';
import type { ExportScope, TableIdentity } from '../../export/table-exports.js';
import { keptItem } from '../../lake/kept-item.js';
import type { LakeState } from '../../lake/lake.js';
import { hashKeyOf, valueHasher } from '../../processing/hash-value.js';
import { openLakeQuery } from '../../processing/lake-query.js';
import { readLakeState } from '../../processing/open-lake-tables.js';
import { lakeLocation, type LakeLocation } from '../../processing/lake-location.js';
import { readAllChanges, storedFiles } from '../../processing/read-changes.js';
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
 * compares it item by item. The lake is read as it is at first, whatever moves it meanwhile.
 */
export async function closingReport(aws: AwsAccess, input: TableSyncInput): Promise<ClosingReport> {
  const { tableName } = input;
  const location = lakeLocation(
    aws.bucket(input.lakeBucket),
    input,
    catalogsByEnvironment(process.env),
  );
  const { state, reading } = await steadyReading({
    tableName,
    readState: () => readLakeState(location, tableName),
    open: () => openReading(location, tableName),
  });
  try {
    const table = await aws.tableExports.describeTable(tableName);
    const items = await itemsAt(aws, input, table, state.watermark);
    const kept = keptItems(items, state, hashKeyOf(process.env));
    const comparison = await compareItems(kept, reading.rows, table.keyAttributes);
    return { watermark: state.watermark, isEqual: isEqual(comparison), ...comparison };
  } finally {
    await reading.close();
  }
}

const READINGS = 3;

/** A reading and the state it is of; read anew when another's commit came in between. */
export async function steadyReading<
  T extends { close(): Promise<void> },
  S extends Pick<LakeState, 'watermark' | 'epoch'> = LakeState,
>(source: {
  readonly tableName: string;
  readState(): Promise<S | undefined>;
  /** Fixes what is read; later commits must not show in it. */
  open(): Promise<T>;
}): Promise<{ readonly state: S; readonly reading: T }> {
  const subject = source.tableName;
  for (let attempt = 1; attempt <= READINGS; attempt += 1) {
    const before = await source.readState();
    if (before === undefined) {
      const message = `The lake has no table "${subject}".`;
      throw new TidemarkError(message, { code: ErrorCode.NotFound, subject });
    }
    const reading = await source.open();
    const after = await source.readState().catch(async (error: unknown) => {
      await reading.close();
      throw error;
    });
    if (after?.watermark === before.watermark && after.epoch === before.epoch) {
      return { state: before, reading };
    }
    await reading.close();
  }
  throw new TidemarkError(`The lake of ${subject} moved on during each of ${READINGS} readings.`, {
    code: ErrorCode.NotYet,
    subject,
    retryable: true,
    hint: 'Stop the other workers, then run the same again.',
  });
}

/** What the lake is to have of the table's items: see `keptItem`. */
async function* keptItems(
  items: AsyncIterable<Item>,
  { schema }: LakeState,
  hashKey: string | undefined,
): AsyncGenerator<Item, void, undefined> {
  // Without a key no hashes were written either.
  const hashValue = valueHasher(hashKey ?? '');
  for await (const item of items) yield keptItem(schema, item, hashValue);
}

interface Reading {
  readonly rows: AsyncIterable<Item>;
  close(): Promise<void>;
}

async function openReading(location: LakeLocation, tableName: string): Promise<Reading> {
  const lake = await openLakeQuery(location);
  const rows = lake.currentItems(tableName);
  // Which files are read is settled with the first row, so it is asked for now.
  const first = await rows.next().catch(async (error: unknown) => {
    await lake.close();
    throw error;
  });
  return { rows: resumed(first, rows), close: () => lake.close() };
}

async function* resumed<T>(
  first: IteratorResult<T, void>,
  rest: AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
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
  return newImages(readAllChanges(storedFiles(store, files), { kind: 'full', keyAttributes }));
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

/** Owns the two steps of a batch: profiling its values and writing its Parquet file. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { assert } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
import type { Item } from '../export/attribute-value.js';
import type { Change } from '../export/change.js';
import type { ChangeKind, TableSchema } from '../lake/column-type.js';
import { parsePreviousSchema, type BatchReport, type Part } from '../lake/commit-record.js';
import { noCounts } from '../lake/commit-rules.js';
import { rowEncoder } from '../lake/encode-row.js';
import {
  addItem,
  formatTableEvidence,
  mergeTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../lake/evidence.js';
import type { BatchSource } from '../lake/lake.js';
import { evidenceKey, partName, previousSchemaKey, type TableLayout } from '../lake/layout.js';
import type { ExportScope } from '../export/table-exports.js';
import type { Batch, Load } from '../lake/load.js';
import { settleSchema } from '../lake/settle-schema.js';
import { withTemporaryDirectory, writeParquet, type ParquetRow } from './parquet-file.js';
import { readAllChanges, type ChangeFormat } from './read-changes.js';
import { getText, putText } from './text-objects.js';

/** Leaves the evidence of a batch in staging. */
export async function profileBatch(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<void> {
  const evidence = await evidenceOf(load, batch, source);
  await putText(store, evidenceKey(layout.stagingOf(load), batch), formatTableEvidence(evidence));
}

/** Writes a batch's rows as Parquet files in the load's directory; none for no rows. */
export async function writeBatch(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<BatchReport> {
  const schema = await schemaFor(store, layout, load, batch, source);
  const encode = rowEncoder(schema);
  const tally = { rows: 0, restRows: 0, counts: noCounts() };
  async function* rows(): AsyncGenerator<ParquetRow, void, undefined> {
    for await (const change of readAllChanges(source, formatOf(load))) {
      const kind = changeKind(load.scope, change);
      const row = encode(rowItem(change));
      tally.rows++;
      tally.counts[kind]++;
      if (row.rest !== null) tally.restRows++;
      yield { ...row, change: kind, writtenAtMicros: change.writtenAtMicros };
    }
    checkCount(load, batch, tally.rows);
  }
  const parts = await withTemporaryDirectory(async (temporary): Promise<readonly Part[]> => {
    const written: Part[] = [];
    for await (const local of writeParquet(temporary, schema, rows())) {
      const file = partName(batch, written.length, await md5Hex(local.path));
      await store.putFile(layout.directoryOf(load.scope) + file, local.path);
      written.push({ file, rows: local.rows, sizeBytes: (await stat(local.path)).size });
    }
    return written;
  });
  const inFiles = parts.reduce((sum, part) => sum + part.rows, 0);
  assert(inFiles === tally.rows, `the Parquet files have ${tally.rows} rows, not ${inFiles}`);
  return { batch, ...tally, parts: [...parts], schema };
}

/** The schema of the whole load, the same for each of its batches. */
async function schemaFor(
  store: ObjectStore,
  layout: TableLayout,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<TableSchema> {
  const staging = layout.stagingOf(load);
  const evidence =
    batch.batchCount === 1
      ? await evidenceOf(load, batch, source)
      : await mergedEvidence(store, staging, load, batch.batchCount);
  const key = previousSchemaKey(staging);
  const previous = parsePreviousSchema((await getText(store, key)) ?? 'null', key);
  return settleSchema(previous, evidence, load.keyAttributes);
}

async function mergedEvidence(
  store: ObjectStore,
  staging: string,
  load: Load,
  batchCount: number,
): Promise<TableEvidence> {
  const merged = newTableEvidence();
  for (let index = 0; index < batchCount; index++) {
    const text = await getText(store, evidenceKey(staging, { index, batchCount }));
    if (text === undefined) {
      throw new TidemarkError(`Batch ${index} of ${load.exportArn} was not profiled.`, {
        code: ErrorCode.NotFound,
        subject: load.exportArn,
        hint: 'Profile every batch of the load before writing any.',
      });
    }
    mergeTableEvidence(merged, parseTableEvidence(text));
  }
  return merged;
}

async function evidenceOf(load: Load, batch: Batch, source: BatchSource): Promise<TableEvidence> {
  const evidence = newTableEvidence();
  let rows = 0;
  for await (const change of readAllChanges(source, formatOf(load))) {
    addItem(evidence, rowItem(change), load.keyAttributes);
    rows++;
  }
  checkCount(load, batch, rows);
  return evidence;
}

function formatOf({ scope, keyAttributes }: Load): ChangeFormat {
  return { kind: scope.kind, keyAttributes };
}

/** A row holds the item after the change; a delete leaves the key. */
function rowItem(change: Change): Item {
  return change.newImage ?? change.key;
}

function changeKind(scope: ExportScope, { oldImage, newImage }: Change): ChangeKind {
  if (scope.kind === 'full') return 'load';
  if (newImage === undefined) return 'delete';
  if (scope.view === 'NEW_IMAGE') return 'upsert';
  return oldImage === undefined ? 'insert' : 'update';
}

function checkCount(load: Load, batch: Batch, rows: number): void {
  if (rows === batch.itemCount) return;
  throw new TidemarkError(
    `Batch ${batch.index} of ${load.exportArn} has ${rows} items, not ${batch.itemCount}.`,
    { code: ErrorCode.CorruptExport, subject: load.exportArn },
  );
}

async function md5Hex(path: string): Promise<string> {
  const md5 = createHash('md5');
  for await (const piece of createReadStream(path)) md5.update(piece as Uint8Array);
  return md5.digest('hex');
}

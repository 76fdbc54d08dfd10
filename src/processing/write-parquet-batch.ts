/** Owns the writing of a batch as Parquet files of the lake's first form. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { assert } from '../core/assert.js';
import type { ObjectStore } from '../core/object-store.js';
import type { Item } from '../export/attribute-value.js';
import type { Change } from '../export/change.js';
import type { ChangeKind, TableSchema } from '../lake/column-type.js';
import { parsePreviousSchema, type BatchReport, type Part } from '../lake/commit-record.js';
import { noCounts } from '../lake/commit-rules.js';
import { rowEncoder } from '../lake/encode-row.js';
import type { BatchSource } from '../lake/lake.js';
import { partName, previousSchemaKey, type TableLayout } from '../lake/layout.js';
import type { ExportScope } from '../export/table-exports.js';
import type { Batch, Load } from '../lake/load.js';
import { settleSchema } from '../lake/settle-schema.js';
import { withTemporaryDirectory, writeParquet, type ParquetRow } from './parquet-file.js';
import { checkCount, evidenceOfLoad } from './profile-batch.js';
import { readAllChanges, type ChangeFormat } from './read-changes.js';
import { getText } from './text-objects.js';

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
  const evidence = await evidenceOfLoad(store, staging, load, batch, source);
  const key = previousSchemaKey(staging);
  const previous = parsePreviousSchema((await getText(store, key)) ?? 'null', key);
  return settleSchema(previous, evidence, load.keyAttributes);
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

/** The MD5 of a file, in hex. */
export async function md5Hex(path: string): Promise<string> {
  const md5 = createHash('md5');
  for await (const piece of createReadStream(path)) md5.update(piece as Uint8Array);
  return md5.digest('hex');
}

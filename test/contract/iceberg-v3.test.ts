/** Owns what tables of format version 3 are: one vector a data file, and rows that keep their ids. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createObjectFileIo } from '../../src/catalogs/object-file-io.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import { isDeletionVector } from '../../src/iceberg/manifest.js';
import { planScan, type ScanPlan } from '../../src/iceberg/plan-scan.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { FormatVersion } from '../../src/lake/table-options.js';
import type { CareOptions } from '../../src/processing/iceberg/care/care-options.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { changeOf } from '../support/export-fixtures.js';
import { apply, full, itemsOf, loadOf, puts, window } from '../support/lake-loads.js';
import { askDuckDb } from '../support/parquet-vectors.js';

const NO_CARE: Partial<CareOptions> = { everyLoads: Infinity };

let directory: string;
let store: ObjectStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iceberg-v3-'));
  store = createMemoryObjectStore();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function tableOf(formatVersion?: FormatVersion, care = NO_CARE): LakeTable {
  const cacheDirectory = join(directory, 'cache');
  const lake = openLake({
    store,
    lakePrefix: '',
    format: 'iceberg',
    cacheDirectory,
    care: { care },
  });
  return lake.table('orders', formatVersion === undefined ? {} : { formatVersion });
}

const catalog = () => createFileCatalog({ store, lakePrefix: '' });
const read = (location: string): Promise<Uint8Array> => createObjectFileIo(store).read(location);

async function metadata(): Promise<TableMetadata> {
  return (await catalog().loadTable('orders'))!.metadata;
}

async function plan(): Promise<ScanPlan> {
  const now = await metadata();
  return planScan(now, currentSnapshot(now)!['snapshot-id'], read);
}

function items(): Promise<readonly Item[]> {
  return itemsOf({ store, lakePrefix: '' }, 'orders');
}

const item = (pk: string, n: number): Item => ({ pk: { S: pk }, n: { N: String(n) } });
const put = (pk: string, n: number): Change =>
  changeOf({ pk: { S: pk } }, { oldImage: item(pk, n - 1), newImage: item(pk, n) });
const remove = (pk: string): Change => changeOf({ pk: { S: pk } }, { oldImage: item(pk, 0) });
const base = loadOf(full(0), [puts(['a', 'b', 'c', 'd'].map((pk) => item(pk, 0)))]);

test('each window replaces the vectors of the files it touches, and touches no other', async () => {
  const table = tableOf(3);
  await apply(table, base);
  await apply(table, loadOf(window(0, 15), [[put('a', 1)]]));
  const [first] = (await plan()).deleteFiles;
  await apply(table, loadOf(window(15, 30), [[remove('b'), remove('c')]]));
  const { deleteFiles } = await plan();
  expect(deleteFiles.map(({ file }) => isDeletionVector(file))).toEqual([true]);
  expect(deleteFiles[0]?.file).toMatchObject({
    record_count: 3,
    referenced_data_file: first?.file.referenced_data_file,
  });
  await apply(table, loadOf(window(30, 45), [[put('a', 2)]]));
  const after = await plan();
  expect(after.deleteFiles.map(({ file }) => file.record_count).sort()).toEqual([1, 3]);
  expect(after.deleteFiles).toContainEqual(deleteFiles[0]);
  expect(await items()).toEqual([item('a', 2), item('d', 0)]);
  // Ids are given to rows in the order of their commits: four, then one a window that brought some.
  const filled = after.dataFiles.filter(({ file }) => file.record_count > 0);
  expect(filled.map(({ file }) => file.first_row_id).sort()).toEqual([0, 4, 5]);
  const now = await metadata();
  expect(now['next-row-id']).toBe(6);
  expect(now.snapshots.map((each) => [each['first-row-id'], each['added-rows']])).toEqual([
    [0, 4],
    [4, 1],
    [5, 0],
    [5, 1],
  ]);
});

test('becomes of version 3 by a full load, and by nothing else', async () => {
  await apply(tableOf(2), base);
  await apply(tableOf(3), loadOf(window(0, 15), [[put('a', 1)]]));
  expect((await metadata())['format-version']).toBe(2);
  await apply(tableOf(3), loadOf(full(15), [puts([item('a', 1), item('b', 0)])]));
  expect((await metadata())['format-version']).toBe(3);
  expect((await plan()).deleteFiles).toEqual([]);
  // Whoever names no version leaves it as it is.
  await apply(tableOf(), loadOf(window(15, 30), [[put('a', 2)]]));
  expect((await plan()).deleteFiles.map(({ file }) => isDeletionVector(file))).toEqual([true]);
  expect(await items()).toEqual([item('a', 2), item('b', 0)]);
});

test('is never lowered: a full load that would is refused, and changes nothing', async () => {
  await apply(tableOf(3), base);
  const before = await metadata();
  await expect(apply(tableOf(2), loadOf(full(15), [puts([item('a', 1)])]))).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: expect.stringContaining('format version 3 of Iceberg, and formatVersion is 2'),
    hint: expect.stringContaining('formatVersion: 3'),
  });
  expect(await metadata()).toEqual(before);
  await apply(tableOf(), loadOf(full(15), [puts([item('a', 1)])]));
  expect((await metadata())['format-version']).toBe(3);
});

test('rows written anew keep their ids and their ages; their vectors go', async () => {
  await apply(tableOf(3), base);
  await apply(tableOf(3), loadOf(window(0, 15), [[put('a', 1), remove('b')]]));
  const care = { everyLoads: 1, maxDeletedShare: 0.01, minRun: 2 };
  await apply(tableOf(3, care), loadOf(window(15, 30), [[put('c', 1)]]));
  const { dataFiles, deleteFiles } = await plan();
  expect(deleteFiles).toEqual([]);
  expect(dataFiles).toHaveLength(1);
  const path = join(directory, 'rows.parquet');
  await writeFile(path, await read(dataFiles[0]!.file.file_path));
  const rows = await askDuckDb(
    `SELECT pk, _row_id, _last_updated_sequence_number FROM read_parquet('${path}') ORDER BY pk`,
  );
  expect(rows).toEqual([
    { pk: 'a', _row_id: 4n, _last_updated_sequence_number: 2n },
    { pk: 'c', _row_id: 5n, _last_updated_sequence_number: 3n },
    { pk: 'd', _row_id: 3n, _last_updated_sequence_number: 1n },
  ]);
  // And once more: what the file says of a row comes before its place.
  await apply(tableOf(3, care), loadOf(window(30, 45), [[put('d', 1)]]));
  const rewritten = (await plan()).dataFiles.find(({ file }) => file.record_count === 2)!;
  expect(rewritten.file.file_path).not.toBe(dataFiles[0]!.file.file_path);
  await writeFile(path, await read(rewritten.file.file_path));
  expect(await askDuckDb(`SELECT pk, _row_id FROM read_parquet('${path}') ORDER BY pk`)).toEqual([
    { pk: 'a', _row_id: 4n },
    { pk: 'c', _row_id: 5n },
  ]);
  expect(await items()).toEqual([item('a', 1), item('c', 1), item('d', 1)]);
});

test('of another’s upgrade: what it left in the old way is told, and nothing is lost', async () => {
  await apply(tableOf(2), base);
  await apply(tableOf(2), loadOf(window(0, 15), [[remove('b')]]));
  const { outcome } = await catalog().commit('orders', {
    requirements: [],
    updates: [{ action: 'upgrade-format-version', 'format-version': 3 }],
  });
  expect(outcome).toBe('committed');
  await expect(apply(tableOf(2), loadOf(window(15, 30), [[put('a', 1)]]))).rejects.toMatchObject({
    code: 'InvalidConfig',
    hint: expect.stringContaining('resync'),
  });
  expect(await items()).toEqual(['a', 'c', 'd'].map((pk) => item(pk, 0)));
  await apply(tableOf(3), loadOf(full(15), [puts([item('a', 0), item('c', 0)])]));
  await apply(tableOf(3), loadOf(window(15, 30), [[put('a', 1)]]));
  expect(await items()).toEqual([item('a', 1), item('c', 0)]);
});

/** Owns what a lake does on a REST catalog of its own, besides all that every lake does. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { CareEvent } from '../../src/processing/iceberg/care/care-ports.js';
import { lakeLocation, type LakeLocation } from '../../src/processing/lake-location.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { changeOf } from '../support/export-fixtures.js';
import { apply, full, itemsOf, loadOf, puts, window } from '../support/lake-loads.js';
import { startRestCatalogServer, type RestCatalogServer } from '../support/rest-catalog-server.js';

const A: Item = { pk: { S: 'a' }, n: { N: '1' } };
const B: Item = { pk: { S: 'b' }, n: { N: '12345678901234567890.5' } };
const base = loadOf(full(0), [puts([A, B])]);

let server: RestCatalogServer;
let namespaces = 0;
beforeAll(async () => {
  server = await startRestCatalogServer();
}, 600_000);
afterAll(() => server.stop());

let directory: string;
let store: ObjectStore;
let location: LakeLocation;
let table: LakeTable;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lake-on-catalog-'));
  store = createFileObjectStore({ directory: join(directory, 'bucket') });
  const choice = { uri: server.uri, namespace: `of_test.n${++namespaces}` };
  location = lakeLocation(store, { lakePrefix: 'lake', catalog: choice }, restCatalogs({}));
  const cacheDirectory = join(directory, 'cache');
  table = openLake({ ...location, format: 'iceberg', cacheDirectory }).table('orders');
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function items(): Promise<readonly Item[]> {
  return itemsOf(location, 'orders');
}

test('is not begun beside a table that another catalog has, whichever was first', async () => {
  const cacheDirectory = join(directory, 'cache');
  const byFiles = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  await apply(byFiles.table('orders'), base);
  const refusal = { code: 'InvalidConfig', hint: expect.stringMatching(/register/) };
  await expect(table.readState()).rejects.toMatchObject(refusal);
  const byCatalog = openLake({ ...location, format: 'iceberg', cacheDirectory });
  await apply(byCatalog.table('returns'), base);
  await expect(byFiles.table('returns').readState()).rejects.toMatchObject({
    code: 'InvalidConfig',
    hint: expect.stringMatching(/configure that catalog again/),
  });
});

test('is not gone on with in the file catalog once another catalog has it', async () => {
  const cacheDirectory = join(directory, 'cache');
  const byFiles = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  await apply(byFiles.table('orders'), base);
  const folder = 'lake/orders/metadata';
  const { body } = (await store.get(`${folder}/v1.metadata.json`))!;
  const moved = `${folder}/00001-${randomUUID()}.metadata.json`;
  await store.put(moved, body);
  await expect(byFiles.table('orders').readState()).rejects.toMatchObject({
    code: 'InvalidConfig',
    hint: expect.stringMatching(/configure that catalog again/),
  });
});

test('is gone on with beside a commit of Spark that is not yet renamed, or never will be', async () => {
  const cacheDirectory = join(directory, 'cache');
  const byFiles = openLake({ store, lakePrefix: 'lake', format: 'iceberg', cacheDirectory });
  await apply(byFiles.table('orders'), base);
  const folder = 'lake/orders/metadata';
  const { body } = (await store.get(`${folder}/v1.metadata.json`))!;
  await store.put(`${folder}/${randomUUID()}.metadata.json`, body);
  await store.put(`${folder}/${randomUUID()}.gz.metadata.json`, body);
  await expect(byFiles.table('orders').readState()).resolves.toMatchObject({ epoch: 1 });
});

test('is raised to version 3 there by a full load', async () => {
  await apply(table, base);
  const cacheDirectory = join(directory, 'cache');
  const lake = openLake({ ...location, format: 'iceberg', cacheDirectory });
  const raised = lake.table('orders', { formatVersion: 3 });
  await apply(raised, loadOf(full(15), [puts([A, B])]));
  await apply(raised, loadOf(window(15, 30), [[changeOf({ pk: B['pk']! }, { oldImage: B })]]));
  const { metadata } = (await location.catalog?.loadTable('orders')) ?? {};
  expect(metadata?.['format-version']).toBe(3);
  expect(metadata?.['next-row-id']).toBeGreaterThanOrEqual(2);
  expect(await items()).toEqual([A]);
});

test('is looked after there, too', async () => {
  const events: CareEvent[] = [];
  const always = { everyLoads: 1, minRun: 2, maxDeletedShare: 0.01 };
  const atOnce = { keepSnapshotsMs: -1, minExpired: 1, orphanAgeMs: -1, orphansEveryMs: -1 };
  const cared = openLake({
    ...location,
    format: 'iceberg',
    cacheDirectory: join(directory, 'cache'),
    care: { care: { ...always, ...atOnce }, onCare: (_table, event) => events.push(event) },
  }).table('orders');
  await apply(cared, base);
  const updated: Item = { ...A, n: { N: '2' } };
  const change = changeOf({ pk: A['pk']! }, { oldImage: A, newImage: updated });
  await apply(cared, loadOf(window(0, 15), [[change]]));
  await apply(cared, loadOf(window(15, 30), [[changeOf({ pk: B['pk']! }, { oldImage: B })]]));
  const kinds = events.map(({ kind }) => kind);
  expect(kinds).toEqual(expect.arrayContaining(['compacted', 'expired']));
  expect(events.filter(({ kind }) => kind === 'failed')).toEqual([]);
  expect(await items()).toEqual([updated]);
});

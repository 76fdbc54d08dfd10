/** Owns what the care of a table does between loads, and what it never does. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createObjectFileIo } from '../../src/catalogs/object-file-io.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { millisOf } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import { readManifestList } from '../../src/iceberg/manifest-list.js';
import { ManifestContent } from '../../src/iceberg/manifest.js';
import { planScan } from '../../src/iceberg/plan-scan.js';
import type { TableMetadata } from '../../src/iceberg/table-metadata.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import type { LakeTable } from '../../src/lake/lake.js';
import { tableLayout } from '../../src/lake/layout.js';
import { watermarkOf } from '../../src/lake/load.js';
import type { CareOptions } from '../../src/processing/iceberg/care/care-options.js';
import type { CareEvent, CarePorts } from '../../src/processing/iceberg/care/care-ports.js';
import { careForTable } from '../../src/processing/iceberg/care/care-for-table.js';
import { CARE_DEFAULTS } from '../../src/processing/iceberg/care/care-options.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { changeOf } from '../support/export-fixtures.js';
import {
  apply,
  at,
  full,
  itemsOf,
  loadOf,
  puts,
  sortedByKey,
  window,
  writeAll,
} from '../support/lake-loads.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const NEVER: Partial<CareOptions> = { everyLoads: Infinity };
const ALWAYS: Partial<CareOptions> = { everyLoads: 1, minRun: 2 };

let directory: string;
let store: ObjectStore;
let events: CareEvent[];
let machines: number;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'care-contract-'));
  store = createMemoryObjectStore();
  events = [];
  machines = 0;
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** A machine that has not seen the table yet. */
function machine(care: Partial<CareOptions>): LakeTable {
  return openLake({
    store,
    lakePrefix: 'lake',
    format: 'iceberg',
    cacheDirectory: join(directory, String(machines++)),
    care: { care, onCare: (_table, event) => events.push(event) },
  }).table('orders');
}

function ports(changes: Partial<CarePorts> = {}): CarePorts {
  return {
    store,
    io: createObjectFileIo(store),
    catalog: createFileCatalog({ store, lakePrefix: 'lake' }),
    tableName: 'orders',
    layout: tableLayout('lake', 'orders'),
    nowMs: Date.now,
    newSnapshotId: () => BigInt(Date.now()) * 1000n,
    ...changes,
  };
}

/** One pass, now. */
function care(given: CarePorts, options: Partial<CareOptions> = ALWAYS): Promise<void> {
  return careForTable(given, { ...CARE_DEFAULTS, ...options }, (event) => events.push(event));
}

async function metadata(): Promise<TableMetadata> {
  return (await ports().catalog.loadTable('orders'))!.metadata;
}

async function plan() {
  const current = await metadata();
  const id = currentSnapshot(current)!['snapshot-id'];
  return planScan(current, id, (location) => ports().io.read(location));
}

function items(): Promise<readonly Item[]> {
  return itemsOf({ store, lakePrefix: 'lake' }, 'orders');
}

async function files(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('lake/orders/')) found.push(key);
  return found.filter((key) => /\.(parquet|avro)$/.test(key));
}

const key = (name: string): Item => ({ pk: { S: name } });
const valued = (name: string, n: number): Item => ({ ...key(name), n: { N: String(n) } });
const base = loadOf(full(0), [puts(['a', 'b', 'c'].map((name) => valued(name, 0)))]);

/** Window `index`, from 1 on: the items are put, the names without one are deleted. */
function windowOf(index: number, changes: Readonly<Record<string, number | undefined>>) {
  return loadOf(window((index - 1) * 15, index * 15), [
    Object.entries(changes).map(([name, n]) =>
      changeOf(key(name), {
        oldImage: valued(name, -1),
        ...(n === undefined ? {} : { newImage: valued(name, n) }),
      }),
    ),
  ]);
}

test('a window right after a compaction takes out the rows it replaces, wherever its index is from', async () => {
  const writer = machine(ALWAYS);
  await apply(writer, base);
  await apply(writer, windowOf(1, { a: 1, b: 1 }));
  expect(events).toMatchObject([
    { kind: 'compacted', rewrittenDataFiles: 1, droppedDeleteFiles: 1 },
  ]);
  expect((await plan()).deleteFiles).toEqual([]);
  expect((await plan()).dataFiles).toHaveLength(2);
  // The same machine's index was at the load; one that is new has none.
  await apply(writer, windowOf(2, { a: 2, c: undefined }));
  await apply(machine(NEVER), windowOf(3, { b: 3, d: 3 }));
  expect(await items()).toEqual([valued('a', 2), valued('b', 3), valued('d', 3)]);
});

test('a compaction says nothing of loads, and the watermark stays', async () => {
  const writer = machine(NEVER);
  await apply(writer, base);
  await apply(writer, windowOf(1, { a: 1 }));
  const before = await metadata();
  await care(ports());
  const after = await metadata();
  expect(currentSnapshot(after)!.summary).toMatchObject({
    operation: 'replace',
    'tidemark.care': 'compaction',
    'total-records': '3',
    'total-data-files': '2',
    'total-delete-files': '0',
    'total-position-deletes': '0',
  });
  expect(after.properties).toEqual(before.properties);
  expect(await machine(NEVER).readState()).toMatchObject({ watermark: at(15) });
  expect((await apply(machine(NEVER), windowOf(1, { a: 1 }))).outcome).toBe('already-committed');
});

test('a window that commits first wins, and the pass leaves nothing behind', async () => {
  const writer = machine(NEVER);
  await apply(writer, base);
  await apply(writer, windowOf(1, { a: 1 }));
  const { catalog } = ports();
  const late: Catalog = {
    ...methodsOf(catalog),
    commit: async (name, commit) => {
      await apply(writer, windowOf(2, { a: 2, b: undefined }));
      return catalog.commit(name, commit);
    },
  };
  await care(ports({ catalog: late }));
  expect(events).toMatchObject([{ kind: 'gave-up' }]);
  expect(await items()).toEqual([valued('a', 2), valued('c', 0)]);
  // A data file of each load, the deletes of two, and for each commit a list and its manifests.
  expect((await files()).filter((name) => name.endsWith('.parquet'))).toHaveLength(5);
  const needed = await neededFiles();
  expect((await files()).map((name) => name.split('/').at(-1)).sort()).toEqual(needed);
  await care(ports());
  expect(events.at(-1)).toMatchObject({ kind: 'compacted' });
  expect(await items()).toEqual([valued('a', 2), valued('c', 0)]);
});

test('a load stands though its care fails, and says why', async () => {
  const broken: ObjectStore = {
    ...methodsOfStore(store),
    putFile: (name, path) =>
      // Only compaction uploads a file of this name.
      /-7[0-9a-f]{3}-.*-00000\.parquet$/.test(name)
        ? Promise.reject(new Error('no room'))
        : store.putFile(name, path),
  };
  const table = openLake({
    store: broken,
    lakePrefix: 'lake',
    format: 'iceberg',
    cacheDirectory: join(directory, 'broken'),
    care: { care: ALWAYS, onCare: (_table, event) => events.push(event) },
  }).table('orders');
  await apply(table, base);
  expect((await apply(table, windowOf(1, { a: 1 }))).outcome).toBe('committed');
  expect(events).toEqual([{ kind: 'failed', error: new Error('no room') }]);
  expect(await items()).toEqual([valued('a', 1), valued('b', 0), valued('c', 0)]);
});

test('what a late attempt leaves in staging goes once its load is committed and old', async () => {
  const writer = machine(NEVER);
  const late = windowOf(1, { a: 1 });
  await apply(writer, base);
  await writeAll(writer, late);
  const staged = async () => {
    const keys: string[] = [];
    for await (const { key } of store.list('lake/orders/_staging/')) keys.push(key);
    return keys;
  };
  const left = await Promise.all(
    (await staged()).map(async (key) => [key, (await store.get(key))!.body] as const),
  );
  expect(left).not.toEqual([]);
  await apply(writer, late);
  for (const [key, body] of left) await store.put(key, body);
  // Its end is the watermark: not before the next load is it certain never to come again.
  await care(ports(), { ...NEVER, orphansEveryMs: 0 });
  await apply(writer, windowOf(2, { b: 1 }));
  const next = windowOf(3, { a: 2 });
  await writeAll(writer, next);
  const young = { nowMs: () => millisOf(watermarkOf(late.load.scope)) + DAY_MS };
  await care(ports(young), { ...NEVER, orphansEveryMs: 0 });
  expect(await staged()).toEqual(expect.arrayContaining(left.map(([key]) => key)));
  await care(ports(), { ...NEVER, orphansEveryMs: 0 });
  expect((await staged()).filter((key) => left.some(([other]) => key === other))).toEqual([]);
  expect(await staged()).not.toEqual([]);
  await apply(writer, next);
  expect(await items()).toEqual([valued('a', 2), valued('b', 1), valued('c', 0)]);
});

test('files are not deleted from a table that shares them', async () => {
  const writer = machine(NEVER);
  await apply(writer, base);
  await apply(writer, windowOf(1, { a: 1 }));
  const updates = { 'gc.enabled': 'false' };
  await ports().catalog.commit('orders', {
    requirements: [],
    updates: [{ action: 'set-properties', updates }],
  });
  const before = await files();
  await care(ports({ nowMs: () => Date.now() + 1e9 }), {
    ...NEVER,
    keepSnapshotsMs: 0,
    minExpired: 1,
  });
  expect(await files()).toEqual(before);
  expect(events).toEqual([]);
});

test('after very many windows a read plans few files from few manifests', async () => {
  const windows = Number(process.env['CARE_WINDOWS'] ?? 100);
  const writer = machine({});
  const names = Array.from({ length: 40 }, (_, index) => `k${index}`);
  const truth = new Map(names.map((name) => [name, valued(name, 0)]));
  await apply(writer, loadOf(full(0), [puts([...truth.values()])]));
  const most = { manifests: 0, deleteManifests: 0, dataFiles: 0, deleteFiles: 0 };
  for (let index = 1; index <= windows; index++) {
    // Every fourth window is empty, as of a table at rest.
    const changed = index % 4 === 0 ? [] : [names[index % 40]!, names[(index * 7) % 40]!];
    for (const name of changed) truth.set(name, valued(name, index));
    await apply(writer, windowOf(index, Object.fromEntries(changed.map((name) => [name, index]))));
    if (index % 5 !== 0) continue;
    const current = currentSnapshot(await metadata())!;
    const location = current['manifest-list'];
    const manifests = readManifestList(await ports().io.read(location), location);
    const deletes = manifests.filter(({ content }) => content === ManifestContent.Deletes);
    most.manifests = Math.max(most.manifests, manifests.length);
    most.deleteManifests = Math.max(most.deleteManifests, deletes.length);
    most.dataFiles = Math.max(most.dataFiles, Number(current.summary['total-data-files']));
    most.deleteFiles = Math.max(most.deleteFiles, Number(current.summary['total-delete-files']));
  }
  process.stdout.write(`${windows} windows, at most: ${JSON.stringify(most)}\n`);
  expect(events.filter(({ kind }) => kind !== 'compacted')).toEqual([]);
  expect(most.manifests).toBeLessThan(200);
  expect(most.dataFiles).toBeLessThan(40);
  expect(most.deleteFiles).toBeLessThan(40);
  expect(await items()).toEqual(sortedByKey([...truth.values()]));
}, 600_000);

/** Names of all that the table's snapshots need. */
async function neededFiles(): Promise<readonly string[]> {
  const { snapshots } = await metadata();
  const read = (location: string): Promise<Uint8Array> => ports().io.read(location);
  const names = new Set<string>();
  const name = (location: string): void => void names.add(location.split('/').at(-1)!);
  for (const { 'manifest-list': list, 'snapshot-id': id } of snapshots) {
    name(list);
    for (const { manifest_path: path } of readManifestList(await read(list), list)) name(path);
    const { dataFiles, deleteFiles } = await planScan(await metadata(), id, read);
    for (const { file } of [...dataFiles, ...deleteFiles]) name(file.file_path);
  }
  return [...names].sort();
}

function methodsOf(catalog: Catalog): Catalog {
  return {
    loadTable: (name) => catalog.loadTable(name),
    tableNames: () => catalog.tableNames(),
    locationOf: (name) => catalog.locationOf(name),
    createTable: (name, first) => catalog.createTable(name, first),
    commit: (name, commit) => catalog.commit(name, commit),
  };
}

function methodsOfStore(inner: ObjectStore): ObjectStore {
  return {
    url: inner.url,
    get: (name) => inner.get(name),
    openRead: (name) => inner.openRead(name),
    put: (name, body, condition) => inner.put(name, body, condition),
    putFile: (name, path) => inner.putFile(name, path),
    list: (prefix, options) => inner.list(prefix, options),
    delete: (names) => inner.delete(names),
  };
}

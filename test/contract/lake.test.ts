/** Owns what every lake must do, whatever its table format and wherever it lies. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { LakeTable } from '../../src/lake/lake.js';
import { openLakeQuery, type LakeQuery } from '../../src/processing/lake-query.js';
import { LAKE_FORMATS } from '../../src/lake/lake-format.js';
import { lakeLocation, type LakeLocation } from '../../src/processing/lake-location.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { changeOf } from '../support/export-fixtures.js';
import {
  apply,
  at,
  commitLoad,
  full,
  itemsOf,
  loadOf,
  puts,
  window,
  writeAll,
} from '../support/lake-loads.js';
import { startRestCatalogServer, type RestCatalogServer } from '../support/rest-catalog-server.js';

const A: Item = { pk: { S: 'a' }, n: { N: '1' }, 'user-name': { S: 'Ann' } };
const B: Item = { pk: { S: 'b' }, n: { N: '12345678901234567890.5' } };
const C: Item = { pk: { S: 'c' }, n: { S: 'text now' }, extra: { L: [{ N: '1' }] } };
const base = loadOf(full(0), [puts([A, B])]);

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lake-contract-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const stores: Readonly<Record<string, () => ObjectStore>> = {
  memory: () => createMemoryObjectStore(),
  files: () => createFileObjectStore({ directory: join(directory, 'bucket') }),
};

let server: RestCatalogServer;
let namespaces = 0;
beforeAll(async () => {
  server = await startRestCatalogServer();
}, 600_000);
afterAll(() => server.stop());

const lakes = [
  ...LAKE_FORMATS.flatMap((format) =>
    Object.keys(stores).map((kind) => [format, kind, 'its own files', {}] as const),
  ),
  ['iceberg', 'memory', 'its own files', { formatVersion: 3 }] as const,
  ['iceberg', 'files', "Apache's REST catalog server", {}] as const,
  ['iceberg', 'files', "Apache's REST catalog server", { formatVersion: 3 }] as const,
];

describe.each(lakes)('a lake in %s on %s, by %s, %j', (format, kind, catalog, options) => {
  let store: ObjectStore;
  let location: LakeLocation;
  let table: LakeTable;
  beforeEach(() => {
    store = stores[kind]!();
    const cacheDirectory = join(directory, 'cache');
    location = { store, lakePrefix: 'lake' };
    if (catalog !== 'its own files') {
      const namespace = `of_test.n${++namespaces}`;
      const choice = { lakePrefix: 'lake', catalog: { uri: server.uri, namespace } };
      location = lakeLocation(store, choice, restCatalogs({}));
    }
    table = openLake({ ...location, format, cacheDirectory }).table('orders', options);
  });

  async function query<T>(ask: (query: LakeQuery) => Promise<T>): Promise<T> {
    const lake = await openLakeQuery(location);
    try {
      return await ask(lake);
    } finally {
      await lake.close();
    }
  }
  const items = (): Promise<readonly Item[]> => itemsOf(location, 'orders');
  const rows = (sql: string): Promise<unknown> => query(async (lake) => (await lake.run(sql)).rows);

  test('is empty before its first commit, and loads a full export', async () => {
    expect(await table.readState()).toBeUndefined();
    await writeAll(table, base);
    expect(await table.readState()).toBeUndefined();
    expect(await commitLoad(table, base)).toMatchObject({
      outcome: 'committed',
      watermark: at(0),
      counts: { load: 2 },
    });
    expect(await table.readState()).toMatchObject({
      tableId: 'table-1',
      baseExportTime: at(0),
      watermark: at(0),
    });
    expect(await items()).toEqual([A, B]);
  });

  test('follows windows: an update without an attribute, a delete, an insert of another type', async () => {
    await apply(table, base);
    const updated: Item = { pk: A['pk']!, n: { N: '2' } };
    await apply(
      table,
      loadOf(window(0, 15), [
        [
          changeOf({ pk: { S: 'a' } }, { oldImage: A, newImage: updated }),
          changeOf({ pk: { S: 'b' } }, { oldImage: B }),
          changeOf({ pk: { S: 'c' } }, { newImage: C }),
        ],
      ]),
    );
    expect(await items()).toEqual([updated, C]);
    expect(await rows('SELECT pk, n, "user-name", extra FROM orders ORDER BY pk')).toEqual([
      ['a', '2.0', null, null],
      ['c', null, null, ['1']],
    ]);
    if (format === 'iceberg') return;
    expect(
      await rows(
        'SELECT pk, _operation, _window_from IS NULL, _written_at FROM orders_changes ORDER BY ALL',
      ),
    ).toEqual([
      ['a', 'load', true, null],
      ['a', 'update', false, '2023-11-14 22:13:20.000001'],
      ['b', 'delete', false, '2023-11-14 22:13:20.000001'],
      ['b', 'load', true, null],
      ['c', 'insert', false, '2023-11-14 22:13:20.000001'],
    ]);
  });

  test('takes a window of deletes only, once and again', async () => {
    await apply(table, base);
    const deletes = loadOf(window(0, 15), [
      [
        changeOf({ pk: { S: 'a' } }, { oldImage: A }),
        changeOf({ pk: { S: 'b' } }, { oldImage: B }),
      ],
    ]);
    expect((await apply(table, deletes)).counts?.delete).toBe(2);
    expect((await apply(table, deletes)).outcome).toBe('already-committed');
    expect(await items()).toEqual([]);
    expect(
      await rows('SELECT window_from, window_to, loads, deletes, export_arn FROM orders_windows'),
    ).toEqual([
      [null, '2025-11-24 16:00:00', '2', '0', base.load.exportArn],
      ['2025-11-24 16:00:00', '2025-11-24 16:15:00', '0', '2', deletes.load.exportArn],
    ]);
    if (format === 'iceberg') return;
    expect(
      await rows("SELECT count(*)::INTEGER FROM orders_changes WHERE _operation = 'delete'"),
    ).toEqual([[2]]);
  });

  test('takes loads without rows, also the first', async () => {
    await apply(table, loadOf(full(0), [[]]));
    await apply(table, loadOf(window(0, 15), [[]]));
    expect((await table.readState())?.watermark).toBe(at(15));
    expect(await items()).toEqual([]);
    expect(await rows('SELECT * FROM orders')).toEqual([]);
    if (format === 'parquet') expect(await rows('SELECT * FROM orders_changes')).toEqual([]);
    await apply(table, loadOf(window(15, 30), [[changeOf({ pk: A['pk']! }, { newImage: A })]]));
    expect(await items()).toEqual([A]);
  });

  test('refuses an older window after a newer, a gap, and another table', async () => {
    const loads = [window(0, 15), window(15, 30)].map((scope) => loadOf(scope, [[]]));
    await expect(writeAll(table, loads[0]!)).rejects.toMatchObject({ code: 'BrokenContinuity' });
    await apply(table, base);
    for (const load of loads) await apply(table, load);
    expect((await commitLoad(table, loads[0]!)).outcome).toBe('already-committed');
    for (const gap of [window(45, 60), window(15, 45), window(-15, 45)]) {
      await expect(commitLoad(table, loadOf(gap, [[]]))).rejects.toMatchObject({
        code: 'BrokenContinuity',
        retryable: false,
      });
    }
    const other = loadOf(window(30, 45), [[]], { tableId: 'table-2' });
    await expect(commitLoad(table, other)).rejects.toMatchObject({ code: 'TableReplaced' });
    expect((await table.readState())?.watermark).toBe(at(30));
  });

  test('has no window follow a base that was taken within a second, but a newer base', async () => {
    const takenAt = '2025-11-24T16:00:00.608Z';
    await apply(table, loadOf({ kind: 'full', exportTime: at(0), takenAt }, [puts([A, B])]));
    expect(await table.readState()).toMatchObject({ watermark: at(0), takenAt });
    // B was new in that part of a second and is gone by the window's end, which has no record of it.
    const first = loadOf(window(0, 15), [[]]);
    await expect(apply(table, first)).rejects.toMatchObject({ code: 'BrokenContinuity' });
    await apply(table, loadOf(full(15), [puts([A])]));
    expect(await table.readState()).not.toHaveProperty('takenAt');
    await apply(table, loadOf(window(15, 30), [[]]));
    expect(await items()).toEqual([A]);
  });

  test('gives all batches of a load one schema, in whatever order they are written', async () => {
    const load = loadOf(full(0), [puts([A]), puts([]), puts([B, C])]);
    for (const { batch, source } of load.batches) {
      await table.profileBatch(load.load, batch, source);
    }
    await Promise.all(
      load.batches
        .toReversed()
        .map(({ batch, source }) => table.writeBatch(load.load, batch, source)),
    );
    expect(await commitLoad(table, load)).toMatchObject({
      outcome: 'committed',
      counts: { load: 3 },
    });
    expect(await items()).toEqual([A, B, C]);
  });

  test('commits only what was written and adds up', async () => {
    const load = loadOf(full(0), [puts([A]), puts([B])]);
    await expect(commitLoad(table, load)).rejects.toMatchObject({ code: 'NotFound' });
    await writeAll(table, load);
    const miscounted = { ...load, load: { ...load.load, itemCount: 3 } };
    await expect(commitLoad(table, miscounted)).rejects.toMatchObject({ code: 'CorruptExport' });
    await expect(table.commit(load.load, 1, at(0))).rejects.toMatchObject({ code: 'NotFound' });
    expect(await table.readState()).toBeUndefined();
    const short = loadOf(full(0), [puts([A])], { itemCount: 2 });
    const batch = { ...short.batches[0]!.batch, itemCount: 2 };
    await expect(
      table.writeBatch(short.load, batch, short.batches[0]!.source),
    ).rejects.toMatchObject({ code: 'CorruptExport' });
  });

  test('resyncs: the old state until the new base counts, then windows from its time', async () => {
    await apply(table, base);
    await apply(table, loadOf(window(0, 15), [[changeOf({ pk: { S: 'b' } }, { oldImage: B })]]));
    const resync = loadOf(full(30), [puts([B, C])], { tableId: 'table-2', epoch: 2 });
    await writeAll(table, resync);
    expect(await items()).toEqual([A]);
    expect((await commitLoad(table, resync)).watermark).toBe(at(30));
    expect(await items()).toEqual([B, C]);
    expect((await commitLoad(table, base)).outcome).toBe('already-committed');
    const next = loadOf(window(30, 45), [[changeOf({ pk: A['pk']! }, { newImage: A })]], {
      tableId: 'table-2',
    });
    await apply(table, next);
    expect(await items()).toEqual([A, B, C]);
    if (format === 'iceberg') return;
    expect(await rows('SELECT count(*)::INTEGER FROM orders_changes')).toEqual([[6]]);
  });

  test('survives each step done twice, two workers at once, and a commit raced by eight', async () => {
    await apply(table, base);
    const load = loadOf(window(0, 15), [
      [changeOf({ pk: { S: 'a' } }, { oldImage: A })],
      [changeOf({ pk: { S: 'c' } }, { newImage: C })],
    ]);
    await writeAll(table, load);
    await Promise.all([writeAll(table, load), writeAll(table, load)]);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => commitLoad(table, load)));
    expect(outcomes.map((each) => each.outcome).sort()).toEqual([
      ...Array.from({ length: 7 }, () => 'already-committed'),
      'committed',
    ]);
    expect(new Set(outcomes.map((each) => each.watermark))).toEqual(new Set([at(15)]));
    // A worker that comes back from the dead, with the whole load still to do.
    expect((await apply(table, load)).outcome).toBe('already-committed');
    expect(await items()).toEqual([B, C]);
  });

  test('tells what a load committed, though the first answer was lost', async () => {
    const first = await apply(table, base);
    const load = loadOf(window(0, 15), [[changeOf({ pk: { S: 'c' } }, { newImage: C })]]);
    const answer = await apply(table, load);
    expect(answer).toMatchObject({ counts: { insert: 1 }, sizeBytes: expect.any(Number) });
    const again = { outcome: 'already-committed', watermark: at(15) };
    expect(await commitLoad(table, load)).toEqual({ ...answer, ...again });
    expect(await commitLoad(table, base)).toEqual({ ...first, ...again });
    // Covered by the window above, nothing was ever committed of it.
    expect(await commitLoad(table, loadOf(window(0, 10), [[]]))).not.toHaveProperty('counts');
  });

  if (format === 'parquet') {
    test('leaves nothing but what counts', async () => {
      await store.put(
        'lake/orders/full/20251124T160000Z/part-00009-dead.parquet',
        new Uint8Array(3),
      );
      await apply(table, base);
      await apply(table, loadOf(window(0, 15), [[]]));
      const keys: string[] = [];
      for await (const { key } of store.list('lake/')) keys.push(key);
      expect(keys).toEqual([
        'lake/orders/_hint.json',
        'lake/orders/full/20251124T160000Z/_SUCCESS',
        expect.stringMatching(
          /^lake\/orders\/full\/20251124T160000Z\/part-00000-00000-[0-9a-f]{16}\.parquet$/,
        ),
        'lake/orders/window/20251124T160000Z-20251124T161500Z/_SUCCESS',
      ]);
    });

    test('finds its state with a hint that is missing, stale or wrong', async () => {
      await apply(table, base);
      for (let minute = 0; minute < 45; minute += 15) {
        await apply(table, loadOf(window(minute, minute + 15), [[]]));
      }
      const hints = [
        undefined,
        'not JSON',
        '{}',
        JSON.stringify({ baseExportTime: at(0), from: at(15) }),
        JSON.stringify({ baseExportTime: at(0), from: at(7) }),
        JSON.stringify({ baseExportTime: at(-60), from: at(-60) }),
        JSON.stringify({ baseExportTime: at(600), from: at(600) }),
      ];
      for (const hint of hints) {
        if (hint === undefined) await store.delete(['lake/orders/_hint.json']);
        else await store.put('lake/orders/_hint.json', Buffer.from(hint));
        expect((await table.readState())?.watermark).toBe(at(45));
      }
    });
  }

  test('is not begun beside a table of the other format', async () => {
    const other = format === 'iceberg' ? 'parquet' : 'iceberg';
    const cacheDirectory = join(directory, 'cache');
    const lake = openLake({ ...location, format: other, cacheDirectory });
    await apply(lake.table('orders'), base);
    await expect(table.readState()).rejects.toMatchObject({
      code: 'InvalidConfig',
      hint: expect.stringContaining(`format: '${other}'`),
    });
  });

  test('tells what is wrong with a query', async () => {
    await apply(table, base);
    await expect(rows('SELECT * FROM nowhere')).rejects.toMatchObject({
      code: 'NotFound',
      subject: 'nowhere',
      hint: `Name one of: "orders"${format === 'parquet' ? ', "orders_changes"' : ''}, "orders_windows".`,
    });
    await expect(rows('SELECT nothing FROM orders')).rejects.toMatchObject({
      code: 'InvalidUsage',
    });
    await expect(itemsOf(location, 'nowhere')).rejects.toMatchObject({
      code: 'NotFound',
    });
  });
});

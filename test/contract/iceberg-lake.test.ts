/** Owns what an Iceberg lake must bear from outside, and from loads that come late, twice or wrong. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { ExportFile } from '../../src/export/export-manifest.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import type { LakeTable } from '../../src/lake/lake.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { heldStore } from '../support/catalog-held-stores.js';
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
  type LoadFixture,
} from '../support/lake-loads.js';

const item = (pk: string, n: string): Item => ({ pk: { S: pk }, n: { N: n } });
const update = (pk: string, from: string, to: string) =>
  changeOf({ pk: { S: pk } }, { oldImage: item(pk, from), newImage: item(pk, to) });

const added = (pk: string, name: string) =>
  changeOf({ pk: { S: pk } }, { newImage: { pk: { S: pk }, [name]: { N: '1' } } });

/** How often each batch's file is opened. */
function counted(load: LoadFixture): { readonly load: LoadFixture; readonly opens: number[] } {
  const opens = load.batches.map(() => 0);
  const batches = load.batches.map(({ batch, source }, index) => ({
    batch,
    source: {
      ...source,
      open: (file: ExportFile) => {
        opens[index]! += 1;
        return source.open(file);
      },
    },
  }));
  return { load: { ...load, batches }, opens };
}

let directory: string;
let store: ObjectStore;
let catalog: Catalog;
let table: LakeTable;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'iceberg-lake-'));
  store = createMemoryObjectStore();
  catalog = createFileCatalog({ store, lakePrefix: '' });
  table = openTable();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** The table as a worker on another machine has it: with an index of its own. */
function openTable(machine = 'one'): LakeTable {
  const cacheDirectory = join(directory, machine);
  return openLake({ store, lakePrefix: '', format: 'iceberg', cacheDirectory }).table('orders');
}

function items(): Promise<readonly Item[]> {
  return itemsOf({ store, lakePrefix: '' }, 'orders');
}

async function schemaChanges(): Promise<readonly (string | null)[]> {
  const lake = await openLakeQuery({ store, lakePrefix: '' });
  try {
    const { rows } = await lake.run('select schema_changes from orders_windows order by window_to');
    return rows.map(([text]) => text as string | null);
  } finally {
    await lake.close();
  }
}

async function dataFiles(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('orders/data/')) found.push(key);
  return found;
}

/** As an engine's `rollback_to_snapshot` does it. */
async function rollBack(): Promise<void> {
  const found = await catalog.loadTable('orders');
  const parentId = currentSnapshot(found!.metadata)!['parent-snapshot-id']!;
  const { outcome } = await catalog.commit('orders', {
    requirements: [],
    updates: [
      {
        action: 'set-snapshot-ref',
        'ref-name': 'main',
        type: 'branch',
        'snapshot-id': parentId,
      },
    ],
  });
  expect(outcome).toBe('committed');
}

describe('an Iceberg lake', () => {
  test('goes back with its rows when somebody rolls the table back, and forward again', async () => {
    await apply(table, loadOf(full(0), [puts([item('a', '1'), item('b', '1')])]));
    await apply(table, loadOf(window(0, 15), [[update('b', '1', '2')]]));
    await apply(table, loadOf(window(15, 30), [[update('a', '1', '3'), update('b', '2', '3')]]));
    await rollBack();
    expect((await table.readState())?.watermark).toBe(at(15));
    expect(await items()).toEqual([item('a', '1'), item('b', '2')]);
    await expect(apply(table, loadOf(window(30, 45), [[]]))).rejects.toMatchObject({
      code: 'BrokenContinuity',
    });
    await apply(table, loadOf(window(15, 30), [[update('a', '1', '3'), update('b', '2', '3')]]));
    await apply(table, loadOf(window(30, 45), [[update('b', '3', '4')]]));
    expect(await items()).toEqual([item('a', '3'), item('b', '4')]);
  });

  test('is kept by workers of several machines, each with an index of its own', async () => {
    const other = openTable('two');
    await apply(table, loadOf(full(0), [puts([item('a', '0'), item('b', '0')])]));
    for (let n = 0; n < 6; n++) {
      const load = loadOf(window(n * 15, n * 15 + 15), [
        [update('a', String(n), String(n + 1)), update('b', String(n), String(n + 1))],
      ]);
      await apply(n % 3 === 2 ? other : table, load);
    }
    expect(await items()).toEqual([item('a', '6'), item('b', '6')]);
  });

  test('takes a base that has what its first window brings again', async () => {
    await apply(table, loadOf(full(0), [puts([item('a', '1')])]));
    const again = changeOf({ pk: { S: 'a' } }, { newImage: item('a', '1') });
    await apply(table, loadOf(window(0, 15), [[again]]));
    expect(await items()).toEqual([item('a', '1')]);
  });

  test('does not go back to a full load that comes late', async () => {
    await apply(table, loadOf(full(0), [puts([item('a', '1')])]));
    const late = loadOf(full(10), [puts([item('a', '9')])]);
    await writeAll(table, late);
    await apply(table, loadOf(window(0, 15), [[update('a', '1', '2')]]));
    expect((await commitLoad(table, late)).outcome).toBe('already-committed');
    expect(await items()).toEqual([item('a', '2')]);
  });

  test('refuses a window with two records of one key', async () => {
    await apply(table, loadOf(full(0), [puts([item('a', '1')])]));
    const twice = loadOf(window(0, 15), [[update('a', '1', '2')], [update('a', '1', '3')]]);
    await expect(apply(table, twice)).rejects.toMatchObject({ code: 'CorruptExport' });
    expect((await table.readState())?.watermark).toBe(at(0));
    expect(await items()).toEqual([item('a', '1')]);
  });

  test('asks for one new base when a number key outgrows its column, and for no third', async () => {
    const key = (n: string): Item => ({ pk: { N: n } });
    await apply(table, loadOf(full(0), [puts([key('1.25')])]));
    const outgrown = loadOf(window(0, 15), [[changeOf(key('1.125'), { newImage: key('1.125') })]]);
    await expect(apply(table, outgrown)).rejects.toMatchObject({ code: 'KeyOutgrown' });
    await apply(table, loadOf(full(15), [puts([key('1.25'), key('1.125')])]));
    const types = async (): Promise<unknown> =>
      (await table.readState())?.schema.columns.map(({ type }) => type.kind);
    expect(await types()).toEqual(['numeral']);
    await apply(table, loadOf(full(30), [puts([key('1.25')])]));
    const any = ['1.125', '1E-130', '7'].map((n) => changeOf(key(n), { newImage: key(n) }));
    await apply(table, loadOf(window(30, 45), [any]));
    expect(await types()).toEqual(['numeral']);
    expect(await items()).toHaveLength(4);
  });

  test.each([
    ['what the table has columns for', [[update('a', '1', '2')]], [1]],
    ['an attribute that is new', [[update('a', '1', '2'), added('b', 'new')]], [2]],
    ['in two batches', [[update('a', '1', '2')], [added('b', 'n')]], [1, 1]],
    ['in two batches, of which one is new', [[update('a', '1', '2')], [added('b', 'new')]], [2, 2]],
  ])('reads a window once unless it brings a column: %s', async (_what, batches, wanted) => {
    await apply(table, loadOf(full(0), [puts([item('a', '1')])]));
    const { load, opens } = counted(loadOf(window(0, 15), batches));
    await apply(table, load);
    expect(opens).toEqual(wanted);
  });

  test('settles types by all values of a full load, whatever the first of them were', async () => {
    const all = ['1', '2.5', '3'].map((n) => item(`k${n}`, n));
    const others = [{ ...item('x', '4'), later: { S: 'text' } }, item('y', '5.125')];
    const { load, opens } = counted(loadOf(full(0), [puts(all), puts(others)]));
    await apply(table, load);
    // A sample, and what was written by it; the second one had the columns that all need.
    expect(opens).toEqual([3, 2]);
    const types = (await table.readState())?.schema.columns.map(({ type }) => type);
    expect(types).toEqual([
      { kind: 'string' },
      { kind: 'string' },
      { kind: 'decimal', integerDigits: 35, scale: 3 },
    ]);
    expect(await items()).toEqual([...all, ...others]);
  });

  test('keeps what a full load wrote by a sample that told the truth', async () => {
    const batches = [puts([item('a', '1')]), puts([item('b', '2')])];
    const { load, opens } = counted(loadOf(full(0), batches));
    await apply(table, load);
    expect(opens).toEqual([2, 2]);
    // Everything once more: only what the commit has not named is added.
    const before = await dataFiles();
    await writeAll(table, counted(loadOf(full(0), batches)).load);
    expect(await dataFiles()).toEqual(before);
    expect(await items()).toEqual([item('a', '1'), item('b', '2')]);
  });

  test('tells which columns came with which load, of what type, and why', async () => {
    await apply(table, loadOf(full(0), [puts([item('a', '1')])]));
    const grown = { ...item('a', '2'), m: { M: { x: { S: 'y' } } }, ok: { BOOL: true } };
    const change = changeOf({ pk: { S: 'a' } }, { oldImage: item('a', '1'), newImage: grown });
    const more = { ...grown, m: { M: { x: { S: 'y' }, z: { N: '1' } } } };
    const next = changeOf({ pk: { S: 'a' } }, { oldImage: grown, newImage: more });
    await apply(table, loadOf(window(0, 15), [[change]]));
    await apply(table, loadOf(window(15, 30), [[]]));
    await apply(table, loadOf(window(30, 45), [[next]]));
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`c${n}`, { N: '1' }]));
    const wide = changeOf({ pk: { S: 'b' } }, { newImage: { ...item('b', '1'), ...many } });
    await apply(table, loadOf(window(45, 60), [[wide]]));
    const told = (await schemaChanges()).map((text) => text && (JSON.parse(text) as unknown[]));
    const because = (name: string) => `attribute "${name}" had no column`;
    expect(told.slice(0, 4)).toEqual([
      null,
      [
        { column: 'm', type: 'struct', reason: because('m') },
        { column: 'ok', type: 'boolean', reason: because('ok') },
      ],
      null,
      [{ column: 'm.z', type: 'long', reason: because('z') }],
    ]);
    expect(told[4]).toHaveLength(51);
    expect((told[4] as unknown[])[50]).toEqual({ more: 10 });
  });
});

describe('a full load that begins the schema anew', () => {
  const key = (n: string): Item => ({ pk: { N: n } });
  const insert = (item: Item) => changeOf({ pk: item['pk']! }, { newImage: item });
  const restarting = loadOf(full(15), [puts([key('1'), key('1.5')])]);

  beforeEach(async () => {
    await apply(table, loadOf(full(0), [puts([key('1'), key('2')])]));
    await apply(table, loadOf(window(0, 15), [[insert(key('3'))]]));
  });

  test('is committed once by two workers at once', async () => {
    const other = openTable('two');
    await Promise.all([writeAll(table, restarting), writeAll(other, restarting)]);
    const ends = await Promise.all([commitLoad(table, restarting), commitLoad(other, restarting)]);
    expect(ends.map(({ outcome }) => outcome).sort()).toEqual(['already-committed', 'committed']);
    expect(await items()).toEqual([key('1'), key('1.5')]);
  });

  test('takes no rows of a window that was written for the schema before', async () => {
    const late = loadOf(window(15, 30), [[insert(key('7'))]]);
    await writeAll(openTable('two'), late);
    await apply(table, restarting);
    await expect(commitLoad(table, late)).rejects.toMatchObject({ code: 'BrokenContinuity' });
    expect((await table.readState())?.watermark).toBe(at(15));
    await apply(table, late);
    expect(await items()).toEqual([key('1'), key('1.5'), key('7')]);
  });

  test.each(['before its commit', 'while it commits'])(
    'shares no field id with a column that another added %s',
    async (when) => {
      await writeAll(table, restarting);
      // Written for nothing by a worker that was held up: its column is there all the same.
      const addColumn = () =>
        writeAll(
          openTable('two'),
          loadOf(window(15, 30), [[insert({ ...key('7'), total: { N: '1' } })]]),
        );
      if (when === 'before its commit') await addColumn();
      let isHeld = when === 'while it commits';
      const held = heldStore(store, async (name) => {
        if (!isHeld || !name.endsWith('.metadata.json')) return;
        isHeld = false;
        await addColumn();
      });
      const cacheDirectory = join(directory, 'held');
      const slow = openLake({ store: held, lakePrefix: '', format: 'iceberg', cacheDirectory });
      await expect(commitLoad(slow.table('orders'), restarting)).rejects.toMatchObject({
        code: 'BrokenContinuity',
      });
      await apply(table, restarting);
      const { metadata } = (await catalog.loadTable('orders'))!;
      const seen = new Map<number, string>();
      for (const field of metadata.schemas.flatMap(({ fields }) => fields)) {
        const text = JSON.stringify(field);
        expect(seen.get(field.id) ?? text).toBe(text);
        seen.set(field.id, text);
      }
      expect(await items()).toEqual([key('1'), key('1.5')]);
    },
  );
});

/** Owns the tests of a Parquet lake whose worker dies at any call, and of bases with other schemas. */
import { describe, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../../src/core/object-store.js';
import type { Item } from '../../../src/export/attribute-value.js';
import type { LakeTable } from '../../../src/lake/lake.js';
import { openLakeQuery } from '../../../src/processing/lake-query.js';
import { createParquetLake } from '../../../src/processing/parquet-lake.js';
import { changeOf } from '../../support/export-fixtures.js';
import { apply, at, full, itemsOf, loadOf, puts, window } from '../../support/lake-loads.js';

const A: Item = { pk: { S: 'a' }, n: { N: '1' } };
const B: Item = { pk: { S: 'b' }, n: { N: '2.5' } };
const C: Item = { pk: { S: 'c' }, m: { M: { x: { S: 'y' } } } };

function items(store: ObjectStore): Promise<readonly Item[]> {
  return itemsOf({ store, lakePrefix: '' }, 't');
}

const tableOn = (store: ObjectStore): LakeTable =>
  createParquetLake({ store, lakePrefix: '' }).table('t');

async function copyOf(store: ObjectStore): Promise<ObjectStore> {
  const copy = createMemoryObjectStore();
  for await (const { key } of store.list('')) await copy.put(key, (await store.get(key))!.body);
  return copy;
}

/** `store` until its call number `deadly`, before or after which the worker dies. */
function mortal(store: ObjectStore, deadly: number, moment: 'before' | 'after') {
  const state = { calls: 0, died: false };
  const call = async <T>(act: () => Promise<T>): Promise<T> => {
    const isLast = state.calls++ === deadly;
    if (state.died || (isLast && moment === 'before')) {
      state.died = true;
      throw new Error('died');
    }
    const result = await act();
    if (isLast) {
      state.died = true;
      throw new Error('died');
    }
    return result;
  };
  const wrapped: ObjectStore = {
    ...store,
    get: (key) => call(() => store.get(key)),
    put: (key, body, condition) => call(() => store.put(key, body, condition)),
    putFile: (key, path) => call(() => store.putFile(key, path)),
    delete: (keys) => call(() => store.delete(keys)),
    list: async function* (prefix, options) {
      await call(() => Promise.resolve());
      yield* store.list(prefix, options);
    },
  };
  return { store: wrapped, state };
}

describe('a worker that dies', () => {
  const base = loadOf(full(0), [puts([A]), puts([B])]);
  const next = loadOf(window(0, 15), [
    [changeOf({ pk: A['pk']! }, { oldImage: A })],
    [changeOf({ pk: C['pk']! }, { newImage: C })],
  ]);

  test.each(['before', 'after'] as const)(
    '%s any call leaves a load that can be done again',
    async (moment) => {
      let deaths = 0;
      const loaded = createMemoryObjectStore();
      await apply(tableOn(loaded), base);
      for (let deadly = 0; ; deadly++) {
        const store = await copyOf(loaded);
        const { store: dying, state } = mortal(store, deadly, moment);
        const died = await apply(tableOn(dying), next).then(
          () => false,
          () => true,
        );
        // What was reported done is done.
        if (!died) expect((await tableOn(store).readState())?.watermark).toBe(at(15));
        const again = await apply(tableOn(store), next);
        expect(again.watermark).toBe(at(15));
        expect(await items(store)).toEqual([B, C]);
        if (!state.died) break;
        deaths++;
      }
      expect(deaths).toBeGreaterThan(10);
    },
    60_000,
  );
});

describe('a new base', () => {
  test('goes on with the old columns when the table is the same', async () => {
    const store = createMemoryObjectStore();
    const table = tableOn(store);
    await apply(table, loadOf(full(0), [puts([A, C])]));
    await apply(table, loadOf(full(15), [puts([B])]));
    const columns = (await table.readState())?.schema.columns;
    expect(columns?.map(({ name, type }) => [name, type.kind])).toEqual([
      ['pk', 'string'],
      ['m', 'struct'],
      ['n', 'decimal'],
    ]);
  });

  test('of a table created again has its own types, and the history keeps both', async () => {
    const store = createMemoryObjectStore();
    const table = tableOn(store);
    const old: Item = { pk: { N: '1' }, n: { S: 'text' } };
    await apply(table, loadOf(full(0), [puts([old])]));
    await apply(table, loadOf(full(15), [puts([A])], { tableId: 'table-2' }));
    expect(await items(store)).toEqual([A]);
    const query = await openLakeQuery({ store, lakePrefix: '' });
    const { rows } = await query.run('SELECT pk, n, pk_2, n_2 FROM t_changes ORDER BY _window_to');
    expect(rows).toEqual([
      [null, null, '1', 'text'],
      ['a', '1', null, null],
    ]);
    await query.close();
  });
});

test('a lake knows its tables, whatever lies beside them', async () => {
  const store = createMemoryObjectStore();
  const lake = createParquetLake({ store, lakePrefix: 'lake' });
  for (const name of ['b', 'a.b-c', 'a'])
    await apply(lake.table(name), loadOf(full(0), [puts([A])]));
  await store.put('lake/a-file', new Uint8Array(0));
  await store.put('lakes/other/x', new Uint8Array(0));
  expect(await lake.tableNames()).toEqual(['a', 'a.b-c', 'b']);
});

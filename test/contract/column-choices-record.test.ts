/** Owns from when and until when what a user chose of a table's columns counts. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TableOptions } from '../../src/lake/table-options.js';
import {
  KEY,
  SECRET,
  icebergColumns,
  hashOf,
  item,
  keysOf,
  update,
} from '../support/column-choices.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import {
  apply,
  at,
  commitLoad,
  full,
  loadOf,
  puts,
  window,
  writeAll,
} from '../support/lake-loads.js';

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(() => lake.remove());

describe('choices', () => {
  const value = { price: { N: '1.5' }, email: { S: SECRET }, m: { M: { x: { S: 'y' } } } };
  const ids = async (): Promise<number> => {
    const { metadata } = (await lake.catalog.loadTable('orders'))!;
    return metadata.schemas.at(-1)!.fields[0]!.id;
  };

  test('are those of the last full load, for its windows too', async () => {
    const first = { columns: { price: 'decimal(9,3)' }, omit: ['email'], nested: 'json' } as const;
    await apply(lake.chosen(first), loadOf(full(0), [puts([item('a', value)])]));
    const before = await ids();
    // Another worker, already told otherwise.
    const later = lake.chosen({ hash: ['email'] }, KEY);
    const grown = { ...value, price: { N: '2.125' }, l: { L: [{ S: 'z' }] } };
    await apply(later, loadOf(window(0, 15), [[update('a', value, grown)]]));
    const { email: _left, ...kept } = grown;
    expect(await lake.items()).toEqual([item('a', kept)]);
    expect(await icebergColumns(lake)).toEqual({
      pk: 'string',
      price: 'decimal(9, 3)',
      m: 'string',
      l: 'string',
    });
    expect(await ids()).toBe(before);
    await apply(later, loadOf(full(30), [puts([item('a', value)])]));
    expect(await icebergColumns(lake)).toMatchObject({
      price: 'decimal(38, 1)',
      email: 'string',
      m: { type: 'struct' },
    });
    expect(await ids()).toBeGreaterThan(before);
    expect(await lake.items()).toEqual([
      item('a', { ...value, email: { S: hashOf(value.email) } }),
    ]);
    expect(await lake.rows('select m.x from orders')).toEqual([['y']]);
  });

  test('that stay the same leave the schema as it is, however they are written', async () => {
    const columnsOf = (a: string, b: string) => ({ columns: { [a]: 'long', [b]: 'long' } });
    await apply(
      lake.chosen({ ...columnsOf('x', 'y'), hash: ['e', 'f'] }, KEY),
      loadOf(full(0), [puts([item('a', value)])]),
    );
    const before = await ids();
    await apply(
      lake.chosen({ ...columnsOf('y', 'x'), hash: ['f', 'e'], nested: 'struct' }, KEY),
      loadOf(full(15), [puts([item('a', value)])]),
    );
    expect(await ids()).toBe(before);
  });

  test('count for a load that goes on where one of other choices gave up', async () => {
    const load = loadOf(full(0), [puts([item('a', value)])]);
    await writeAll(lake.chosen({ hash: ['email'] }, KEY), load);
    await apply(lake.chosen({ omit: ['price'] }), loadOf(full(15), [puts([item('a', value)])]));
    const { price: _price, ...kept } = value;
    expect(await lake.items()).toEqual([item('a', kept)]);
    expect((await lake.table.readState())?.watermark).toBe(at(15));
  });

  test.each<TableOptions>([{ hash: ['email'] }, { omit: ['email'] }])(
    'let no rows in that were made by others: %j',
    async (options) => {
      const load = loadOf(full(0), [puts([item('a', value)])]);
      const chosen = lake.chosen(options, KEY);
      await writeAll(chosen, load);
      // A late attempt of a worker that was told nothing.
      await writeAll(lake.chosen({}), load);
      await expect(commitLoad(chosen, load)).rejects.toMatchObject({ code: 'NotFound' });
      await apply(chosen, load);
      expect(JSON.stringify(await lake.items())).not.toContain(SECRET);
    },
  );

  test('begin anew where their record cannot be read', async () => {
    await apply(lake.chosen({}), loadOf(full(0), [puts([item('a', value)])]));
    await lake.catalog.commit('orders', {
      requirements: [],
      updates: [{ action: 'set-properties', updates: { 'tidemark.options': '{"nested":7}' } }],
    });
    await expect(
      apply(lake.chosen({}), loadOf(window(0, 15), [[update('a', value, {})]])),
    ).rejects.toMatchObject({ code: 'CorruptLake', hint: expect.stringContaining('resync') });
    await apply(lake.chosen({}), loadOf(full(15), [puts([item('a', value)])]));
    await apply(lake.chosen({}), loadOf(window(15, 30), [[update('a', value, {})]]));
    expect(await lake.items()).toEqual([item('a', {})]);
  });

  test('leave a window be that is written twice into a table without rows', async () => {
    const table = lake.chosen({});
    await apply(table, loadOf(full(0), [[]]));
    const first = loadOf(window(0, 15), [[update('a', value, value)]]);
    await writeAll(table, first);
    await apply(table, first);
    expect(await lake.items()).toEqual([item('a', value)]);
  });

  test('that were rolled back over need a new full load, and say so', async () => {
    await apply(lake.chosen({}), loadOf(full(0), [puts([item('a', value)])]));
    const snapshotId = (await lake.catalog.loadTable('orders'))!.metadata['current-snapshot-id']!;
    const hashing = lake.chosen({ hash: ['email'] }, KEY);
    await apply(hashing, loadOf(full(15), [puts([item('a', value)])]));
    await lake.catalog.commit('orders', {
      requirements: [],
      updates: [
        {
          action: 'set-snapshot-ref',
          'ref-name': 'main',
          type: 'branch',
          'snapshot-id': snapshotId,
        },
      ],
    });
    await expect(
      apply(hashing, loadOf(window(0, 15), [[update('a', value, {})]])),
    ).rejects.toMatchObject({ code: 'KeyOutgrown', message: expect.stringContaining('rolled') });
    await apply(hashing, loadOf(full(30), [puts([item('a', value)])]));
    expect(await lake.items()).toEqual([
      item('a', { ...value, email: { S: hashOf(value.email) } }),
    ]);
  });

  test.each<[TableOptions, string]>([
    [{ omit: ['pk'] }, 'omit names "pk", which is a key attribute of orders'],
    [{ columns: { pk: 'json' } }, 'Key attribute "pk" of orders is pinned to json'],
    [{ columns: { n: 'int' } }, 'Column "n" of orders is pinned to "int"; it must be string, long'],
    [{ omit: ['n'], hash: ['n'] }, '"n" of orders is both in omit and in hash'],
  ])('that cannot be met are refused before anything is written: %j', async (options, says) => {
    const table = lake.chosen(options, KEY);
    await expect(apply(table, loadOf(full(0), [puts([item('a', {})])]))).rejects.toMatchObject({
      code: 'InvalidConfig',
      message: expect.stringContaining(says),
    });
    expect(await keysOf(lake)).toEqual([]);
  });
});

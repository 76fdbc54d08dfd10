/** Owns what a query as of an earlier time answers, and what it refuses. */
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { queryCommand } from '../../src/cli/query.js';
import type { Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { TableCommit } from '../../src/iceberg/catalog.js';
import type { Snapshot, TableMetadata } from '../../src/iceberg/table-metadata.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { changeOf } from '../support/export-fixtures.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import { apply, at, full, loadOf, puts, window } from '../support/lake-loads.js';

const A: Item = { pk: { S: 'a' }, total: { N: '1' } };
const A2: Item = { pk: { S: 'a' }, total: { N: '2' }, note: { S: 'new column' } };
const B: Item = { pk: { S: 'b' }, total: { N: '5' } };

const COUNT_AND_SUM = 'SELECT count(*)::INTEGER, sum(total)::INTEGER FROM orders';
const SNAPSHOT_ID = 7n;

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(async () => {
  await lake.remove();
});

/** A full load at 0, an update at 0–15, a delete at 15–30. */
async function threeLoads(): Promise<void> {
  await apply(lake.table, loadOf(full(0), [puts([A, B])]));
  await follow(0, 15, [changeOf({ pk: { S: 'a' } }, { oldImage: A, newImage: A2 })]);
  await follow(15, 30, [changeOf({ pk: { S: 'b' } }, { oldImage: B })]);
}

async function follow(from: number, to: number, changes: readonly Change[]): Promise<void> {
  await apply(lake.table, loadOf(window(from, to), [changes]));
}

describe('a query as of', () => {
  test.each<[string, number, readonly unknown[]]>([
    ['the full load itself', 0, [2, 6]],
    ['a time within the first window', 14, [2, 6]],
    ["the first window's end", 15, [2, 7]],
    ['a time within the second window', 29, [2, 7]],
    ["the second window's end", 30, [1, 2]],
    ['a time that is still to come', 10_000, [1, 2]],
  ])('%s', async (_when, minutes, expected) => {
    await threeLoads();
    expect(await lake.rows(COUNT_AND_SUM, at(minutes))).toEqual([expected]);
  });

  test('a time before a column was added does not have it', async () => {
    await threeLoads();
    expect(await lake.rows('SELECT note FROM orders', at(30))).toEqual([['new column']]);
    await expect(lake.rows('SELECT note FROM orders', at(0))).rejects.toMatchObject({
      code: 'InvalidUsage',
    });
  });

  test('every table that a statement names, and the loads up to then', async () => {
    await threeLoads();
    await apply(lake.tableOf('shops'), loadOf(full(-60), [puts([B])]));
    await apply(lake.tableOf('shops'), loadOf(window(-60, 0), [[changeOf(keyOf(B), {})]]));
    const sql =
      'SELECT (SELECT count(*) FROM orders)::INTEGER, (SELECT count(*) FROM shops)::INTEGER';
    expect(await lake.rows(sql, at(15))).toEqual([[2, 0]]);
    await expect(lake.rows(sql, at(-1))).rejects.toMatchObject({ subject: 'orders' });
    expect(await lake.rows('SELECT count(*)::INTEGER FROM shops', at(-1))).toEqual([[1]]);
    expect(await lake.rows('SELECT deletes FROM orders_windows', at(15))).toEqual([['0'], ['0']]);
  });

  test('a time before a resync is the table of before', async () => {
    await threeLoads();
    await apply(lake.table, loadOf(full(60), [puts([])], { tableId: 'table-2', epoch: 2 }));
    expect(await lake.rows('SELECT count(*)::INTEGER FROM orders', at(59))).toEqual([[1]]);
    expect(await lake.rows('SELECT count(*)::INTEGER FROM orders', at(60))).toEqual([[0]]);
  });
});

describe('what is too old', () => {
  const refusal = (oldest: Instant): object => ({
    code: 'NotFound',
    subject: 'orders',
    retryable: false,
    hint: `The oldest that can be asked for is ${oldest}: give --at that, or later.`,
  });

  test('is told with the oldest that can be reached', async () => {
    await threeLoads();
    await expect(lake.rows(COUNT_AND_SUM, at(-1))).rejects.toMatchObject(refusal(at(0)));
  });

  test('also after others let snapshots expire, and compacted what is left', async () => {
    await threeLoads();
    await commit(rewritten);
    expect(await lake.rows(COUNT_AND_SUM, at(15))).toEqual([[2, 7]]);
    await commit(({ snapshots }) => [
      {
        action: 'remove-snapshots',
        'snapshot-ids': snapshots
          .map((each) => each['snapshot-id'])
          .filter((id) => id !== SNAPSHOT_ID),
      },
    ]);
    expect(await lake.rows(COUNT_AND_SUM, at(30))).toEqual([[1, 2]]);
    await expect(lake.rows(COUNT_AND_SUM, at(29))).rejects.toMatchObject(refusal(at(30)));
  });

  test('is also what lies before the key changed its type', async () => {
    await apply(lake.table, loadOf(full(0), [puts([{ pk: { N: '1' } }])]));
    await apply(lake.table, loadOf(full(15), [puts([{ pk: { S: 'text' } }])]));
    expect(await lake.rows('SELECT pk FROM orders', at(15))).toEqual([['text']]);
    await expect(lake.rows('SELECT pk FROM orders', at(14))).rejects.toMatchObject(refusal(at(15)));
  });
});

describe('what has no such past', () => {
  test('a table of directories, which has all changes instead', async () => {
    const table = openLake({ store: lake.store, lakePrefix: 'lake', format: 'parquet' });
    await apply(table.table('old'), loadOf(full(0), [puts([A])]));
    expect(await lake.rows('SELECT pk FROM old')).toEqual([['a']]);
    for (const sql of ['SELECT pk FROM old', 'SELECT * FROM old_changes']) {
      await expect(lake.rows(sql, at(0))).rejects.toMatchObject({
        code: 'InvalidUsage',
        subject: 'old',
        hint: 'Leave --at out, and ask "old_changes", which has every change and its window.',
      });
    }
  });

  test('the changes of a table that keeps none', async () => {
    await threeLoads();
    for (const name of ['orders_changes', 'ORDERS_changes']) {
      await expect(lake.rows(`SELECT * FROM ${name}`)).rejects.toMatchObject({
        code: 'NotFound',
        message: 'The changes of "orders" are not kept: it has no "orders_changes".',
        hint: 'Set changes: true for it, which counts from its next full load. Ask for its past by --at <instant>, and for what each load brought by "orders_windows".',
      });
    }
  });

  test('what is no time at all', async () => {
    const command = queryCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => undefined });
    for (const text of ['yesterday', '2026-11-24', '2026-11-24T08:15:00.5Z']) {
      await expect(
        command.parseAsync(['--at', text, 'select 1'], { from: 'user' }),
      ).rejects.toMatchObject({ message: expect.stringContaining('It must be a time such as') });
    }
  });
});

function keyOf({ pk }: Item): Item {
  return { pk: pk! };
}

async function commit(decide: (metadata: TableMetadata) => TableCommit['updates']): Promise<void> {
  const { metadata } = (await lake.catalog.loadTable('orders'))!;
  const { outcome } = await lake.catalog.commit('orders', {
    requirements: [{ type: 'assert-table-uuid', uuid: metadata['table-uuid'] }],
    updates: decide(metadata),
  });
  expect(outcome).toBe('committed');
}

/** The same rows in a snapshot of somebody else's, as a compaction leaves them. */
function rewritten(metadata: TableMetadata): TableCommit['updates'] {
  const parent = currentSnapshot(metadata)!;
  const snapshot: Snapshot = {
    ...parent,
    'snapshot-id': SNAPSHOT_ID,
    'parent-snapshot-id': parent['snapshot-id'],
    'sequence-number': parent['sequence-number'] + 1,
    summary: { operation: 'replace' },
  };
  return [
    { action: 'add-snapshot', snapshot },
    {
      action: 'set-snapshot-ref',
      'ref-name': 'main',
      type: 'branch',
      'snapshot-id': SNAPSHOT_ID,
    },
  ];
}

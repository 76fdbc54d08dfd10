/** Owns what the history of a table has, whatever befalls its loads and whoever wants its name. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import type { CareEvent } from '../../src/processing/iceberg/care/care-ports.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { changeOf } from '../support/export-fixtures.js';
import {
  apply,
  at,
  commitLoad,
  full,
  loadOf,
  puts,
  window,
  writeAll,
  type LoadFixture,
} from '../support/lake-loads.js';

const key = (pk: string): Item => ({ pk: { S: pk } });
const item = (pk: string, n: string): Item => ({ ...key(pk), n: { N: n } });
/** Written in the second minute after `minutes`. */
const stamped = (minutes: number, change: Change): Change => ({
  ...change,
  writtenAtMicros: String(1_764_000_000_000_000 + (minutes + 1) * 60_000_000),
});
const insert = (pk: string, n: string): Change => changeOf(key(pk), { newImage: item(pk, n) });
const update = (pk: string, from: string, to: string): Change =>
  changeOf(key(pk), { oldImage: item(pk, from), newImage: item(pk, to) });
const remove = (pk: string, n: string): Change => changeOf(key(pk), { oldImage: item(pk, n) });

let directory: string;
let store: ObjectStore;
let catalog: Catalog;
let table: LakeTable;
let cared: [string, CareEvent][];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'history-'));
  store = createMemoryObjectStore();
  catalog = createFileCatalog({ store, lakePrefix: '' });
  cared = [];
  table = openTable('orders', { changes: true });
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function openTable(name: string, options?: TableOptions, from: ObjectStore = store): LakeTable {
  return openLake({
    store: from,
    lakePrefix: '',
    format: 'iceberg',
    cacheDirectory: join(directory, name),
    care: {
      care: { everyLoads: 4, minRun: 4 },
      onCare: (tableName, event) => cared.push([tableName, event]),
    },
  }).table(name, options);
}

/** A lake whose next commit of rows to `orders` breaks off before it takes place. */
function breakingTable(): LakeTable {
  let isArmed = true;
  const put: ObjectStore['put'] = (name, body, condition) => {
    const isCommit = /^orders\/metadata\/v\d+\.metadata\.json$/.test(name);
    if (!isCommit || !Buffer.from(body).includes('tidemark.watermark') || !isArmed) {
      return store.put(name, body, condition);
    }
    isArmed = false;
    throw new Error('killed');
  };
  return openTable('orders', { changes: true }, { ...store, put });
}

async function rows(sql: string, when?: Instant): Promise<readonly (readonly unknown[])[]> {
  const query = await openLakeQuery({ store, lakePrefix: '', ...(when && { at: when }) });
  return query
    .run(sql)
    .then((result) => result.rows)
    .finally(() => query.close());
}

/** Changes in order, as `update a 1>2`. */
async function changes(when?: Instant): Promise<readonly unknown[]> {
  const found = await rows(
    `SELECT concat_ws(' ', _operation, pk, coalesce(_old.n::VARCHAR, '') || '>' || coalesce(n::VARCHAR, ''))
     FROM orders_changes ORDER BY _window_to, pk`,
    when,
  );
  return found.flat();
}

/** What `main` of the history has, which `orders_changes` shows no further than `orders`. */
async function historyWatermark(): Promise<string | undefined> {
  const found = await catalog.loadTable('orders_changes');
  const id = found!.metadata.refs['main']?.['snapshot-id'];
  return found!.metadata.snapshots.find((each) => each['snapshot-id'] === id)?.summary[
    'tidemark.watermark'
  ];
}

async function rollBack(name: string): Promise<void> {
  const { metadata } = (await catalog.loadTable(name))!;
  const id = metadata.refs['main']!['snapshot-id'];
  const parent = metadata.snapshots.find((each) => each['snapshot-id'] === id)![
    'parent-snapshot-id'
  ]!;
  const update = { action: 'set-snapshot-ref', 'ref-name': 'main', type: 'branch' } as const;
  await catalog.commit(name, { requirements: [], updates: [{ ...update, 'snapshot-id': parent }] });
}

const base = (): LoadFixture => loadOf(full(0), [puts([item('a', '1'), item('b', '1')])]);
const first = (): LoadFixture =>
  loadOf(window(0, 15), [[stamped(0, update('a', '1', '2')), stamped(0, remove('b', '1'))]]);
const second = (): LoadFixture =>
  loadOf(window(15, 30), [[stamped(15, insert('b', '7'))], [stamped(15, update('a', '2', '3'))]]);
const BASE = ['load a >1', 'load b >1'];
const FIRST = ['update a 1>2', 'delete b 1>'];
const SECOND = ['update a 2>3', 'insert b >7'];

describe('a history', () => {
  test('has every row of the full load and every change of the windows, and their past', async () => {
    for (const load of [base(), first(), second()]) await apply(table, load);
    expect(await changes()).toEqual([...BASE, ...FIRST, ...SECOND]);
    expect(await changes(at(15))).toEqual([...BASE, ...FIRST]);
    expect(await changes(at(0))).toEqual(BASE);
    const [shown] = await rows(`SELECT * FROM orders_changes WHERE pk = 'b' AND n = 7`);
    expect(shown).toEqual(
      ['b', '7', 'insert', '16:00', '16:15', '16:30', null, null, '16:16', null].map((cell) =>
        cell?.includes(':') ? `2025-11-24 ${cell}:00` : cell,
      ),
    );
  });

  test('has a load once that comes again, or twice at once', async () => {
    const other = openTable('orders', { changes: true });
    for (const load of [base(), first(), second()]) {
      await Promise.all([apply(table, load), apply(other, load)]);
      expect((await apply(table, load)).outcome).toBe('already-committed');
    }
    expect(await changes()).toEqual([...BASE, ...FIRST, ...SECOND]);
    expect(await rows('SELECT pk, n::INTEGER FROM orders ORDER BY pk')).toEqual([
      ['a', 3],
      ['b', 7],
    ]);
  });

  test('of which the table has not taken a load yet shows nothing of it, and has it once', async () => {
    await apply(table, base());
    await expect(apply(breakingTable(), first())).rejects.toThrow('killed');
    expect([await historyWatermark(), (await table.readState())?.watermark]).toEqual([
      at(15),
      at(0),
    ]);
    expect(await changes()).toEqual(BASE);
    await commitLoad(table, first());
    await apply(table, second());
    expect(await changes()).toEqual([...BASE, ...FIRST, ...SECOND]);
  });

  test('follows the table where that takes a wider window, a narrower one, or a full load instead', async () => {
    await apply(table, base());
    await expect(apply(breakingTable(), first())).rejects.toThrow('killed');
    const narrow = loadOf(window(0, 5), [[stamped(0, update('a', '1', '2'))]]);
    await expect(apply(breakingTable(), narrow)).rejects.toThrow('killed');
    const wide = [stamped(0, update('a', '1', '3')), stamped(0, update('b', '1', '7'))];
    await apply(table, loadOf(window(0, 30), [wide]));
    expect(await changes()).toEqual([...BASE, 'update a 1>3', 'update b 1>7']);
    await expect(apply(breakingTable(), loadOf(window(30, 60), [[]]))).rejects.toThrow('killed');
    await apply(table, loadOf(full(45), [puts([item('a', '9')])]));
    expect((await changes()).slice(4)).toEqual(['load a >9']);
    await apply(table, loadOf(window(45, 60), [[stamped(45, remove('a', '9'))]]));
    expect((await changes()).slice(4)).toEqual(['load a >9', 'delete a 9>']);
  });

  test('goes back with its table when somebody rolls that back', async () => {
    for (const load of [base(), first(), second()]) await apply(table, load);
    await rollBack('orders');
    expect(await changes()).toEqual([...BASE, ...FIRST]);
    await rollBack('orders');
    await apply(table, first());
    const other = loadOf(window(15, 45), [[stamped(15, update('a', '2', '8'))]]);
    await apply(table, other);
    expect(await changes()).toEqual([...BASE, ...FIRST, 'update a 2>8']);
  });

  test('that somebody rolls back goes on where the table is', async () => {
    for (const load of [base(), first()]) await apply(table, load);
    await rollBack('orders_changes');
    expect(await changes()).toEqual(BASE);
    await apply(table, second());
    expect(await changes()).toEqual([...BASE, ...FIRST, ...SECOND]);
  });

  test('that is lost ends the load, until a full load begins another', async () => {
    for (const load of [base(), first()]) await apply(table, load);
    const lost: string[] = [];
    for await (const { key: name } of store.list('orders_changes/')) lost.push(name);
    await store.delete(lost);
    await expect(apply(table, second())).rejects.toMatchObject({
      code: 'CorruptLake',
      subject: 'orders_changes',
    });
    expect((await table.readState())?.watermark).toBe(at(15));
    await apply(table, loadOf(full(30), [puts([item('a', '3')])]));
    expect(await changes()).toEqual(['load a >3']);
  });

  test('has deletes of keys that nobody knew, and of a table that never had a row', async () => {
    await apply(table, loadOf(full(0), [[]]));
    await apply(table, loadOf(window(0, 15), [[changeOf(key('x'))]]));
    expect(await rows('SELECT _operation, pk, _old FROM orders_changes')).toEqual([
      ['delete', 'x', null],
    ]);
    expect(await rows('SELECT * FROM orders')).toEqual([]);
  });

  test('has no old images where the export has none', async () => {
    await apply(table, base());
    const scope = { ...window(0, 15), view: 'NEW_IMAGE' } as LoadFixture['load']['scope'];
    await apply(table, loadOf(scope, [[insert('a', '2'), changeOf(key('b'))]]));
    expect(await changes()).toEqual([...BASE, 'upsert a >2', 'delete b >']);
  });

  test('has what no column holds exactly, of either image', async () => {
    await apply(table, base());
    const [oldImage, newImage] = [item('a', '1.5'), { ...item('a', '1'), n: { S: 'text' } }];
    await apply(table, loadOf(window(0, 15), [[changeOf(key('a'), { oldImage, newImage })]]));
    const sql = `SELECT n, _rest, _old.n, _old_rest FROM orders_changes WHERE _operation = 'update'`;
    expect(await rows(sql)).toEqual([[null, '{"n":{"S":"text"}}', null, '{"n":{"N":"1.5"}}']]);
  });

  test('has neither image of what is omitted, and hashes for what is hashed', async () => {
    const options = { changes: true, omit: ['secret'], hash: ['mail'] };
    const place = { store, lakePrefix: '', cacheDirectory: directory, hashKey: 'k'.repeat(32) };
    const hashed = openLake({ ...place, format: 'iceberg' }).table('orders', options);
    const person = (mail: string): Item => ({
      ...key('a'),
      secret: { S: 'of nobody' },
      mail: { S: mail },
    });
    const change = { oldImage: person('one'), newImage: person('two') };
    await apply(hashed, loadOf(full(0), [puts([person('one')])]));
    await apply(hashed, loadOf(window(0, 15), [[changeOf(key('a'), change)]]));
    const found = await rows('SELECT * FROM orders_changes');
    expect(JSON.stringify(found)).not.toMatch(/of nobody|one|two/);
    const sql = `SELECT length(mail), mail = lag(mail) OVER (ORDER BY _window_to), _old.mail = lag(mail) OVER (ORDER BY _window_to)
      FROM orders_changes ORDER BY _window_to`;
    expect(await rows(sql)).toEqual([
      ['64', null, null],
      ['64', false, true],
    ]);
  });

  test('goes on in columns of their own after a full load gives attributes other types', async () => {
    const number = (n: string, more: Item): Item => ({ pk: { N: n }, ...more });
    const one = number('1', { n: { N: '1' } });
    await apply(table, loadOf(full(0), [puts([one])]));
    const outgrown = changeOf(number('1.5', {}), { newImage: number('1.5', {}) });
    await expect(apply(table, loadOf(window(0, 15), [[outgrown]]))).rejects.toMatchObject({
      code: 'KeyOutgrown',
    });
    // A delete has its key in the history alone.
    const gone = changeOf(number('2.5', {}));
    await expect(apply(table, loadOf(window(0, 15), [[gone]]))).rejects.toMatchObject({
      code: 'KeyOutgrown',
    });
    const two = number('1.5', { n: { S: 'x' } });
    await apply(table, loadOf(full(15), [puts([one, two])]));
    const changed = changeOf(number('1.5', {}), { oldImage: two, newImage: one });
    await apply(
      table,
      loadOf(window(15, 30), [[{ ...changed, newImage: { ...two, n: { S: 'y' } } }]]),
    );
    const sql = `SELECT _operation, pk::VARCHAR, pk_2::VARCHAR, n::VARCHAR, n_2, _old_2.n, _old_2.pk
      FROM orders_changes ORDER BY _window_to, pk_2`;
    expect(await rows(sql)).toEqual([
      ['load', '1', null, '1', null, null, null],
      ['load', null, '1', null, null, null, null],
      ['load', null, '1.5', null, 'x', null, null],
      ['update', null, '1.5', null, 'y', 'x', '1.5'],
    ]);
  });

  test('is looked after as its table is, and keeps its rows', async () => {
    await apply(table, base());
    for (let n = 0; n < 8; n++) {
      const [from, to] = [String(n + 1), String(n + 2)];
      const load = loadOf(window(n * 15, n * 15 + 15), [[stamped(n * 15, update('a', from, to))]]);
      await apply(table, load);
    }
    const compacted = cared.filter(
      ([name, { kind }]) => `${name} ${kind}` === 'orders_changes compacted',
    );
    expect(compacted).not.toHaveLength(0);
    expect(cared.filter(([, { kind }]) => kind === 'failed' || kind === 'gave-up')).toEqual([]);
    expect(await changes()).toHaveLength(10);
    expect((await changes()).at(-1)).toBe('update a 8>9');
    expect(await changes(at(15))).toEqual([...BASE, 'update a 1>2']);
  });

  test('is kept from one full load to another, by choice', async () => {
    const plain = openTable('orders');
    await apply(plain, base());
    await apply(table, first());
    expect(await catalog.tableNames()).toEqual(['orders']);
    await apply(table, loadOf(full(30), [puts([item('a', '2')])]));
    await apply(plain, loadOf(window(30, 45), [[stamped(30, update('a', '2', '4'))]]));
    expect(await changes()).toEqual(['load a >2', 'update a 2>4']);
    await apply(plain, loadOf(full(45), [puts([item('a', '4')])]));
    await apply(table, loadOf(window(45, 60), [[stamped(45, update('a', '4', '5'))]]));
    expect(await changes()).toEqual(['load a >2', 'update a 2>4']);
  });

  test('says to have been written with another choice than it is committed with', async () => {
    await writeAll(table, base());
    await expect(commitLoad(openTable('orders'), base())).rejects.toMatchObject({
      code: 'NotFound',
      hint: 'Write every batch of the load again, then commit it.',
    });
  });
});

test('the statement in docs/lake.md makes a slowly changing dimension of it', async () => {
  const page = await readFile(new URL('../../docs/lake.md', import.meta.url), 'utf8');
  const [, sql = ''] = /```sql\n(WITH history[^`]+)```/.exec(page) ?? [];
  const order = (pk: string, total: number): Item => ({ ...key(pk), total: { N: String(total) } });
  const change = (minutes: number, pk: string, from?: number, to?: number): Change =>
    stamped(
      minutes,
      changeOf(key(pk), {
        ...(from === undefined ? {} : { oldImage: order(pk, from) }),
        ...(to === undefined ? {} : { newImage: order(pk, to) }),
      }),
    );
  await apply(table, loadOf(full(0), [puts([order('a', 1), order('b', 1)])]));
  await apply(table, loadOf(window(0, 15), [[change(0, 'a', 1, 2), change(0, 'b', 1)]]));
  await apply(
    table,
    loadOf(window(15, 30), [[change(15, 'a', 2, 3), change(15, 'b', undefined, 7)]]),
  );
  await apply(table, loadOf(full(45), [puts([order('a', 3), order('c', 1)])]));
  const found =
    await rows(`SELECT pk, total::INTEGER, strftime(valid_from, '%H:%M'), strftime(valid_to, '%H:%M')
    FROM (${sql.replace(';', '')}) ORDER BY pk, valid_from`);
  expect(found).toEqual([
    ['a', 1, '16:00', '16:01'],
    ['a', 2, '16:01', '16:16'],
    ['a', 3, '16:16', '16:45'],
    ['a', 3, '16:45', null],
    ['b', 1, '16:00', '16:01'],
    ['b', 7, '16:16', '16:45'],
    ['c', 1, '16:45', null],
  ]);
});

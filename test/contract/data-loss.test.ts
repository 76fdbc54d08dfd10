/**
 * Owns the ways in which tools like this one are known to lose data, as far as they lie in the lake:
 * each is a test of its name. The ways that lie in the loop are in test/workflow/data-loss.test.ts.
 */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Item } from '../../src/export/attribute-value.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import { loadExport, openExport } from '../../src/processing/load-export.js';
import { changeOf, writeExport } from '../support/export-fixtures.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import {
  apply,
  at,
  commitLoad,
  COMMITTED_AT,
  full,
  keyOf,
  loadOf,
  puts,
  window,
  writeAll,
} from '../support/lake-loads.js';

const A: Item = { pk: { S: 'a' }, total: { N: '1' }, note: { S: 'first' } };
const B: Item = { pk: { S: 'b' }, total: { N: '2' }, note: { S: 'second' } };
const BASE = loadOf(full(0), [puts([A, B])]);

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(async () => {
  await readers.close();
});

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(async () => {
  await lake.remove();
});

/** Ours and other engines see these items, and no row besides. */
async function expectItems(items: readonly Item[]): Promise<void> {
  expect(await lake.items()).toEqual(items);
  for (const reader of READERS) {
    const { count } = await readers.read({
      reader,
      metadataLocation: await lake.metadataLocation(),
    });
    expect([reader, count]).toEqual([reader, items.length]);
  }
}

/** What other engines see in a column, in the canonical text of each row; the same for all of them. */
async function rowsOfReaders(columns: readonly string[]): Promise<readonly string[]> {
  const answers = await Promise.all(
    READERS.map(async (reader) => {
      const metadataLocation = await lake.metadataLocation();
      const { rows } = await readers.read({ reader, metadataLocation, columns, withRows: true });
      return rows ?? [];
    }),
  );
  const [first = []] = answers;
  for (const answer of answers) expect(answer).toEqual(first);
  return first;
}

test('watermark stored when the export starts: it moves with the commit alone, and a failed window comes again', async () => {
  await apply(lake.table, BASE);
  const load = loadOf(window(0, 15), [[changeOf(keyOf(B), { oldImage: B })]]);
  const broken = {
    ...load,
    batches: load.batches.map(({ batch, source }) => ({
      batch,
      source: { ...source, open: () => Promise.reject(new Error('the worker dies')) },
    })),
  };
  await expect(writeAll(lake.table, broken)).rejects.toThrow('the worker dies');
  expect((await lake.table.readState())?.watermark).toBe(at(0));
  const next = loadOf(window(15, 30), [[]]);
  await expect(apply(lake.table, next)).rejects.toMatchObject({ code: 'BrokenContinuity' });
  await writeAll(lake.table, load);
  expect((await lake.table.readState())?.watermark).toBe(at(0));
  await commitLoad(lake.table, load);
  await apply(lake.table, next);
  expect((await lake.table.readState())?.watermark).toBe(at(30));
  await expectItems([A]);
});

test('first manifest file empty, read as "no changes": the files after it count', async () => {
  await apply(lake.table, BASE);
  const scope = window(0, 15);
  const expected = { exportArn: 'arn:w', tableArn: 'arn:t', tableId: 'table-1', scope };
  const files = [[], [changeOf(keyOf(A), { oldImage: A })], []];
  const manifestKey = await writeExport(lake.store, { expected, prefix: 'exports', files });
  const opened = await openExport(
    { store: lake.store, manifestKey, expected },
    { ...expected, epoch: 1, keyAttributes: ['pk'], batchBytes: 1 },
  );
  const { counts } = await loadExport(lake.table, opened, {
    concurrency: 1,
    signal: new AbortController().signal,
    now: () => COMMITTED_AT,
    onRecords: () => undefined,
  });
  expect(counts?.delete).toBe(1);
  await expectItems([B]);
});

test('a replayed window with deletes inserts all-NULL rows: replayed in any way, it inserts none', async () => {
  await apply(lake.table, BASE);
  const load = loadOf(window(0, 15), [
    [changeOf(keyOf(A), { oldImage: A })],
    [changeOf(keyOf(B), { oldImage: B, newImage: B })],
  ]);
  await writeAll(lake.table, load);
  await Promise.all([commitLoad(lake.table, load), commitLoad(lake.table, load)]);
  await expectItems([B]);
  expect((await apply(lake.table, load)).outcome).toBe('already-committed');
  await apply(lake.table, loadOf(window(15, 30), [[]]));
  expect((await apply(lake.table, load)).outcome).toBe('already-committed');
  await expectItems([B]);
  expect(await lake.rows('SELECT count(*)::INTEGER FROM orders WHERE pk IS NULL')).toEqual([[0]]);
});

test.each(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE'] as const)(
  'a window of deletes only crashes: with %s it deletes',
  async (view) => {
    await apply(lake.table, BASE);
    const images = (oldImage: Item): object => (view === 'NEW_IMAGE' ? {} : { oldImage });
    const scopeOf = (from: number, to: number): ExportScope => ({
      kind: 'incremental',
      window: { from: at(from), to: at(to) },
      view,
    });
    await apply(lake.table, loadOf(scopeOf(0, 15), [[changeOf(keyOf(A), images(A))]]));
    await expectItems([B]);
    await apply(lake.table, loadOf(scopeOf(15, 30), [[changeOf(keyOf(B), images(B))]]));
    await expectItems([]);
  },
);

test('an update that removes an attribute leaves the old value: it becomes NULL', async () => {
  await apply(lake.table, BASE);
  const { note: _removed, ...newImage } = A;
  await apply(lake.table, loadOf(window(0, 15), [[changeOf(keyOf(A), { oldImage: A, newImage })]]));
  await expectItems([newImage, B]);
  expect(await lake.rows("SELECT note FROM orders WHERE pk = 'a'")).toEqual([[null]]);
  expect(await rowsOfReaders(['pk', 'note'])).toEqual(
    [JSON.stringify({ note: 'second', pk: 'b' }), JSON.stringify({ pk: 'a' })].sort(),
  );
});

test('an older window applied after a newer one brings deleted items back: it is refused, or covered', async () => {
  await apply(lake.table, BASE);
  const older = loadOf(window(0, 15), [[changeOf(keyOf(A), { oldImage: A, newImage: A })]]);
  const newer = loadOf(window(15, 30), [[changeOf(keyOf(A), { oldImage: A })]]);
  await expect(apply(lake.table, newer)).rejects.toMatchObject({ code: 'BrokenContinuity' });
  await writeAll(lake.table, older);
  await commitLoad(lake.table, older);
  await apply(lake.table, newer);
  expect((await commitLoad(lake.table, older)).outcome).toBe('already-committed');
  expect((await apply(lake.table, older)).outcome).toBe('already-committed');
  await expectItems([B]);
});

test('a change older than the row it meets never wins, whatever window brings it', async () => {
  await apply(lake.table, BASE);
  const late: Item = { ...A, note: { S: 'late' } };
  const stamped = (micros: string, newImage?: Item): ReturnType<typeof changeOf> => ({
    ...changeOf(keyOf(A), { oldImage: A, ...(newImage && { newImage }) }),
    writtenAtMicros: micros,
  });
  await apply(lake.table, loadOf(window(0, 15), [[stamped('1764000000000009', late)]]));
  await apply(lake.table, loadOf(window(15, 30), [[stamped('1764000000000001')]]));
  await expectItems([late, B]);
});

test('an attribute not in the schema file is dropped: it becomes a column', async () => {
  await apply(lake.table, BASE);
  const newImage: Item = { ...A, color: { S: 'red' }, size: { M: { width: { N: '3' } } } };
  await apply(lake.table, loadOf(window(0, 15), [[changeOf(keyOf(A), { oldImage: A, newImage })]]));
  await expectItems([newImage, B]);
  expect(await lake.rows("SELECT color, size.width FROM orders WHERE pk = 'a'")).toEqual([
    ['red', '3'],
  ]);
  expect(await rowsOfReaders(['color'])).toEqual(['{"color":"red"}', '{}'].sort());
});

test('an attribute with two types fails the load: both are kept, one in its column, one in _rest', async () => {
  await apply(lake.table, BASE);
  const newImage: Item = { ...A, total: { S: 'one' } };
  await apply(lake.table, loadOf(window(0, 15), [[changeOf(keyOf(A), { oldImage: A, newImage })]]));
  await expectItems([newImage, B]);
  expect(await lake.rows('SELECT pk, total, _rest FROM orders ORDER BY pk')).toEqual([
    ['a', null, '{"total":{"S":"one"}}'],
    ['b', expect.stringMatching(/^2(\.0+)?$/), null],
  ]);
});

test.each(['user-name', 'select', 'a.b', 'say "x"', "it's", 'ünï💥', 'filename', ' '])(
  'a name like `user-name` fails the SQL: %j is a column',
  async (name) => {
    const item = Object.fromEntries([
      ['pk', { S: 'a' }],
      [name, { S: 'here' }],
    ]) as Item;
    await apply(lake.table, loadOf(full(0), [puts([item])]));
    await expectItems([item]);
    // To Iceberg's readers a dot parts a struct from its field.
    const column = name.replaceAll('.', '_');
    const quoted = `"${column.replaceAll('"', '""')}"`;
    expect(await lake.rows(`SELECT ${quoted} FROM orders`)).toEqual([['here']]);
    expect(await rowsOfReaders([column])).toEqual([`{${JSON.stringify(column)}:"here"}`]);
  },
);

test('N read as text or as double: 38 digits are a number, to the last one', async () => {
  const digits = '1234567890123456789012345678.9012345678';
  const items = [
    { pk: { S: 'a' }, n: { N: digits }, whole: { N: '9007199254740993' } },
    { pk: { S: 'b' }, n: { N: '0.0000000001' }, whole: { N: '1' } },
    { pk: { S: 'c' }, n: { N: '0.1' }, whole: { N: '-9223372036854775808' } },
  ] satisfies Item[];
  await apply(lake.table, loadOf(full(0), [puts(items)]));
  await expectItems(items);
  expect(
    await lake.rows("SELECT typeof(n), n, typeof(whole), whole FROM orders WHERE pk = 'a'"),
  ).toEqual([
    ['DECIMAL(38,10)', digits, expect.any(String), expect.stringMatching(/^9007199254740993/)],
  ]);
  const [row] = (await rowsOfReaders(['n', 'pk'])).filter((text) => text.includes('"a"'));
  expect(row).toContain(digits);
});

test('a failed full export followed by increments without a base: no window counts before a full load', async () => {
  const increment = loadOf(window(0, 15), [[changeOf(keyOf(A), { newImage: A })]]);
  await expect(apply(lake.table, increment)).rejects.toMatchObject({ code: 'BrokenContinuity' });
  await writeAll(lake.table, BASE);
  await expect(commitLoad(lake.table, increment)).rejects.toMatchObject({
    code: 'BrokenContinuity',
    hint: 'Load a full export first.',
  });
  expect(await lake.table.readState()).toBeUndefined();
  expect(await lake.snapshotCount()).toBe(0);
});

/** Owns the check that readers see parted tables whole, each row in its partition, and prune by them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Item } from '../../src/export/attribute-value.js';
import { startReaders, type Readers } from '../support/iceberg-readers.js';
import { PartedLake } from '../support/parted-lake.js';

let readers: Readers;
let lake: PartedLake;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);
beforeEach(async () => {
  lake = await PartedLake.make(readers);
});
afterEach(() => lake.remove());

const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2026, 10, 20);
const COUNTRIES = ['DE', 'Österreich', '', 'null', 'a/b=c d', '日本'];

/** An order of day `day`: every kind of column that rows can be parted by. */
function order(number: number, day = number % 6): Item {
  const atMs = FIRST_DAY + day * DAY_MS + ((number * 7_919_000) % DAY_MS);
  return {
    pk: { S: `order-${number}` },
    created_at: { S: new Date(atMs).toISOString() },
    'at ms': { N: String(atMs) },
    country: { S: COUNTRIES[(number + day) % COUNTRIES.length] ?? '' },
    price: { N: ((number * 37 - 500) / 100).toFixed(2) },
    paid: { BOOL: number % 2 === 0 },
    photo: { B: Buffer.from([number, 255 - day, 7]).toString('base64') },
  };
}

function orders(from: number, count: number, day?: number): readonly Item[] {
  return Array.from({ length: count }, (_, index) => order(from + index, day));
}

/** Neither has a value in its columns: one is missing, the other is of another type and in `_rest`. */
const STRANGE: readonly Item[] = [
  { pk: { S: 'bare' } },
  {
    pk: { S: 'mixed' },
    created_at: { N: '5' },
    'at ms': { S: 'x' },
    country: { BOOL: true },
    price: { S: 'free' },
    paid: { S: 'no' },
    photo: { S: 'none' },
  },
];

describe.each([
  { partitionBy: ['truncate(10, created_at)'], where: "created_at >= '2026-11-24'" },
  { partitionBy: ['truncate(86400000, at ms)'], where: undefined },
  { partitionBy: ['country'], where: "country = 'DE'" },
  { partitionBy: ['bucket(5, pk)'], where: "pk = 'order-3'" },
  { partitionBy: ['truncate(2, country)', 'paid'], where: 'paid = true' },
  { partitionBy: ['bucket(3, at ms)', 'bucket(3, price)', 'bucket(2, photo)'], where: undefined },
  { partitionBy: ['truncate(100, price)', 'truncate(2, photo)'], where: 'price < 0' },
  { partitionBy: ['price', 'photo', 'at ms'], where: 'price = 0.92' },
])('a table parted by $partitionBy', ({ partitionBy, where }) => {
  test('is read whole after windows that move rows, after compaction and by other parts', async () => {
    await lake.full({ partitionBy }, [...orders(0, 30), ...STRANGE]);
    const first = await lake.expectRead();
    expect(first.partitions).toBeGreaterThan(1);
    expect(first.spec).toHaveLength(partitionBy.length);

    // Of other days and countries, new, back from nowhere, and into nowhere.
    await lake.window([[...orders(0, 8, 3), ...orders(30, 5, 1)], [{ deleted: 'order-9' }]]);
    await lake.expectRead();
    await lake.window([
      [...orders(4, 8, 5), { ...order(1), pk: { S: 'bare' } }],
      [{ pk: { S: 'order-20' } }, { ...STRANGE[1]!, pk: { S: 'order-21' } }],
      [{ deleted: 'order-2' }],
    ]);
    await lake.expectRead();
    if (where !== undefined) {
      const all = await lake.filesFor('pk is not null');
      expect(await lake.filesFor(where)).toBeLessThan(all);
    }

    await lake.window([orders(2, 3, 0)], { everyLoads: 1, minRun: 2, maxDeletedShare: 0.1 });
    expect(lake.events).toMatchObject([{ kind: 'compacted' }]);
    await lake.expectRead();
    await lake.window([orders(3, 6, 2)]);
    await lake.expectRead();

    await lake.full({ partitionBy: ['bucket(2, pk)', ...partitionBy.slice(1)] });
    await lake.window([orders(0, 10, 1)]);
    const last = await lake.expectRead();
    expect(last.spec[0]).toBe('pk_bucket_2: bucket[2]');
    await lake.full({});
    await lake.window([orders(5, 10, 2)]);
    expect(await lake.expectRead()).toMatchObject({ spec: [], partitions: 1 });
  });
});

test('a table whose key outgrows the column that parts it begins anew', async () => {
  const keyed = (pk: string): Item => ({ pk: { N: pk }, country: { S: 'DE' } });
  const options = { partitionBy: ['truncate(10, pk)', 'country'] };
  await lake.full(options, ['1', '2', '30'].map(keyed));
  expect(await lake.expectRead()).toMatchObject({ partitions: 2 });
  await lake.full(options, ['1', '2.5', '30'].map(keyed));
  expect(await lake.expectRead()).toMatchObject({ partitions: 3 });
  await lake.window([[{ ...keyed('2.5'), country: { S: 'AT' } }]]);
  await lake.expectRead();
  await lake.full(
    {},
    ['x', 'y'].map((text) => ({ pk: { S: text } })),
  );
  expect(await lake.expectRead()).toMatchObject({ partitions: 1 });
});

test('a table without rows is parted by the first that come', async () => {
  const options = { partitionBy: ['bucket(4, pk)', 'truncate(10, created_at)'] };
  await lake.full(options, []);
  expect(await lake.expectRead()).toMatchObject({ files: 0, spec: [] });
  await lake.window([[order(1)], [order(2), STRANGE[0]!]]);
  expect(await lake.expectRead()).toMatchObject({ partitions: 3, spec: { length: 2 } });
});

test('an attribute that is called like a part of the table gets a column of another name', async () => {
  await lake.full({ partitionBy: ['bucket(4, pk)'] }, orders(0, 3));
  await lake.window([[{ ...order(1), PK_bucket_4: { S: 'x' } }]]);
  expect(await lake.expectRead()).toMatchObject({ spec: ['pk_bucket_4: bucket[4]'] });
  expect(await lake.filesFor("PK_bucket_4_2 = 'x'")).toBeGreaterThan(0);
});

test('a full load refuses to part rows by what they have not, and the table stays', async () => {
  await lake.full({ partitionBy: ['country'] }, orders(0, 5));
  await expect(lake.full({ partitionBy: ['nowhere'] })).rejects.toMatchObject({
    code: 'InvalidConfig',
    message: 'partitionBy names "nowhere", which has no column in the table.',
  });
  expect(await lake.expectRead()).toMatchObject({ spec: ['country: identity'] });
});

test('a resync that finds no item with an attribute that parts the table goes on without it', async () => {
  const options = { partitionBy: ['bucket(2, pk)', 'country'] };
  await lake.full(options, orders(0, 5));
  expect(await lake.expectRead()).toMatchObject({ spec: { length: 2 } });
  const bare = (pk: string): Item => ({ pk: { S: pk } });
  await lake.full(options, ['x', 'y'].map(bare));
  await lake.expectRead();
  // Once more: the first of them may have taken the column away.
  await lake.full(options, ['x', 'z'].map(bare));
  await lake.expectRead();
  await lake.window([[order(1)]]);
  await lake.expectRead();
});

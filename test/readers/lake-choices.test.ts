/** Owns the check that other engines read columns that a user chose as what they were chosen to be. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Item } from '../../src/export/attribute-value.js';
import { valueHasher } from '../../src/processing/hash-value.js';
import { byCodePoint, canonicalRow, type CanonicalRow } from '../support/canonical-row.js';
import { changeOf } from '../support/export-fixtures.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { apply, full, loadOf, puts, window } from '../support/lake-loads.js';

const KEY = 'the key of these tests, and no other';
const hashOf = valueHasher(KEY);

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close());

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(() => lake.remove());

const item = (n: string, rest: Item): Item => ({ id: { S: `user-${n}` }, ...rest });

const BASE: readonly Item[] = [
  item('1', {
    price: { N: '12.5' },
    small: { N: '-999999999' },
    tiny: { N: '0.25' },
    zip: { N: '8001' },
    photo: { B: 'AP8Q' },
    tags: { M: { a: { S: 'x' } } },
    card: { S: '4111' },
    seen: { BOOL: true },
  }),
  item('2', { price: { N: '0.125' }, zip: { N: '8002' }, tags: { L: [] }, card: { N: '1.0' } }),
  item('3', { price: { N: '9999999999999999.99' }, email: { S: 'c@example.com' } }),
];

test.each(READERS)('%s reads pinned, nested, hashed and omitted columns', async (reader) => {
  const table = lake.chosen(
    {
      columns: {
        price: 'decimal(18,2)',
        small: 'decimal(9,0)',
        tiny: 'decimal(2,2)',
        zip: 'string',
        photo: 'binary',
        seen: 'boolean',
        later: 'long',
      },
      nested: 'json',
      omit: ['email'],
      hash: ['id', 'card'],
    },
    KEY,
  );
  const change = item('2', { price: { N: '1' }, later: { N: '7' }, card: { N: '1' } });
  const keyOfTwo = { id: change['id']! };
  const keyAttributes = ['id'];
  await apply(table, loadOf(full(0), [puts(BASE)], { keyAttributes }));
  await apply(
    table,
    loadOf(window(0, 15), [[changeOf(keyOfTwo, { oldImage: BASE[1]!, newImage: change })]], {
      keyAttributes,
    }),
  );
  const { rows } = await readers.read({
    reader,
    metadataLocation: await lake.metadataLocation(),
    withRows: true,
  });
  const key = (n: string): string => hashOf({ S: `user-${n}` });
  const expected: readonly CanonicalRow[] = [
    {
      id: key('1'),
      price: '12.5',
      small: '-999999999',
      tiny: '0.25',
      zip: '8001',
      photo: Buffer.from('AP8Q', 'base64'),
      tags: '{"M":{"a":{"S":"x"}}}',
      card: hashOf({ S: '4111' }),
      seen: true,
    },
    {
      id: key('2'),
      price: '1',
      later: 7n,
      card: hashOf({ N: '1' }),
      _written_at_micros: 1_700_000_000_000_001n,
    },
    { id: key('3'), price: '9999999999999999.99' },
  ];
  expect(rows).toEqual(expected.map(canonicalRow).sort(byCodePoint));
});

test.each(READERS)(
  '%s finds rows by the bounds of pinned decimals of all widths',
  async (reader) => {
    const widths = [1, 9, 10, 18, 19, 38];
    const table = lake.chosen({
      columns: Object.fromEntries(widths.map((width) => [`d${width}`, `decimal(${width},1)`])),
    });
    const numbers = ['-0.9', '-0.1', '0', '0.9'];
    const items = numbers.map((N, index): Item => ({
      pk: { S: String(index) },
      ...Object.fromEntries(widths.map((width) => [`d${width}`, { N }])),
    }));
    await apply(table, loadOf(full(0), [puts(items)]));
    const metadataLocation = await lake.metadataLocation();
    for (const width of widths) {
      for (const [condition, count] of [
        ['< 0', 2],
        ['= 0.9', 1],
        ['> 0.9', 0],
        ['< -0.9', 0],
      ] as const) {
        const where = `d${width} ${condition}`;
        const answer = await readers.read({ reader, metadataLocation, where });
        expect({ where, count: answer.count }).toEqual({ where, count });
      }
    }
  },
);

/** Owns the check that PyIceberg and DuckDB see in a table what is in it, to the last byte. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  byCodePoint,
  canonicalRow,
  tableHash,
  type CanonicalRow,
} from '../support/canonical-row.js';
import {
  READERS,
  startReaders,
  type Readers,
  type SampleTable,
} from '../support/iceberg-readers.js';

let readers: Readers;
let folder: string;
let sample: SampleTable;
beforeAll(async () => {
  readers = await startReaders();
  folder = await mkdtemp(join(tmpdir(), 'tidemark-readers-'));
  sample = await readers.writeSample(folder);
}, 600_000);
afterAll(async () => {
  await readers.close();
  await rm(folder, { recursive: true, force: true });
});

/** What samples.py writes. */
const one: CanonicalRow = {
  id: 1n,
  name: 'Zoë "quoted" \\ \u2028 😀 \u0001\u007f\n',
  price: '12345678901234567890123456789.123456789',
  paid: true,
  photo: Buffer.from([0x00, 0xff, 0x10]),
  written_at: 1_700_000_000_000_001n,
  tags: ['a', '', null],
  address: { '😀': 'smile', ｱ: -(2n ** 63n), 'zip code': '' },
  lines: [{ sku: 'x', sizes: [1n, null] }, { sku: null, sizes: [] }, null],
};
const two: CanonicalRow = {
  id: 2n,
  name: '',
  price: '-1.5',
  paid: false,
  photo: new Uint8Array(),
  written_at: -1n,
  tags: [],
  address: {},
  lines: [],
};
const three: CanonicalRow = { id: 3n };
const four: CanonicalRow = { id: 2n ** 63n - 1n, name: '3', price: '100' };
const five: CanonicalRow = { id: 5n, tags: ['5'] };
const six: CanonicalRow = { id: 6n, note: 'a new column' };

/** What each snapshot holds. PyIceberg deletes by replacing a data file, in one snapshot or two. */
const first = [one, two, three];
const second = [...first, four, five];
const last = [one, two, four, five, six];

const textsOf = (rows: readonly CanonicalRow[]): string[] => rows.map(canonicalRow);

test('the canonical text of a row is this', () => {
  expect(canonicalRow(one)).toBe(
    '{"address":{"zip code":"","ｱ":"-9223372036854775808","😀":"smile"},"id":"1",' +
      '"lines":[{"sizes":["1",null],"sku":"x"},{"sizes":[]},null],' +
      '"name":"Zoë \\"quoted\\" \\\\ \u2028 😀 \\u0001\u007f\\n","paid":true,"photo":"AP8Q",' +
      '"price":"12345678901234567890123456789.123456789","tags":["a","",null],' +
      '"written_at":"1700000000000001"}',
  );
});

test('the hash of a table tells how often a row is there, and not where', () => {
  const [a, b] = [canonicalRow({ id: 1n }), canonicalRow({ id: 2n })];
  expect(tableHash([a, b])).toBe(tableHash([b, a]));
  expect(new Set([[], [a], [a, a], [a, a, a], [a, b]].map(tableHash)).size).toBe(5);
});

describe.each(READERS)('%s', (reader) => {
  test('reads every row, whatever its types', async () => {
    const { metadataLocation } = sample;
    const { rows, ...seen } = await readers.read({ reader, metadataLocation, withRows: true });
    expect(rows).toEqual(textsOf(last).sort(byCodePoint));
    expect(seen).toEqual({
      count: 5,
      hash: tableHash(textsOf(last)),
      columns: [...Object.keys(one), 'note'],
    });
  });

  test('reads the snapshot that is asked for', async () => {
    const seen = await Promise.all(
      sample.snapshotIds.map(async (id) => {
        const { metadataLocation } = sample;
        return await readers.read({ reader, metadataLocation, snapshotId: BigInt(id) });
      }),
    );
    const hashes = seen.map(({ hash }) => hash);
    expect(hashes[0]).toBe(tableHash(textsOf(first)));
    expect(hashes[1]).toBe(tableHash(textsOf(second)));
    expect(hashes.at(-2)).toBe(tableHash(textsOf([one, two, four, five])));
    expect(hashes.at(-1)).toBe(tableHash(textsOf(last)));
  });

  test('reads the columns and rows that are asked for, in the order that is asked for', async () => {
    const { rows, columns } = await readers.read({
      reader,
      metadataLocation: sample.metadataLocation,
      columns: ['name', 'id', 'address'],
      where: "id >= 2 AND (name = '' OR name = '3')",
      orderBy: ['id'],
    });
    expect(columns).toEqual(['name', 'id', 'address']);
    expect(rows).toEqual(
      textsOf([
        { id: 2n, name: '', address: {} },
        { id: 2n ** 63n - 1n, name: '3' },
      ]),
    );
  });

  test('says what is wrong, and goes on', async () => {
    const metadataLocation = join(folder, 'absent.metadata.json');
    await expect(readers.read({ reader, metadataLocation })).rejects.toThrow(/absent/);
    const { metadataLocation: there } = sample;
    await expect(readers.read({ reader, metadataLocation: there, snapshotId: 1n })).rejects.toThrow(
      /snapshot/i,
    );
    expect((await readers.read({ reader, metadataLocation: there })).count).toBe(5);
  });
});

/** Owns what a written Parquet file says of itself to a reader that is not ours. */
import { describe, expect, test } from '@jest/globals';
import { InvariantError } from '../../../src/core/assert.js';
import { BEST_COMPRESSION } from '../../../src/parquet/compression.js';
import type { ParquetField } from '../../../src/parquet/parquet-field.js';
import { createParquetWriter } from '../../../src/parquet/parquet-writer.js';
import { withFile, writeParquet } from '../../support/parquet-files.js';
import { askDuckDb, vectorOf, type Row } from '../../support/parquet-vectors.js';

const LONG = { kind: 'long' } as const;
const STRING = { kind: 'string' } as const;

const everyType: readonly ParquetField[] = [
  { name: 'pk', id: 1, required: true, type: STRING },
  { name: 'blob', id: 2, required: false, type: { kind: 'binary' } },
  { name: 'at', id: 3, required: false, type: { kind: 'timestamptz' } },
  { name: 'flag', id: 4, required: false, type: { kind: 'boolean' } },
  { name: 'd9', id: 5, required: false, type: { kind: 'decimal', precision: 9, scale: 2 } },
  { name: 'd18', id: 6, required: false, type: { kind: 'decimal', precision: 18, scale: 3 } },
  { name: 'd19', id: 7, required: false, type: { kind: 'decimal', precision: 19, scale: 0 } },
  { name: 'd38', id: 8, required: false, type: { kind: 'decimal', precision: 38, scale: 9 } },
  {
    name: 'items',
    id: 20,
    required: false,
    type: {
      kind: 'list',
      element: {
        name: 'element',
        id: 30,
        required: true,
        type: { kind: 'struct', fields: [{ name: 'qty', id: 31, required: false, type: LONG }] },
      },
    },
  },
];

function inSnappy(fields: readonly ParquetField[]): {
  fields: readonly ParquetField[];
  compression: 'snappy';
} {
  return { fields, compression: 'snappy' };
}

function column(name: string, type: ParquetField['type'], required = false): ParquetField {
  return { name, id: 1, required, type };
}

describe('the schema of a file', () => {
  test('has the type Iceberg asks for, and a field id, on each element', async () => {
    const { bytes } = await writeParquet(inSnappy(everyType), []);
    const schema = await withFile(bytes, (path) =>
      askDuckDb(
        `SELECT concat_ws(' ', name, type, type_length, repetition_type, converted_type, field_id,
           logical_type) AS line FROM parquet_schema('${path}')`,
      ),
    );
    expect(schema.map((row) => row['line'])).toEqual([
      'table',
      'pk BYTE_ARRAY REQUIRED UTF8 1 StringType()',
      'blob BYTE_ARRAY OPTIONAL 2',
      'at INT64 OPTIONAL TIMESTAMP_MICROS 3 TimestampType(isAdjustedToUTC=1, unit=TimeUnit(MILLIS=<null>, MICROS=MicroSeconds(), NANOS=<null>))',
      'flag BOOLEAN OPTIONAL 4',
      'd9 INT32 OPTIONAL DECIMAL 5 DecimalType(scale=2, precision=9)',
      'd18 INT64 OPTIONAL DECIMAL 6 DecimalType(scale=3, precision=18)',
      'd19 FIXED_LEN_BYTE_ARRAY 9 OPTIONAL DECIMAL 7 DecimalType(scale=0, precision=19)',
      'd38 FIXED_LEN_BYTE_ARRAY 16 OPTIONAL DECIMAL 8 DecimalType(scale=9, precision=38)',
      'items OPTIONAL LIST 20 ListType()',
      'list REPEATED',
      'element REQUIRED 30',
      'qty INT64 OPTIONAL 31',
    ]);
  });

  test.each([
    ['a field id twice', [column('a', LONG), column('b', LONG)]],
    ['a name twice', [column('a', LONG), { ...column('a', LONG), id: 2 }]],
    ['a struct without fields', [column('a', { kind: 'struct', fields: [] })]],
    ['no fields', []],
    [
      'a list whose element has another name',
      [column('a', { kind: 'list', element: { ...column('item', LONG), id: 2 } })],
    ],
  ])('refuses %s', (_, fields) => {
    expect(() => createParquetWriter(inSnappy(fields), () => undefined)).toThrow(InvariantError);
  });
});

describe('a file', () => {
  test('without rows is valid, and has no row groups', async () => {
    const { bytes, facts } = await writeParquet(inSnappy(everyType), [[]]);
    const rows = await withFile(bytes, (path) => askDuckDb(`FROM read_parquet('${path}')`));
    expect(rows).toEqual([]);
    expect(facts).toMatchObject({ rows: 0, sizeBytes: bytes.length, splitOffsets: [] });
    expect(facts.columns.get(31)).toEqual({ columnSizeBytes: 0, valueCount: 0, nullCount: 0 });
  });

  test('keeps the metadata it is given', async () => {
    const options = {
      ...inSnappy([column('n', LONG)]),
      keyValueMetadata: { 'table.name': 'Bücher' },
    };
    const { bytes } = await writeParquet(options, []);
    const found = await withFile(bytes, (path) =>
      askDuckDb(`SELECT key, value FROM parquet_kv_metadata('${path}')`),
    );
    const utf8 = new TextEncoder();
    expect(found).toEqual([{ key: utf8.encode('table.name'), value: utf8.encode('Bücher') }]);
  });

  test.each(['snappy', 'none', BEST_COMPRESSION] as const)(
    'in %s is as small as its facts say',
    async (compression) => {
      const fields = [column('text', STRING, true), { ...column('n', LONG), id: 2 }];
      const groups = [0, 1, 2].map((group) =>
        Array.from({ length: 500 }, (_, row) => ({
          text: `row ${group * 500 + row}`,
          n: BigInt(row % 7),
        })),
      );
      const { bytes, facts } = await writeParquet({ fields, compression }, groups);
      const chunks = await withFile(bytes, (path) =>
        askDuckDb(
          `SELECT column_id, compression, total_compressed_size, dictionary_page_offset, data_page_offset
         FROM parquet_metadata('${path}') ORDER BY column_id, row_group_id`,
        ),
      );
      const codec = { snappy: 'SNAPPY', none: 'UNCOMPRESSED', zstd: 'ZSTD' }[compression];
      expect(chunks.map((chunk) => chunk['compression'])).toEqual(Array(6).fill(codec));
      for (const [place, id] of [1, 2].entries()) {
        const own = chunks.filter((chunk) => chunk['column_id'] === BigInt(place));
        const sizes = own.map((chunk) => Number(chunk['total_compressed_size']));
        expect(facts.columns.get(id)!.columnSizeBytes).toBe(sizes.reduce((a, b) => a + b));
      }
      const starts = chunks
        .slice(0, 3)
        .map((chunk) => chunk['dictionary_page_offset'] ?? chunk['data_page_offset']);
      expect(facts.splitOffsets).toEqual(starts.map(Number));

      for (const { dictionary_page_offset: dictionary, data_page_offset: data } of chunks) {
        // A page's header begins with its type: field 1, a zigzag number.
        if (dictionary !== null)
          expect([...bytes.subarray(Number(dictionary)).subarray(0, 2)]).toEqual([0x15, 4]);
        expect([...bytes.subarray(Number(data)).subarray(0, 2)]).toEqual([0x15, 0]);
      }
    },
  );

  test('knows its size while it is written, as the sink does', async () => {
    let given = 0;
    const writer = createParquetWriter(inSnappy([column('n', LONG)]), (bytes) => {
      given += bytes.length;
    });
    await writer.writeRowGroup([vectorOf(LONG, [1n, null])], 2);
    expect(writer.sizeBytes).toBe(given);
    const facts = await writer.close();
    expect(facts.sizeBytes).toBe(given);
  });

  test('fails as its sink does', async () => {
    const writer = createParquetWriter(inSnappy([column('n', LONG)]), () =>
      Promise.reject(new Error('The disk is full.')),
    );
    await expect(writer.writeRowGroup([vectorOf(LONG, [1n])], 1)).rejects.toThrow(
      'The disk is full.',
    );
  });
});

describe('statistics of a row group', () => {
  test('let a reader skip it', async () => {
    const groups: Row[][] = [
      [{ n: 5n }, { n: null }, { n: -3n }],
      [{ n: null }],
      [{ n: 1n << 40n }, { n: 7n }],
    ];
    const { bytes } = await writeParquet(inSnappy([column('n', LONG)]), groups);
    const chunks = await withFile(bytes, (path) =>
      askDuckDb(
        `SELECT stats_min_value AS min, stats_max_value AS max, stats_null_count AS nulls, num_values AS entries
         FROM parquet_metadata('${path}') ORDER BY row_group_id`,
      ),
    );
    expect(chunks).toEqual([
      { min: '-3', max: '5', nulls: 1n, entries: 3n },
      { min: null, max: null, nulls: 1n, entries: 1n },
      { min: '7', max: '1099511627776', nulls: 0n, entries: 2n },
    ]);
  });

  test('are cut for long text, say so, and still find what lies between', async () => {
    const long = (last: string): string => 'k'.repeat(63) + last;
    const groups = [[{ t: long('abc') }, { t: long('zz') }], [{ t: 'short' }]];
    const { bytes } = await writeParquet(inSnappy([column('t', STRING)]), groups);
    await withFile(bytes, async (path) => {
      const chunks = await askDuckDb(
        `SELECT stats_min_value AS min, stats_max_value AS max, min_is_exact, max_is_exact
         FROM parquet_metadata('${path}') ORDER BY row_group_id`,
      );
      expect(chunks).toEqual([
        { min: long('a'), max: long('{'), min_is_exact: false, max_is_exact: false },
        { min: 'short', max: 'short', min_is_exact: true, max_is_exact: true },
      ]);
      for (const { t } of groups.flat()) {
        const found = await askDuckDb(`SELECT count(*) AS n FROM '${path}' WHERE t = '${t}'`);
        expect(found).toEqual([{ n: 1n }]);
      }
      const [extremes] = await askDuckDb(`SELECT min(t) AS min, max(t) AS max FROM '${path}'`);
      expect(extremes).toEqual({ min: long('abc'), max: 'short' });
    });
  });
});

describe('the encoding of a column', () => {
  const distinct = (count: number): Row[] =>
    Array.from({ length: count }, (_, row) => ({ v: `value ${row}` }));
  const repeated = (count: number): Row[] =>
    Array.from({ length: count }, (_, row) => ({ v: `value ${row % 10}` }));

  const encodings = async (groups: readonly Row[][]): Promise<unknown[]> => {
    const { bytes } = await writeParquet(inSnappy([column('v', STRING)]), groups);
    return withFile(bytes, async (path) => {
      expect(await askDuckDb(`FROM '${path}'`)).toEqual(groups.flat());
      const chunks = await askDuckDb(
        `SELECT encodings FROM parquet_metadata('${path}') ORDER BY row_group_id`,
      );
      return chunks.map((chunk) => chunk['encodings']);
    });
  };

  test('is a dictionary where values repeat', async () => {
    const found = await encodings([repeated(1000), repeated(20)]);
    expect(found).toEqual(Array(2).fill('PLAIN, RLE, RLE_DICTIONARY'));
  });

  test('is plain for the rest of the file once a dictionary did not pay', async () => {
    const found = await encodings([repeated(1000), distinct(5000), repeated(1000)]);
    expect(found).toEqual(['PLAIN, RLE, RLE_DICTIONARY', 'PLAIN, RLE', 'PLAIN, RLE']);
  });

  test('is plain where the dictionary would not fit into 16 bits', async () => {
    // Repeats at first, so that no sample tells.
    const late = [...repeated(5000), ...distinct(70_000), ...distinct(70_000)];
    expect(await encodings([late])).toEqual(['PLAIN, RLE']);
  });
});

describe('vectors that do not fit', () => {
  const list = { kind: 'list', element: { ...column('element', LONG), id: 2 } } as const;
  const good = vectorOf(LONG, [1n, null, 3n]);

  test.each([
    ['too few columns', [column('n', LONG)], []],
    ['another kind of vector', [column('n', STRING)], [good]],
    ['a null where one is required', [column('n', LONG, true)], [good]],
    ['more rows than slots', [column('n', LONG)], [vectorOf(LONG, [1n, null])]],
    ['more values than valid slots', [column('n', LONG)], [{ ...good, values: 1 }]],
    ['a list in place of a long', [column('n', LONG)], [vectorOf(list, [[1n], null, []])]],
    [
      'a decimal too large for its precision',
      [column('n', { kind: 'decimal', precision: 9, scale: 0 })],
      [vectorOf({ kind: 'decimal', precision: 9, scale: 0 }, [1n, null, 1n << 32n])],
    ],
  ])('are refused: %s', async (_, fields, columns) => {
    const writer = createParquetWriter(inSnappy(fields), () => undefined);
    await expect(writer.writeRowGroup(columns, 3)).rejects.toThrow(InvariantError);
  });
});

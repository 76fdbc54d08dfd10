/** Owns the golden facts of files, in Iceberg's single-value serialization. */
import { describe, expect, test } from '@jest/globals';
import type { ParquetType } from '../../../src/parquet/parquet-field.js';
import { writeParquet } from '../../support/parquet-files.js';
import type { Value } from '../../support/parquet-vectors.js';

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}

async function boundsOf(
  type: ParquetType,
  groups: readonly (readonly Value[])[],
): Promise<readonly [string | undefined, string | undefined]> {
  const fields = [{ name: 'v', id: 4, required: false, type }];
  const rows = groups.map((values) => values.map((v) => ({ v })));
  const { facts } = await writeParquet({ fields, compression: 'snappy' }, rows);
  const { lowerBound, upperBound } = facts.columns.get(4)!;
  return [hex(lowerBound), hex(upperBound)];
}

const decimal = (precision: number): ParquetType => ({ kind: 'decimal', precision, scale: 2 });

describe('bounds', () => {
  test.each<[string, ParquetType, Value[], string, string]>([
    ['longs', { kind: 'long' }, [1n, -2n, 256n], 'feffffffffffffff', '0001000000000000'],
    [
      'longs that share a half',
      { kind: 'long' },
      [0x80000000n, 0x7fffffffn],
      'ffffff7f00000000',
      '0000008000000000',
    ],
    [
      'timestamps',
      { kind: 'timestamptz' },
      [1_700_000_000_000_000n],
      '00401e18240a0600',
      '00401e18240a0600',
    ],
    ['truth', { kind: 'boolean' }, [true, false], '00', '01'],
    ['truth alone', { kind: 'boolean' }, [true, null], '01', '01'],
    ['text', { kind: 'string' }, ['b', '', 'é'], '', 'c3a9'],
    ['bytes', { kind: 'binary' }, [Uint8Array.of(127), Uint8Array.of(128)], '7f', '80'],
    ['decimals of 9 digits', decimal(9), [-129n, 128n, 0n], 'ff7f', '0080'],
    ['decimals of 18 digits', decimal(18), [-1n, 10n ** 18n - 1n], 'ff', '0de0b6b3a763ffff'],
    ['decimals of 38 digits', decimal(38), [-128n, 127n], '80', '7f'],
    [
      'wide decimals',
      decimal(38),
      [1n << 64n, -(1n << 64n)],
      'ff0000000000000000',
      '010000000000000000',
    ],
    [
      'wide decimals alike at their end',
      decimal(38),
      [(5n << 32n) + 1n, (3n << 32n) + 9n],
      '0300000009',
      '0500000001',
    ],
  ])('of %s', async (_, type, values, lower, upper) => {
    expect(await boundsOf(type, [values])).toEqual([lower, upper]);
    // Whatever the row groups.
    const apart = values.map((value) => [value]);
    expect(await boundsOf(type, apart)).toEqual([lower, upper]);
    expect(await boundsOf(type, apart.toReversed())).toEqual([lower, upper]);
  });

  test('are the same under a dictionary', async () => {
    const values = Array.from({ length: 300 }, (_, row) => BigInt((row % 3) - 1));
    expect(await boundsOf({ kind: 'long' }, [values])).toEqual([
      'ffffffffffffffff',
      '0100000000000000',
    ]);
    expect(await boundsOf(decimal(38), [values])).toEqual(['ff', '01']);
  });

  test('are not told of nulls alone', async () => {
    expect(await boundsOf({ kind: 'long' }, [[null], [null, null]])).toEqual([
      undefined,
      undefined,
    ]);
  });

  test('are told of fields of structs, and of nothing in lists', async () => {
    const fields = [
      {
        name: 's',
        id: 1,
        required: false,
        type: {
          kind: 'struct',
          fields: [
            { name: 'n', id: 2, required: true, type: { kind: 'long' } },
            {
              name: 'l',
              id: 3,
              required: false,
              type: {
                kind: 'list',
                element: { name: 'element', id: 4, required: true, type: { kind: 'long' } },
              },
            },
          ],
        },
      },
    ] as const;
    const rows = [{ s: { n: 3n, l: [1n, 2n] } }, { s: null }, { s: { n: 4n, l: [] } }];
    const { facts } = await writeParquet({ fields, compression: 'none' }, [rows]);
    expect([...facts.columns.keys()]).toEqual([2, 4]);
    const { columnSizeBytes: _, lowerBound, upperBound, ...counts } = facts.columns.get(2)!;
    expect({ ...counts, lower: hex(lowerBound), upper: hex(upperBound) }).toEqual({
      valueCount: 3,
      nullCount: 1,
      lower: '0300000000000000',
      upper: '0400000000000000',
    });
    const { columnSizeBytes, ...inList } = facts.columns.get(4)!;
    expect(columnSizeBytes).toBeGreaterThan(0);
    expect(inList).toEqual({ valueCount: 4, nullCount: 2 });
  });
});

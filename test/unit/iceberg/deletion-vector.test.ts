/** Owns tests of deletion vectors and the Puffin files they lie in. */
import { describe, expect, test } from '@jest/globals';
import { encodeDeletionVector, readDeletionVector } from '../../../src/iceberg/deletion-vector.js';
import { writePuffin } from '../../../src/iceberg/puffin-file.js';
import { decodeRoaring, encodeRoaring } from '../../../src/iceberg/roaring-bitmap.js';

const AT = 's3://lake/orders/data/dv.puffin';
const [PATH_A, PATH_B] = ['s3://lake/orders/data/a.parquet', 's3://lake/orders/data/b.parquet'];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('a Roaring bitmap', () => {
  test.each<[string, readonly number[]]>([
    ['none', []],
    ['the first', [0]],
    ['some', [1, 5, 65_535, 65_536, 1_000_000]],
    ['an array as large as can be', range(0, 4096)],
    ['a bitmap', range(100, 5000)],
    ['all of a container', range(65_536, 131_072)],
    ['more than 32 bits', [7, 2 ** 32 - 1, 2 ** 32, 3 * 2 ** 32 + 9]],
    ['highest bits', [0x8000_0000, 0xffff_0000]],
  ])('of %s gives them back', (_what, positions) => {
    expect(decodeRoaring(encodeRoaring(positions))).toEqual(positions);
  });

  test('is laid out as the format has it', () => {
    expect(encodeRoaring([3, 65_540]).toString('hex')).toBe(
      [
        '0100000000000000', // one bitmap
        '00000000', // of key 0
        '3a30000002000000', // cookie, two containers
        '0000000001000000', // keys 0 and 1, a value each
        '180000001a000000', // where they begin
        '03000400', // 3, and 4 after 65,536
      ].join(''),
    );
  });

  test('with runs, as other writers make it, is read', () => {
    const bytes = Buffer.from(
      [
        '0100000000000000',
        '00000000',
        '3b300100', // cookie with runs, two containers
        '01', // the first is of runs
        '0000060002000100', // key 0 with 7 values, key 2 with 2
        '0200' + '01000300' + '0a000200', // two runs: 1 to 4, 10 to 12
        '00000500', // 0 and 5
      ].join(''),
      'hex',
    );
    expect(decodeRoaring(bytes)).toEqual([1, 2, 3, 4, 10, 11, 12, 131_072, 131_077]);
  });

  test.each(['', '01000000000000000000000000000000', '0100000000000000000000003a300000ff'])(
    'that is none is refused: %s',
    (hex) => {
      expect(() => decodeRoaring(Buffer.from(hex, 'hex'))).toThrow(
        expect.objectContaining({ name: 'RangeError' }),
      );
    },
  );
});

describe('a Puffin file', () => {
  const deleted = [
    { path: PATH_A, positions: [1, 2, 9], place: { specId: 0 } },
    { path: PATH_B, positions: range(0, 5000), place: { specId: 1, partition: { p: 'x' } } },
  ];
  const { bytes, vectors } = writePuffin(AT, deleted);

  test('has a vector for each data file', () => {
    expect(vectors.map((vector) => readDeletionVector(bytes, vector))).toEqual(
      deleted.map(({ positions }) => positions),
    );
    expect(vectors[1]).toMatchObject({
      content: 1,
      file_path: AT,
      file_format: 'PUFFIN',
      spec_id: 1,
      partition: { p: 'x' },
      record_count: 5000,
      file_size_in_bytes: bytes.length,
      referenced_data_file: PATH_B,
    });
  });

  test('describes them in its footer', () => {
    const file = Buffer.from(bytes);
    const size = file.readInt32LE(file.length - 12);
    const footer: unknown = JSON.parse(file.subarray(-12 - size, -12).toString());
    expect(footer).toMatchObject({
      blobs: vectors.map((vector) => ({
        type: 'deletion-vector-v1',
        'snapshot-id': -1,
        'sequence-number': -1,
        offset: vector.content_offset,
        length: vector.content_size_in_bytes,
        properties: {
          'referenced-data-file': vector.referenced_data_file,
          cardinality: String(vector.record_count),
        },
      })),
    });
    for (const at of [0, file.length - size - 16, file.length - 4]) {
      expect(file.subarray(at, at + 4).toString()).toBe('PFA1');
    }
  });

  test.each([4, 8, 12, 30, -5])('with a changed byte (%p) in a vector is refused', (at) => {
    const damaged = Buffer.from(bytes);
    const [vector] = vectors;
    const begin = vector!.content_offset!;
    const index = at < 0 ? begin + vector!.content_size_in_bytes! + at + 4 : begin + at - 4;
    damaged[index] = damaged[index]! ^ 1;
    expect(() => readDeletionVector(damaged, vector!)).toThrow(
      expect.objectContaining({ code: 'CorruptLake', subject: AT }),
    );
  });

  test('that is cut short, or has another number of positions, is refused', () => {
    const [vector] = vectors;
    expect(() => readDeletionVector(bytes.subarray(0, 20), vector!)).toThrow('Cannot read');
    expect(() => readDeletionVector(bytes, { ...vector!, record_count: 4 })).toThrow(
      '3 positions, not 4',
    );
  });
});

test('a vector has its length, magic and checksum around it', () => {
  const blob = encodeDeletionVector([0]);
  expect(blob.readUInt32BE(0)).toBe(blob.length - 8);
  expect(blob.subarray(4, 8).toString('hex')).toBe('d1d33964');
});

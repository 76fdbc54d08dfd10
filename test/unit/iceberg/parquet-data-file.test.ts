/** Owns tests of how written Parquet files are listed. */
import { expect, test } from '@jest/globals';
import { parquetDataFile, positionDeleteFile } from '../../../src/iceberg/parquet-data-file.js';
import type { ParquetFileFacts } from '../../../src/parquet/file-facts.js';

const FACTS: ParquetFileFacts = {
  rows: 3,
  sizeBytes: 500,
  splitOffsets: [4],
  columns: new Map([
    [
      1,
      {
        columnSizeBytes: 20,
        valueCount: 3,
        nullCount: 0,
        lowerBound: Buffer.of(1),
        upperBound: Buffer.of(9),
      },
    ],
    [2, { columnSizeBytes: 30, valueCount: 5, nullCount: 2, lowerBound: Buffer.of(2) }],
  ]),
};

test('a data file has the facts of its columns', () => {
  const place = { location: 's3://x/a.parquet', specId: 0 };
  expect(parquetDataFile(place, FACTS, 1)).toEqual({
    content: 0,
    file_path: 's3://x/a.parquet',
    file_format: 'PARQUET',
    spec_id: 0,
    partition: {},
    record_count: 3,
    file_size_in_bytes: 500,
    split_offsets: [4],
    column_sizes: [
      { key: 1, value: 20 },
      { key: 2, value: 30 },
    ],
    value_counts: [
      { key: 1, value: 3 },
      { key: 2, value: 5 },
    ],
    null_value_counts: [
      { key: 1, value: 0 },
      { key: 2, value: 2 },
    ],
    lower_bounds: [
      { key: 1, value: Buffer.of(1) },
      { key: 2, value: Buffer.of(2) },
    ],
    upper_bounds: [{ key: 1, value: Buffer.of(9) }],
    sort_order_id: 1,
  });
});

test('position deletes name the paths they lie between, whole', () => {
  const place = { location: 's3://x/d.parquet', specId: 1, partition: { p: 2 } };
  const [first, last] = ['s3://x/a/long/path/of/a/file.parquet', 's3://x/b.parquet'] as const;
  const many = positionDeleteFile(place, FACTS, { firstPath: first, lastPath: last });
  expect(many).toMatchObject({
    content: 1,
    partition: { p: 2 },
    record_count: 3,
    sort_order_id: null,
    referenced_data_file: null,
    lower_bounds: [{ key: 2147483546, value: Buffer.from(first) }],
    upper_bounds: [{ key: 2147483546, value: Buffer.from(last) }],
  });
  const one = positionDeleteFile(place, FACTS, { firstPath: first, lastPath: first });
  expect(one.referenced_data_file).toBe(first);
});

/** Owns tests of partition values: their Avro types, and telling them apart. */
import { describe, expect, test } from '@jest/globals';
import { readManifest, writeManifest } from '../../../src/iceberg/manifest-file.js';
import {
  EntryStatus,
  ManifestContent,
  type PartitionValue,
} from '../../../src/iceberg/manifest.js';
import { partitionKey } from '../../../src/iceberg/partition-key.js';
import { avroName, partitionFieldsOf } from '../../../src/iceberg/partition-type.js';
import type { PartitionSpec } from '../../../src/iceberg/table-metadata.js';
import { dataFile } from './sample-files.js';
import { SCHEMA } from './sample-metadata.js';

function specOf(transform: string, name = 'part'): PartitionSpec {
  return { 'spec-id': 0, fields: [{ 'source-id': 5, 'field-id': 1000, name, transform }] };
}

describe('partition values', () => {
  test.each<[string, string, PartitionValue]>([
    ['boolean', 'identity', true],
    ['int', 'identity', -5],
    ['long', 'identity', 2n ** 63n - 1n],
    ['long', 'truncate[10]', -(2n ** 63n)],
    ['float', 'identity', 0.5],
    ['double', 'identity', -0],
    ['date', 'identity', 20_000],
    ['time', 'identity', 86_399_999_999n],
    ['timestamptz', 'identity', 9_007_199_254_740_993n],
    ['timestamp_ns', 'identity', 9_007_199_254_740_993n],
    ['timestamptz', 'day', 20_000],
    ['timestamptz', 'hour', 480_000],
    ['string', 'bucket[16]', 15],
    ['string', 'truncate[3]', 'Zoë'],
    ['string', 'void', null],
    ['binary', 'identity', Buffer.of(0, 255)],
    ['uuid', 'identity', Buffer.alloc(16, 3)],
    ['fixed[4]', 'identity', Buffer.of(1, 2, 3, 4)],
    ['decimal(20, 3)', 'identity', Buffer.alloc(9, 200)],
    ['decimal(38,9)', 'identity', Buffer.alloc(16, 1)],
  ])('%s by %s come back exactly', (type, transform, value) => {
    const spec = specOf(transform);
    const schema = { fields: [{ id: 5, name: 'source', required: false, type }] };
    const file = dataFile('x', { partition: { part: value } });
    const entry = {
      status: EntryStatus.Added,
      snapshot_id: 1n,
      sequence_number: null,
      file_sequence_number: null,
      data_file: file,
    };
    const bytes = writeManifest([entry], {
      formatVersion: 2,
      content: ManifestContent.Data,
      schema: SCHEMA,
      spec,
      schemas: [SCHEMA, schema],
    });
    const [read] = readManifest(bytes, 'm.avro');
    expect(read?.data_file.partition).toEqual({ part: value });
  });

  test('of a column in a struct have its type', () => {
    const inner = { id: 5, name: 'zip', required: false, type: 'string' };
    const type = { type: 'struct' as const, fields: [inner] };
    const schema = { fields: [{ id: 4, name: 'address', required: false, type }] };
    expect(partitionFieldsOf(specOf('identity'), [schema])).toMatchObject([
      { type: ['null', 'string'] },
    ]);
  });

  test('of a column that no schema has are refused', () => {
    expect(() => partitionFieldsOf(specOf('identity'), [SCHEMA])).toThrow(
      expect.objectContaining({ code: 'CorruptLake' }),
    );
  });

  test('keep the names that Avro does not permit', () => {
    expect(['plain_1', 'a b', '1st', 'é😀', 'a.b'].map(avroName)).toEqual([
      'plain_1',
      'a_x20b',
      '_1st',
      '_xE9_x1F600',
      'a_x2Eb',
    ]);
    const schema = { fields: [{ id: 5, name: 'x', required: false, type: 'int' }] };
    expect(partitionFieldsOf(specOf('identity', 'a b'), [schema])).toMatchObject([
      { name: 'a_x20b', 'iceberg-field-name': 'a b', 'field-id': 1000 },
    ]);
  });
});

describe('partitionKey', () => {
  const key = (partition: Record<string, PartitionValue>, spec_id = 0): string =>
    partitionKey(dataFile('x', { partition, spec_id }));

  test('is equal whatever the order and the kind of bytes', () => {
    expect(key({ a: 1, b: Buffer.of(1) })).toBe(key({ b: Uint8Array.of(1), a: 1 }));
  });

  test('tells apart specs, values, zeros and null', () => {
    const keys = [
      key({}),
      key({}, 1),
      key({ a: null }),
      key({ a: 0 }),
      key({ a: -0 }),
      key({ a: 1 }),
      key({ a: 2n ** 53n }),
      key({ a: 2n ** 53n + 1n }),
      key({ a: 'null' }),
      key({ b: null }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

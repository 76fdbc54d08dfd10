/** Owns tests of partition specs: from a user's terms, and as the terms change. */
import { describe, expect, test } from '@jest/globals';
import { applyUpdates } from '../../../src/iceberg/apply-updates.js';
import { evolveSchema } from '../../../src/iceberg/evolve-schema.js';
import { newTableMetadata } from '../../../src/iceberg/new-table.js';
import { specCommitOf, specOfTerms, transformOf } from '../../../src/iceberg/partition-spec.js';
import { partitionSummaries } from '../../../src/iceberg/partition-summary.js';
import type { PartitionSpec, TableMetadata } from '../../../src/iceberg/table-metadata.js';
import { parsePartitionTerm, type PartitionTerm } from '../../../src/lake/partition-term.js';

const KNOWN = evolveSchema(undefined, {
  keyAttributes: ['pk'],
  columns: [
    { attribute: 'pk', name: 'pk', type: { kind: 'string' } },
    { attribute: 'Country', name: 'country', type: { kind: 'string' } },
    { attribute: 'at', name: 'at', type: { kind: 'long' } },
    { attribute: 'pk_bucket_4', name: 'PK_bucket_4', type: { kind: 'long' } },
    { attribute: 'tags', name: 'tags', type: { kind: 'set', element: { kind: 'string' } } },
  ],
});

function terms(...texts: readonly string[]): readonly PartitionTerm[] {
  return texts.map((text) => parsePartitionTerm(text) as PartitionTerm);
}

function made(spec: PartitionSpec): TableMetadata {
  const { schema, lastColumnId } = KNOWN;
  const place = { location: 'file:///t', properties: {}, formatVersion: 2, uuid: 'u' } as const;
  return newTableMetadata({ ...place, schema, lastColumnId, nowMs: 1, spec });
}

function changed(metadata: TableMetadata, spec: PartitionSpec): TableMetadata {
  return applyUpdates(metadata, specCommitOf(metadata, spec).updates, {
    nowMs: 2,
    previousMetadataLocation: undefined,
    maxPreviousVersions: 1,
  });
}

describe('specOfTerms', () => {
  test('goes by attributes, and gives no field the name of a column', () => {
    const spec = specOfTerms(KNOWN, terms('Country', 'bucket(4, pk)', 'truncate(10, at)'));
    expect(spec).toEqual({
      'spec-id': 0,
      fields: [
        { 'source-id': 2, 'field-id': 1000, name: 'country', transform: 'identity' },
        { 'source-id': 1, 'field-id': 1001, name: 'pk_bucket_4_2', transform: 'bucket[4]' },
        { 'source-id': 3, 'field-id': 1002, name: 'at_trunc_10', transform: 'truncate[10]' },
      ],
    });
    expect(spec.fields.map(({ transform }) => transformOf(transform))).toEqual([
      { kind: 'identity' },
      { kind: 'bucket', buckets: 4 },
      { kind: 'truncate', width: 10 },
    ]);
  });

  test('refuses what has no column, or one that cannot be parted so', () => {
    expect(() => specOfTerms(KNOWN, terms('country'))).toThrow('"country", which has no column');
    expect(() => specOfTerms(KNOWN, terms('bucket(2, tags)'))).toThrow('of the kind set');
  });

  test('finds the spec of old terms, gives new ones a spec, and known fields their ids', () => {
    const first = made(specOfTerms(KNOWN, terms('bucket(2, pk)')));
    expect(first).toMatchObject({ 'default-spec-id': 0, 'last-partition-id': 1000 });
    const both = specOfTerms(KNOWN, terms('at', 'bucket(2, pk)'), first);
    expect(both).toMatchObject({
      'spec-id': 1,
      fields: [{ 'field-id': 1001 }, { 'field-id': 1000 }],
    });
    const second = changed(first, both);
    expect(second).toMatchObject({ 'default-spec-id': 1, 'last-partition-id': 1001 });
    const none = specOfTerms(KNOWN, [], second);
    expect(none).toEqual({ 'spec-id': 2, fields: [] });
    const third = changed(second, none);
    expect(specOfTerms(KNOWN, terms('bucket(2, pk)'), third)['spec-id']).toBe(0);
    expect(changed(third, specOfTerms(KNOWN, terms('bucket(2, pk)'), third))).toMatchObject({
      'default-spec-id': 0,
      'partition-specs': [{ 'spec-id': 0 }, { 'spec-id': 1 }, { 'spec-id': 2 }],
    });
    expect(specCommitOf(third, none).updates).toEqual([]);
  });
});

describe('partitionSummaries', () => {
  const spec = specOfTerms(KNOWN, terms('Country', 'at', 'bucket(4, pk)'));
  const summary = (
    ...partitions: readonly (readonly [string | null, bigint | null, number])[]
  ): readonly unknown[] =>
    partitionSummaries(
      partitions.map(([country, at, bucket]) => ({ country, at, pk_bucket_4_2: bucket })),
      spec,
      [KNOWN.schema],
    );

  test('bound the values of each field, in its order, and tell of nulls', () => {
    const long = (value: bigint): Buffer => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64LE(value);
      return bytes;
    };
    // As text by UTF-16 units, the ice cube would come first; as text, -5 before -30.
    expect(summary(['🧊', -5n, 3], ['￰', 20n, 0], [null, -30n, 1])).toEqual([
      {
        contains_null: true,
        contains_nan: false,
        lower_bound: Buffer.from('￰'),
        upper_bound: Buffer.from('🧊'),
      },
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: long(-30n),
        upper_bound: long(20n),
      },
      {
        contains_null: false,
        contains_nan: false,
        lower_bound: Buffer.from([0, 0, 0, 0]),
        upper_bound: Buffer.from([3, 0, 0, 0]),
      },
    ]);
    expect(summary([null, null, 1])[0]).toMatchObject({ contains_null: true, lower_bound: null });
  });

  test.each([
    [
      'decimal(38, 2)',
      [Buffer.of(0xff, 0x80), Buffer.of(0, 0x80), Buffer.of(0, 1)],
      'ff80',
      '0080',
    ],
    ['binary', [Buffer.of(0xff), Buffer.of(1, 2), Buffer.of(1)], '01', 'ff'],
    ['boolean', [true, false, true], '00', '01'],
    ['double', [1.5, -2, 0], '00000000000000c0', '000000000000f83f'],
    ['float', [1.5, -2, 0], '000000c0', '0000c03f'],
    ['date', [3, -1], 'ffffffff', '03000000'],
    ['timestamp', [3n, -1n], 'ffffffffffffffff', '0300000000000000'],
  ])('of a %s', (type, values, lowest, highest) => {
    const field = { 'source-id': 7, 'field-id': 1000, name: 'p', transform: 'identity' };
    const schema = { fields: [{ id: 7, name: 'p', required: false, type }] };
    const partitions = values.map((p) => ({ p }));
    const [found] = partitionSummaries(partitions, { 'spec-id': 0, fields: [field] }, [schema]);
    const hex = (bytes: Uint8Array | null | undefined): string =>
      Buffer.from(bytes ?? []).toString('hex');
    expect([hex(found?.lower_bound), hex(found?.upper_bound)].join(' ')).toBe(
      [lowest === 'ff80' ? '80' : lowest, highest].join(' '),
    );
  });
});

/** Owns tests of manifests and manifest lists as files. */
import { deflateRawSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import avro from 'avsc';
import { readAvroFile } from '../../../src/iceberg/avro-file.js';
import {
  inheritEntries,
  manifestFileOf,
  readManifest,
  writeManifest,
  type ManifestContext,
} from '../../../src/iceberg/manifest-file.js';
import {
  assignRowIds,
  readManifestList,
  writeManifestList,
} from '../../../src/iceberg/manifest-list.js';
import {
  EntryStatus,
  ManifestContent,
  type ManifestEntry,
  type ManifestFile,
} from '../../../src/iceberg/manifest.js';
import type { PartitionSpec } from '../../../src/iceberg/table-metadata.js';
import { dataFile, vectorOf } from './sample-files.js';
import { SCHEMA } from './sample-metadata.js';

const AT = 's3://lake/orders/metadata/m0.avro';
const UNPARTITIONED: PartitionSpec = { 'spec-id': 0, fields: [] };
const CONTEXT: ManifestContext = {
  formatVersion: 2,
  content: ManifestContent.Data,
  schema: SCHEMA,
  spec: UNPARTITIONED,
  schemas: [SCHEMA],
};
const FULL = dataFile('full', {
  column_sizes: [{ key: 1, value: 5 }],
  value_counts: [{ key: 1, value: 10 }],
  null_value_counts: [{ key: 1, value: 0 }],
  nan_value_counts: [],
  lower_bounds: [{ key: 1, value: Buffer.from('a') }],
  upper_bounds: [{ key: 1, value: Buffer.from('\u{10ffff}') }],
  key_metadata: Buffer.from([1, 2]),
  split_offsets: [4, 2 ** 40],
  equality_ids: null,
  sort_order_id: 1,
  referenced_data_file: null,
});

function added(changes: Partial<ManifestEntry> = {}): ManifestEntry {
  return {
    status: EntryStatus.Added,
    snapshot_id: 9_007_199_254_740_993n,
    sequence_number: null,
    file_sequence_number: null,
    data_file: FULL,
    ...changes,
  };
}

function manifestOf(
  entries: readonly ManifestEntry[],
  changes: Partial<ManifestFile> = {},
): ManifestFile {
  const written = {
    location: AT,
    sizeBytes: 100,
    content: ManifestContent.Data,
    spec: UNPARTITIONED,
    schemas: [],
    snapshotId: 9_007_199_254_740_993n,
    sequenceNumber: 8,
  };
  return { ...manifestFileOf(entries, written), ...changes };
}

describe('a manifest', () => {
  test('gives back its entries, ids of 63 bits and bytes too', () => {
    const entries = [
      added(),
      added({ status: EntryStatus.Existing, sequence_number: 3, file_sequence_number: 4 }),
      added({ snapshot_id: null, data_file: { ...FULL, lower_bounds: null, split_offsets: null } }),
    ];
    expect(readManifest(writeManifest(entries, CONTEXT), AT)).toEqual(entries);
  });

  test('of version 3 gives back row ids and vectors', () => {
    const vector = { ...vectorOf(FULL, 4), first_row_id: null };
    const entries = [
      added({ data_file: { ...FULL, first_row_id: 77 } }),
      added({ data_file: vector }),
    ];
    const bytes = writeManifest(entries, { ...CONTEXT, formatVersion: 3 });
    expect(readManifest(bytes, AT)).toMatchObject(entries);
  });

  test('takes bytes that are no Buffers', () => {
    const bounds = [{ key: 1, value: Uint8Array.of(7) }];
    const data_file = { ...FULL, lower_bounds: bounds, key_metadata: Uint8Array.of(9) };
    const [entry] = readManifest(writeManifest([added({ data_file })], CONTEXT), AT);
    expect(entry?.data_file.lower_bounds?.[0]?.value).toEqual(Buffer.of(7));
    expect(entry?.data_file.key_metadata).toEqual(Buffer.of(9));
  });

  test('says in its header what the specification wants', () => {
    const context = { ...CONTEXT, content: ManifestContent.Deletes };
    const { metadata } = readAvroFile(writeManifest([], context), AT, (schema) => schema);
    expect(Object.fromEntries(metadata)).toMatchObject({
      schema: JSON.stringify(SCHEMA),
      'schema-id': '0',
      'partition-spec': '[]',
      'partition-spec-id': '0',
      'format-version': '2',
      content: 'deletes',
      'avro.codec': 'deflate',
    });
    expect(metadata.get('avro.schema')).toContain('"name":"snapshot_id","type":["null","long"]');
  });

  test('is the same whenever it is written', () => {
    expect(writeManifest([added()], CONTEXT)).toEqual(writeManifest([added()], CONTEXT));
  });

  test('of many entries lies in several blocks', () => {
    const entries = Array.from({ length: 9000 }, (_, index) =>
      added({ data_file: dataFile(`file-${index}`) }),
    );
    const read = readManifest(writeManifest(entries, CONTEXT), AT);
    expect(read).toHaveLength(9000);
    expect(read.at(-1)?.data_file.file_path).toBe(dataFile('file-8999').file_path);
  });
});

describe('a manifest of another writer', () => {
  /** Version 1 of the format, some fields named otherwise, no codec named. */
  const schema = {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      { name: 'status', type: 'int', 'field-id': 0 },
      { name: 'snapshot_id', type: ['null', 'long'], default: null, 'field-id': 1 },
      {
        name: 'file',
        'field-id': 2,
        type: {
          type: 'record',
          name: 'r2',
          fields: [
            { name: 'path', type: 'string', 'field-id': 100 },
            { name: 'file_format', type: 'string', 'field-id': 101 },
            {
              name: 'partition',
              'field-id': 102,
              type: {
                type: 'record',
                name: 'r102',
                fields: [{ name: 'day', type: ['null', 'long'], 'field-id': 1000 }],
              },
            },
            { name: 'record_count', type: 'long', 'field-id': 103 },
            { name: 'file_size_in_bytes', type: 'long', 'field-id': 104 },
            { name: 'novelty', type: ['null', 'string'], default: null, 'field-id': 999 },
          ],
        },
      },
    ],
  };

  function foreignManifest(): Buffer {
    const type = avro.Type.forSchema(
      schema as unknown as Parameters<typeof avro.Type.forSchema>[0],
    );
    const record = type.toBuffer({
      status: 1,
      snapshot_id: 5,
      file: {
        path: 's3://other/x.parquet',
        file_format: 'parquet',
        partition: { day: 20_000 },
        record_count: 3,
        file_size_in_bytes: 70,
        novelty: 'new',
      },
    });
    const sync = Buffer.alloc(16, 7);
    const long = avro.Type.forSchema('long');
    const header = avro.Type.forSchema({ type: 'map', values: 'bytes' }).toBuffer({
      'avro.schema': Buffer.from(JSON.stringify(schema)),
      'partition-spec': Buffer.from('[{"name":"the day","source-id":1,"transform":"day"}]'),
      'partition-spec-id': Buffer.from('3'),
    });
    const block = [long.toBuffer(1), long.toBuffer(record.length), record, sync];
    return Buffer.concat([Buffer.from('Obj\x01', 'latin1'), header, sync, ...block]);
  }

  test('is read by field ids, with what it lacks', () => {
    expect(readManifest(foreignManifest(), AT)).toEqual([
      {
        status: EntryStatus.Added,
        snapshot_id: 5n,
        sequence_number: null,
        file_sequence_number: null,
        data_file: {
          content: 0,
          spec_id: 3,
          file_path: 's3://other/x.parquet',
          file_format: 'parquet',
          partition: { the_x20day: 20_000n },
          record_count: 3,
          file_size_in_bytes: 70,
          novelty: 'new',
        },
      },
    ]);
  });
});

describe('inheritance', () => {
  test('fills in what an added file leaves to its manifest', () => {
    const entries = [added({ snapshot_id: null }), added({ sequence_number: 2 })];
    expect(inheritEntries(entries, manifestOf(entries))).toMatchObject([
      { snapshot_id: 9_007_199_254_740_993n, sequence_number: 8, file_sequence_number: 8 },
      { sequence_number: 2, file_sequence_number: 8 },
    ]);
  });

  test('takes 0 for what version 1 wrote', () => {
    const entries = [added({ status: EntryStatus.Existing })];
    const manifest = manifestOf(entries, { sequence_number: 0 });
    expect(inheritEntries(entries, manifest)).toMatchObject([{ sequence_number: 0 }]);
  });

  test('refuses an existing file without its number', () => {
    const entries = [added({ status: EntryStatus.Existing })];
    expect(() => inheritEntries(entries, manifestOf(entries))).toThrow(
      expect.objectContaining({ code: 'CorruptLake', subject: AT }),
    );
  });

  test('numbers rows of files that have no row id, in their order', () => {
    const of = (count: number, status: EntryStatus, rowId: number | null): ManifestEntry =>
      added({
        status,
        sequence_number: 1,
        file_sequence_number: 1,
        data_file: { ...FULL, record_count: count, first_row_id: rowId },
      });
    const entries = [
      of(10, EntryStatus.Added, null),
      of(99, EntryStatus.Deleted, null),
      of(5, EntryStatus.Existing, 3),
      of(7, EntryStatus.Existing, null),
    ];
    const ids = (changes: Partial<ManifestFile>): readonly unknown[] =>
      inheritEntries(entries, manifestOf(entries, changes)).map(
        ({ data_file }) => data_file.first_row_id,
      );
    expect(ids({ first_row_id: 100 })).toEqual([100, null, 3, 110]);
    expect(ids({ first_row_id: null })).toEqual([null, null, 3, null]);
    expect(ids({ first_row_id: 100, content: ManifestContent.Deletes })).toEqual([
      null,
      null,
      3,
      null,
    ]);
  });
});

describe('manifestFileOf', () => {
  test('counts files and rows by status, and finds the oldest data', () => {
    const entries = [
      added(),
      added({ status: EntryStatus.Existing, sequence_number: 3 }),
      added({ status: EntryStatus.Deleted, sequence_number: 1 }),
    ];
    expect(manifestOf(entries)).toMatchObject({
      added_files_count: 1,
      existing_files_count: 1,
      deleted_files_count: 1,
      added_rows_count: 10,
      existing_rows_count: 10,
      deleted_rows_count: 10,
      sequence_number: 8,
      min_sequence_number: 3,
      partitions: [],
    });
  });

  test('refuses files of several specs', () => {
    const entries = [added(), added({ data_file: { ...FULL, spec_id: 1 } })];
    expect(() => manifestOf(entries)).toThrow('one partition spec');
  });
});

describe('a manifest list', () => {
  const context = {
    formatVersion: 2,
    snapshotId: 5n,
    parentSnapshotId: undefined,
    sequenceNumber: 8,
    firstRowId: 0,
  };

  test('gives back its manifests', () => {
    const manifests = [
      manifestOf([added()], {
        partitions: [
          { contains_null: true, contains_nan: null, lower_bound: Buffer.of(1), upper_bound: null },
        ],
      }),
      manifestOf([], { content: ManifestContent.Deletes }),
    ];
    const read = readManifestList(writeManifestList(manifests, context), AT);
    expect(read).toEqual(manifests.map(({ first_row_id, ...rest }) => rest));
  });

  test('of version 3 gives back row ids', () => {
    const manifests = [manifestOf([added()], { first_row_id: 2 ** 40 })];
    const bytes = writeManifestList(manifests, { ...context, formatVersion: 3 });
    expect(readManifestList(bytes, AT)).toEqual(manifests);
  });

  test('numbers data manifests that have no row ids yet', () => {
    const of = (changes: Partial<ManifestFile>): ManifestFile =>
      manifestOf([added(), added({ status: EntryStatus.Existing })], changes);
    const { manifests, assigned } = assignRowIds(
      [of({}), of({ content: ManifestContent.Deletes }), of({ first_row_id: 5 }), of({})],
      100,
    );
    expect(manifests.map((manifest) => manifest.first_row_id)).toEqual([100, null, 5, 120]);
    expect(assigned).toBe(40);
  });
});

describe('a damaged file', () => {
  const bytes = writeManifest([added()], CONTEXT);

  test.each<[string, Uint8Array]>([
    ['empty', new Uint8Array()],
    ['no Avro', Buffer.from('{"format-version":2}')],
    ['cut in its header', bytes.subarray(0, 200)],
    ['cut in a block', bytes.subarray(0, bytes.length - 20)],
    ['with a broken block', Buffer.concat([bytes.subarray(0, -60), Buffer.alloc(60, 255)])],
    [
      'of another codec',
      Buffer.from(Buffer.from(bytes).toString('latin1').replace('deflate', 'unknown'), 'latin1'),
    ],
  ])('%s is refused, naming it', (_what, damaged) => {
    expect(() => readManifest(damaged, AT)).toThrow(
      expect.objectContaining({ code: 'CorruptLake', subject: AT }),
    );
  });

  test('whose block holds other records than counted is refused', () => {
    const sync = bytes.subarray(-16);
    const block = deflateRawSync(Buffer.of(0));
    const long = avro.Type.forSchema('long');
    const tail = [long.toBuffer(2), long.toBuffer(block.length), block, sync];
    expect(() => readManifest(Buffer.concat([bytes, ...tail]), AT)).toThrow('cut short');
  });
});

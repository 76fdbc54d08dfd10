/** Owns tests of what a commit of files writes, reuses and asks for. */
import { describe, expect, test } from '@jest/globals';
import { writeAvroFile, type AvroSchema } from '../../../src/iceberg/avro-file.js';
import { manifestFileType } from '../../../src/iceberg/manifest-types.js';
import { ManifestContent, type DataFile } from '../../../src/iceberg/manifest.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import {
  A,
  B,
  C,
  MemoryTable,
  dataFile,
  deleteFile,
  liveKeys,
  summaryOf,
  tableOf,
  vectorOf,
} from './sample-files.js';
import { LOCATION, sampleMetadata } from './sample-metadata.js';

describe('an append', () => {
  test('writes one manifest and the list, and reads no manifest', async () => {
    const table = await tableOf([A], [B]);
    const before = table.manifests();
    const built = await table.commit({
      operation: 'append',
      added: [C],
      summary: { 'x.window': '7' },
    });
    expect(built.files.map(({ location }) => location)).toEqual([
      `${LOCATION}/metadata/commit-3-m0.avro`,
      `${LOCATION}/metadata/snap-commit-3.avro`,
    ]);
    expect(table.reads).toEqual([`${LOCATION}/metadata/snap-commit-2.avro`]);
    expect(table.manifests().slice(1)).toEqual(before);
    expect(summaryOf(table)).toEqual({
      operation: 'append',
      'x.window': '7',
      'added-data-files': '1',
      'added-records': '10',
      'added-files-size': '1000',
      'total-data-files': '3',
      'total-records': '30',
      'total-files-size': '3000',
      'total-delete-files': '0',
      'total-position-deletes': '0',
      'total-equality-deletes': '0',
    });
  });

  test('asks for the table and the snapshot it was made for', async () => {
    const table = await tableOf([A]);
    const parent = currentSnapshot(table.metadata)!['snapshot-id'];
    const { requirements, snapshot } = await table.build({ operation: 'append', added: [B] });
    expect(requirements).toEqual([
      { type: 'assert-table-uuid', uuid: table.metadata['table-uuid'] },
      { type: 'assert-ref-snapshot-id', ref: 'main', 'snapshot-id': parent },
    ]);
    expect(snapshot).toMatchObject({
      'parent-snapshot-id': parent,
      'sequence-number': 2,
      'schema-id': 0,
    });
  });

  test('to an empty table asks that it still be empty', async () => {
    const { requirements, snapshot } = await new MemoryTable().build({
      operation: 'append',
      added: [A],
    });
    expect(requirements).toContainEqual({
      type: 'assert-ref-snapshot-id',
      ref: 'main',
      'snapshot-id': null,
    });
    expect(snapshot).not.toHaveProperty('parent-snapshot-id');
  });

  test('keeps the limits that others gave the branch', async () => {
    const table = await tableOf([A]);
    const main = { ...table.metadata.refs['main']!, 'max-snapshot-age-ms': 5 };
    table.metadata = { ...table.metadata, refs: { main } };
    await table.commit({ operation: 'append', added: [B] });
    expect(table.metadata.refs['main']).toMatchObject({ 'max-snapshot-age-ms': 5 });
  });

  test('goes where the table wants its metadata', async () => {
    const table = new MemoryTable(
      sampleMetadata({ properties: { 'write.metadata.path': 's3://meta/m/' } }),
    );
    const { files } = await table.build({ operation: 'append', added: [A] });
    expect(files.map(({ location }) => location.slice(0, 12))).toEqual([
      's3://meta/m/',
      's3://meta/m/',
    ]);
  });

  test('leaves a total out that the parent does not have', async () => {
    const table = await tableOf([A]);
    const [snapshot] = table.metadata.snapshots;
    const summary = { operation: 'append' as const, 'total-records': '10' };
    table.metadata = { ...table.metadata, snapshots: [{ ...snapshot!, summary }] };
    await table.commit({ operation: 'append', added: [B] });
    expect(summaryOf(table)).toMatchObject({ 'total-records': '20' });
    expect(summaryOf(table)).not.toHaveProperty('total-data-files');
  });
});

describe('data and deletes together', () => {
  test('lie in a manifest each', async () => {
    const table = await tableOf([A]);
    await table.commit({ operation: 'overwrite', added: [deleteFile('d'), B] });
    expect(table.manifests().map(({ content }) => content)).toEqual([
      ManifestContent.Data,
      ManifestContent.Data,
      ManifestContent.Deletes,
    ]);
    expect(summaryOf(table)).toMatchObject({
      'added-delete-files': '1',
      'added-position-deletes': '1',
      'total-position-deletes': '1',
      'total-records': '20',
    });
  });

  test('of two partition specs lie in a manifest each', async () => {
    const field = { 'source-id': 1, 'field-id': 1000, name: 'p', transform: 'identity' };
    const specs = [
      { 'spec-id': 0, fields: [] },
      { 'spec-id': 1, fields: [field] },
    ];
    const table = new MemoryTable({ ...sampleMetadata(), 'partition-specs': specs });
    const parted = dataFile('p', { spec_id: 1, partition: { p: 'x' } });
    await table.commit({ operation: 'append', added: [A, parted] });
    expect(
      table.manifests().map(({ partition_spec_id: id, partitions }) => [id, partitions]),
    ).toMatchObject([
      [0, []],
      [1, [{ contains_null: false, lower_bound: Buffer.from('x'), upper_bound: Buffer.from('x') }]],
    ]);
    expect(summaryOf(table)['changed-partition-count']).toBe('2');
  });
});

describe('a snapshot is refused', () => {
  test.each<[string, readonly DataFile[]]>([
    ['an append of deletes', [deleteFile('d')]],
    ['a file added twice', [A, A]],
    ['a vector in version 2', [vectorOf(A, 4)]],
  ])('for %s', async (_what, added) => {
    await expect(new MemoryTable().build({ operation: 'append', added })).rejects.toThrow(
      'Invariant broken',
    );
  });
});

describe('a list of an old writer, without counts', () => {
  test('gets them from its manifests, so that none is taken for empty', async () => {
    const table = await tableOf([A], [B]);
    const { 'manifest-list': location } = currentSnapshot(table.metadata)!;
    const uncounted = table.manifests().map((manifest) => ({
      ...manifest,
      added_files_count: null,
      added_rows_count: null,
    }));
    table.files.set(location, writeAvroFile(withoutCounts(manifestFileType(2)), uncounted, {}));
    await table.commit({ operation: 'append', added: [C] });
    expect(await liveKeys(table)).toEqual([A, B, C].map((file) => file.file_path));
    expect(table.manifests().map((manifest) => manifest.added_rows_count)).toEqual([10, 10, 10]);
  });

  /** `type` with counts that may be null. */
  function withoutCounts(type: AvroSchema): AvroSchema {
    const text = JSON.stringify(type).replaceAll(
      /("name":"added_\w+_count","type":)("\w+")/g,
      '$1["null",$2]',
    );
    return JSON.parse(text) as AvroSchema;
  }
});

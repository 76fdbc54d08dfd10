/** Owns tests of which deletes apply to a data file. */
import { describe, expect, test } from '@jest/globals';
import { indexDeletes } from '../../../src/iceberg/delete-index.js';
import { FileContent, type DataFile } from '../../../src/iceberg/manifest.js';
import type { LiveFile } from '../../../src/iceberg/live-file.js';
import { planScan } from '../../../src/iceberg/plan-scan.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { MemoryTable, dataFile, deleteFile, vectorOf } from './sample-files.js';
import { sampleMetadata } from './sample-metadata.js';

const METADATA = {
  ...sampleMetadata(),
  'partition-specs': [
    { 'spec-id': 0, fields: [] },
    {
      'spec-id': 1,
      fields: [{ 'source-id': 1, 'field-id': 1000, name: 'p', transform: 'identity' }],
    },
  ],
};
const DATA = dataFile('a');

function live(file: DataFile, sequenceNumber: number): LiveFile {
  return { file, sequenceNumber, snapshotId: 1n };
}

/** The names of those of `deletes` that apply to `file`, which is of sequence number 5. */
function applied(file: DataFile, ...deletes: readonly LiveFile[]): readonly string[] {
  return indexDeletes(
    METADATA,
    deletes,
  )(live(file, 5)).map(({ file: { file_path } }) => file_path.replace(/.*\/(.*)\..*/, '$1'));
}

function paths(lower: string, upper: string): Partial<DataFile> {
  return {
    lower_bounds: [{ key: 2147483546, value: Buffer.from(lower) }],
    upper_bounds: [{ key: 2147483546, value: Buffer.from(upper) }],
  };
}

describe('position deletes', () => {
  test('apply to data as old as they are, or older', () => {
    const deletes = [4, 5, 6].map((number) => live(deleteFile(`d${number}`), number));
    expect(applied(DATA, ...deletes)).toEqual(['d5', 'd6']);
  });

  test('apply within their partition alone', () => {
    const inP = (p: string): Partial<DataFile> => ({ spec_id: 1, partition: { p } });
    const deletes = [
      live(deleteFile('x', inP('x')), 6),
      live(deleteFile('y', inP('y')), 6),
      live(deleteFile('none'), 6),
    ];
    expect(applied(dataFile('a', inP('x')), ...deletes)).toEqual(['x']);
    expect(applied(DATA, ...deletes)).toEqual(['none']);
  });

  test('of one data file apply to it alone', () => {
    const deletes = ['a', 'b'].map((name) => {
      const referenced_data_file = dataFile(name).file_path;
      return live(deleteFile(`of-${name}`, { referenced_data_file }), 6);
    });
    expect(applied(DATA, ...deletes)).toEqual(['of-a']);
    expect(applied(dataFile('a', { spec_id: 1, partition: { p: 'x' } }), ...deletes)).toEqual([]);
  });

  test('are left out when the paths they lie between are others', () => {
    const path = DATA.file_path;
    const deletes = [
      live(deleteFile('from', paths(path, `${path}~`)), 6),
      live(deleteFile('to', paths('a', path)), 6),
      live(deleteFile('above', paths(`${path}!`, 'z')), 6),
      live(deleteFile('below', paths('a', 'b')), 6),
    ];
    expect(applied(DATA, ...deletes)).toEqual(['from', 'to']);
  });
});

describe('deletion vectors', () => {
  test('stand for all position deletes of their file', () => {
    const deletes = [live(deleteFile('d'), 6), live(vectorOf(DATA, 4), 6)];
    expect(applied(DATA, ...deletes)).toEqual(['dv']);
    expect(applied(dataFile('b'), ...deletes)).toEqual(['d']);
  });
});

describe('equality deletes', () => {
  const equality = (name: string, changes: Partial<DataFile> = {}): DataFile =>
    deleteFile(name, { content: FileContent.EqualityDeletes, equality_ids: [1], ...changes });

  test('apply to older data alone', () => {
    const deletes = [4, 5, 6].map((number) => live(equality(`e${number}`), number));
    expect(applied(DATA, ...deletes)).toEqual(['e6']);
  });

  test('apply everywhere without a partition, else within theirs', () => {
    const inX = { spec_id: 1, partition: { p: 'x' } };
    const inY = { spec_id: 1, partition: { p: 'y' } };
    const deletes = [equality('all'), equality('x', inX), equality('y', inY)].map((file) =>
      live(file, 6),
    );
    expect(applied(dataFile('a', inX), ...deletes)).toEqual(['all', 'x']);
    expect(applied(DATA, ...deletes)).toEqual(['all']);
  });

  test('apply besides a deletion vector', () => {
    const deletes = [live(equality('e'), 6), live(vectorOf(DATA, 4), 6), live(deleteFile('d'), 6)];
    expect(applied(DATA, ...deletes)).toEqual(['e', 'dv']);
  });
});

describe('planScan', () => {
  test('gives the live files of a snapshot, then and now', async () => {
    const table = new MemoryTable();
    await table.commit({ operation: 'append', added: [dataFile('a'), dataFile('b')] });
    const before = currentSnapshot(table.metadata)!['snapshot-id'];
    await table.commit({
      operation: 'overwrite',
      added: [dataFile('c'), deleteFile('d')],
      removed: new Set([dataFile('a').file_path]),
    });
    const now = currentSnapshot(table.metadata)!['snapshot-id'];
    const [old, current] = [
      await planScan(table.metadata, before, table.read),
      await planScan(table.metadata, now, table.read),
    ];
    const names = (files: readonly LiveFile[]): readonly string[] =>
      files.map(({ file, sequenceNumber }) => `${file.file_path.slice(-9, -8)}${sequenceNumber}`);
    expect([names(old.dataFiles), names(old.deleteFiles)]).toEqual([['a1', 'b1'], []]);
    expect([names(current.dataFiles).toSorted(), names(current.deleteFiles)]).toEqual([
      ['b1', 'c2'],
      ['d2'],
    ]);
    expect(names(current.deletesOf(current.dataFiles[1]!))).toEqual(['d2']);
    expect(current.dataFiles.map(({ snapshotId }) => snapshotId)).toContain(before);
  });

  test('says so when the snapshot has expired', async () => {
    const table = new MemoryTable();
    await expect(planScan(table.metadata, 5n, table.read)).rejects.toMatchObject({
      code: 'NotFound',
    });
  });
});

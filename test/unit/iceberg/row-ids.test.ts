/** Owns tests of row ids and deletion vectors, which version 3 brought. */
import { describe, expect, test } from '@jest/globals';
import { EntryStatus, fileKey, type DataFile } from '../../../src/iceberg/manifest.js';
import type { TableMetadata } from '../../../src/iceberg/table-metadata.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { A, B, C, MemoryTable, deleteFile, liveKeys, tableOf, vectorOf } from './sample-files.js';
import { sampleMetadata } from './sample-metadata.js';

describe('version 3', () => {
  const v3 = (): MemoryTable => new MemoryTable(sampleMetadata({ formatVersion: 3 }));
  const rowIds = async (table: MemoryTable): Promise<readonly unknown[]> =>
    (await table.entries()).map(({ data_file }) => data_file.first_row_id ?? null);

  test('numbers rows once, and keeps their numbers', async () => {
    const table = v3();
    await table.commit({ operation: 'append', added: [A, B] });
    await table.commit({ operation: 'append', added: [C] });
    expect(await rowIds(table)).toEqual([20, 0, 10]);
    expect(currentSnapshot(table.metadata)).toMatchObject({ 'first-row-id': 20, 'added-rows': 10 });
    expect(table.metadata['next-row-id']).toBe(30);
    await table.commit({ operation: 'delete', added: [], removed: new Set([A.file_path]) });
    const left = (await table.entries()).filter(({ status }) => status !== EntryStatus.Deleted);
    expect(
      left.map(({ data_file: { file_path, first_row_id } }) => [file_path, first_row_id]),
    ).toEqual([
      [C.file_path, 20],
      [B.file_path, 10],
    ]);
  });

  test('numbers what was there before the upgrade', async () => {
    const table = await tableOf([A], [B]);
    const upgraded: TableMetadata = { ...table.metadata, 'format-version': 3, 'next-row-id': 0 };
    table.metadata = upgraded;
    await table.commit({ operation: 'append', added: [C] });
    expect((await rowIds(table)).toSorted()).toEqual([0, 10, 20]);
    expect(table.metadata['next-row-id']).toBe(30);
  });

  test('replaces a vector by the new one of its data file', async () => {
    const table = v3();
    await table.commit({ operation: 'append', added: [A, B] });
    const first = [vectorOf(A, 4), vectorOf(B, 44)];
    await table.commit({ operation: 'delete', added: first });
    const second = vectorOf(A, 4, 'dv2');
    await table.commit({ operation: 'delete', added: [second] });
    expect(await liveKeys(table)).toEqual(
      [A.file_path, B.file_path, fileKey(first[1]!), fileKey(second)].toSorted(),
    );
    await table.commit({ operation: 'delete', added: [], removed: new Set([B.file_path]) });
    expect(await liveKeys(table)).toEqual([A.file_path, fileKey(second)].toSorted());
  });

  test.each<[string, readonly DataFile[]]>([
    ['position delete files', [deleteFile('d')]],
    ['two vectors of one file', [vectorOf(A, 4), vectorOf(A, 44)]],
    ['a vector of no file', [{ ...vectorOf(A, 4), referenced_data_file: null }]],
  ])('refuses %s', async (_what, added) => {
    await expect(v3().build({ operation: 'delete', added })).rejects.toThrow('Invariant broken');
  });
});

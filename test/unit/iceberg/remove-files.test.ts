/** Owns tests of taking files out of a table. */
import { describe, expect, test } from '@jest/globals';
import { EntryStatus } from '../../../src/iceberg/manifest.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { A, B, C, deleteFile, liveKeys, summaryOf, tableOf } from './sample-files.js';

describe('a removal', () => {
  test('rewrites the manifests that hold a removed file, and no other', async () => {
    const table = await tableOf([A, B], [C]);
    const [ofC] = table.manifests();
    await table.commit({ operation: 'delete', added: [], removed: new Set([A.file_path]) });
    const manifests = table.manifests();
    expect(manifests).toContainEqual(ofC);
    expect(manifests.find(({ deleted_files_count: count }) => count === 1)).toMatchObject({
      existing_files_count: 1,
      added_files_count: 0,
      min_sequence_number: 1,
      sequence_number: 3,
    });
    const id = currentSnapshot(table.metadata)!['snapshot-id'];
    const entries = await table.entries();
    expect(entries.find(({ status }) => status === EntryStatus.Deleted)).toMatchObject({
      snapshot_id: id,
      sequence_number: 1,
      file_sequence_number: 1,
      data_file: { file_path: A.file_path },
    });
    expect(entries.find(({ status }) => status === EntryStatus.Existing)).toMatchObject({
      snapshot_id: table.metadata.snapshots[0]!['snapshot-id'],
      sequence_number: 1,
      data_file: { file_path: B.file_path },
    });
    expect(summaryOf(table)).toMatchObject({
      'deleted-data-files': '1',
      'deleted-records': '10',
      'removed-files-size': '1000',
      'total-records': '20',
    });
  });

  test('is forgotten by the next commit, with its manifest if nothing else is in it', async () => {
    const table = await tableOf([A], [B]);
    await table.commit({ operation: 'delete', added: [], removed: new Set([A.file_path]) });
    expect(table.manifests()).toHaveLength(2);
    await table.commit({ operation: 'append', added: [C] });
    expect(table.manifests()).toHaveLength(2);
    expect(await liveKeys(table)).toEqual([B.file_path, C.file_path]);
  });

  test('takes along the deletes of that one file', async () => {
    const table = await tableOf([A, B]);
    const ofA = deleteFile('of-a', { referenced_data_file: A.file_path });
    const ofMany = deleteFile('of-many');
    await table.commit({ operation: 'delete', added: [ofA, ofMany] });
    await table.commit({ operation: 'replace', added: [C], removed: new Set([A.file_path]) });
    expect(await liveKeys(table)).toEqual([B, C, ofMany].map((file) => file.file_path));
    expect(summaryOf(table)).toMatchObject({
      'removed-delete-files': '1',
      'removed-position-deletes': '1',
      'total-delete-files': '1',
    });
  });

  test('of all leaves what was added', async () => {
    const table = await tableOf([A], [B]);
    await table.commit({ operation: 'delete', added: [deleteFile('d')] });
    await table.commit({ operation: 'overwrite', added: [C], removed: 'all' });
    expect(await liveKeys(table)).toEqual([C.file_path]);
    expect(summaryOf(table)).toMatchObject({
      'deleted-data-files': '2',
      'removed-delete-files': '1',
      'total-data-files': '1',
      'total-delete-files': '0',
    });
  });

  test('of a file that is not there is refused', async () => {
    const table = await tableOf([A]);
    const removed = new Set([A.file_path, B.file_path]);
    await expect(table.build({ operation: 'delete', added: [], removed })).rejects.toThrow(
      B.file_path,
    );
  });

  test('of a file that was removed before is refused', async () => {
    const table = await tableOf([A, B]);
    const removed = new Set([A.file_path]);
    await table.commit({ operation: 'delete', added: [], removed });
    await expect(table.build({ operation: 'delete', added: [], removed })).rejects.toThrow(
      A.file_path,
    );
  });
});

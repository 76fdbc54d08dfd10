/** Owns tests of merging small manifests. */
import { describe, expect, test } from '@jest/globals';
import { EntryStatus, ManifestContent } from '../../../src/iceberg/manifest.js';
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
} from './sample-files.js';

describe('merging', () => {
  const mergeLimits = { minCount: 4, targetSizeBytes: 1 << 20 };

  test('joins small manifests once there are many, keeping ages and origins', async () => {
    const table = new MemoryTable();
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => dataFile(name));
    for (const file of files.slice(0, 3)) {
      await table.commit({ operation: 'append', added: [file], mergeLimits });
    }
    expect(table.manifests()).toHaveLength(3);
    await table.commit({ operation: 'append', added: [files[3]!], mergeLimits });
    expect(table.manifests()).toHaveLength(1);
    expect(table.manifests()[0]).toMatchObject({
      added_files_count: 1,
      existing_files_count: 3,
      min_sequence_number: 1,
      sequence_number: 4,
    });
    const entries = await table.entries();
    expect(entries.map(({ status, sequence_number: age }) => [status, age])).toEqual([
      [EntryStatus.Added, 4],
      [EntryStatus.Existing, 3],
      [EntryStatus.Existing, 2],
      [EntryStatus.Existing, 1],
    ]);
    expect(new Set(entries.map(({ snapshot_id: id }) => id)).size).toBe(4);
    await table.commit({ operation: 'append', added: [files[4]!], mergeLimits });
    expect(table.manifests()).toHaveLength(2);
    expect(await liveKeys(table)).toEqual(files.map((file) => file.file_path));
  });

  test('writes no manifest that nobody names', async () => {
    const table = await tableOf([A], [B]);
    const limits = { ...mergeLimits, minCount: 2 };
    const { files } = await table.commit({ operation: 'append', added: [C], mergeLimits: limits });
    const named = table.manifests().map((manifest) => manifest.manifest_path);
    expect(files.map(({ location }) => location).slice(0, -1)).toEqual(named);
  });

  test('leaves what is large enough, and keeps data and deletes apart', async () => {
    const table = new MemoryTable();
    for (const index of Array.from({ length: 12 }, (_, at) => at)) {
      const added = [dataFile(`f${index}`), deleteFile(`d${index}`)];
      const [size = 0] = table.metadata.snapshots.length
        ? table.manifests().map((m) => m.manifest_length)
        : [];
      await table.commit({
        operation: 'overwrite',
        added,
        mergeLimits: { minCount: 3, targetSizeBytes: Math.floor(size * 2.5) },
      });
    }
    const contents = table.manifests().map(({ content }) => content);
    expect(contents.filter((content) => content === ManifestContent.Data).length).toBeGreaterThan(
      1,
    );
    expect(contents.length).toBeLessThan(24);
    expect(await liveKeys(table)).toHaveLength(24);
    expect(summaryOf(table)).toMatchObject({
      'total-data-files': '12',
      'total-delete-files': '12',
    });
  });

  test('drops files that were removed before, and keeps what this commit removes', async () => {
    const table = await tableOf([A, B], [C]);
    await table.commit({ operation: 'delete', added: [], removed: new Set([A.file_path]) });
    const limits = { ...mergeLimits, minCount: 2 };
    const removed = new Set([C.file_path]);
    await table.commit({ operation: 'delete', added: [], removed, mergeLimits: limits });
    const entries = await table.entries();
    expect(
      entries.map(({ status, data_file: { file_path } }) => [status, file_path]).toSorted(),
    ).toEqual([
      [EntryStatus.Existing, B.file_path],
      [EntryStatus.Deleted, C.file_path],
    ]);
  });

  test('by default begins at a hundred', async () => {
    const table = new MemoryTable();
    for (let index = 1; index < 100; index++) {
      await table.commit({ operation: 'append', added: [dataFile(`f${index}`)] });
    }
    expect(table.manifests()).toHaveLength(99);
    await table.commit({ operation: 'append', added: [dataFile('f100')] });
    expect(table.manifests()).toHaveLength(1);
  });
});

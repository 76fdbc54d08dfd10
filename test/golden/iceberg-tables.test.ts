/** Owns the proof that other engines read our tables. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readDeletionVector } from '../../src/iceberg/deletion-vector.js';
import { currentSnapshot } from '../../src/iceberg/table-state.js';
import type { Column } from '../../src/lake/column-type.js';
import { startReaders, type Readers } from '../support/iceberg-readers.js';
import { createDiskTable, readLocation, type DiskTable, type Row } from '../support/iceberg-tables.js';
import { COLUMNS, SCHEMA, expectRows, planOf, range, rowOf, withNewField } from './iceberg/sample-rows.js';

const TIMEOUT_MS = 300_000;

let readers: Readers;
let folder: string;

beforeAll(async () => {
  readers = await startReaders();
}, TIMEOUT_MS);
afterAll(async () => {
  await readers.close();
});
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-iceberg-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function newTable(name: string, formatVersion: 2 | 3 = 2): Promise<DiskTable> {
  return await createDiskTable(join(folder, name), SCHEMA, formatVersion);
}

describe('other engines read', () => {
  test(
    'a table without a snapshot, then appends',
    async () => {
      const table = await newTable('appends');
      const first = range(0, 30).map(rowOf);
      const second = range(30, 45).map(rowOf);
      await table.commit({ operation: 'append', added: [await table.writeRows(first)] });
      const before = currentSnapshot(table.metadata)!['snapshot-id'];
      await table.commit({ operation: 'append', added: [await table.writeRows(second)] });
      await expectRows(readers, table, [...first, ...second]);
      await expectRows(readers, table, first, before);
    },
    TIMEOUT_MS,
  );

  test(
    'position deletes of one file and of several',
    async () => {
      const table = await newTable('deletes');
      const [a, b] = [range(0, 20).map(rowOf), range(20, 40).map(rowOf)];
      const files = [await table.writeRows(a), await table.writeRows(b)] as const;
      await table.commit({ operation: 'append', added: files });
      const [pathA, pathB] = [files[0].file_path, files[1].file_path];
      const both = await table.writeDeletes([
        [pathA, 3],
        [pathB, 0],
        [pathA, 1],
      ]);
      const replaced = range(100, 103).map(rowOf);
      const added = [both, await table.writeRows(replaced)];
      await table.commit({ operation: 'overwrite', added });
      await table.commit({
        operation: 'delete',
        added: [await table.writeDeletes([[pathB, 19]])],
      });
      const left = [
        ...a.filter((_, at) => at !== 1 && at !== 3),
        ...b.slice(1, -1),
        ...replaced,
      ];
      await expectRows(readers, table, left);
    },
    TIMEOUT_MS,
  );

  test(
    'a table of many commits, whose manifests were merged',
    async () => {
      const table = await newTable('merged');
      const rows: Row[] = [];
      for (const number of range(0, 25)) {
        const more = range(number * 2, number * 2 + 2).map(rowOf);
        const file = await table.writeRows(more);
        const deletes = await table.writeDeletes([[file.file_path, 1]]);
        await table.commit({
          operation: 'overwrite',
          added: [file, deletes],
          mergeLimits: { minCount: 5, targetSizeBytes: 1 << 20 },
        });
        rows.push(more[0]!);
      }
      await expectRows(readers, table, rows);
    },
    TIMEOUT_MS,
  );

  test(
    'columns and struct fields that came later',
    async () => {
      const table = await newTable('evolved');
      const old = range(0, 10).map(rowOf);
      await table.commit({ operation: 'append', added: [await table.writeRows(old)] });
      const note: Column = { attribute: 'note', name: 'note', type: { kind: 'string' } };
      await table.evolve({ ...SCHEMA, columns: [...COLUMNS.map(withNewField), note] });
      const fresh = range(10, 20).map((number): Row => {
        const row = rowOf(number);
        const address = row['address'] as Row | null;
        return { ...row, note: `n${number}`, address: address && { ...address, new: true } };
      });
      await table.commit({ operation: 'append', added: [await table.writeRows(fresh)] });
      await expectRows(readers, table, [...old, ...fresh]);
    },
    TIMEOUT_MS,
  );

  test(
    'a table whose files were all replaced in one snapshot',
    async () => {
      const table = await newTable('replaced');
      const file = await table.writeRows(range(0, 20).map(rowOf));
      const deletes = await table.writeDeletes([[file.file_path, 5]]);
      await table.commit({ operation: 'append', added: [file] });
      await table.commit({ operation: 'delete', added: [deletes] });
      const rows = range(50, 60).map(rowOf);
      await table.commit({
        operation: 'overwrite',
        added: [await table.writeRows(rows)],
        removed: 'all',
      });
      await expectRows(readers, table, rows);
      expect(currentSnapshot(table.metadata)?.summary).toMatchObject({
        'total-data-files': '1',
        'total-records': '10',
        'total-delete-files': '0',
        'total-position-deletes': '0',
        'deleted-records': '20',
      });
    },
    TIMEOUT_MS,
  );

  test(
    'deletion vectors of version 3, and one that replaced another',
    async () => {
      const table = await newTable('v3', 3);
      const [a, b] = [range(0, 20).map(rowOf), range(20, 6020).map(rowOf)];
      const files = [await table.writeRows(a), await table.writeRows(b)] as const;
      await table.commit({ operation: 'append', added: [files[0]] });
      await table.commit({ operation: 'append', added: [files[1]] });
      expect(table.metadata['next-row-id']).toBe(6020);
      const [pathA, pathB] = [files[0].file_path, files[1].file_path];
      const first = await table.writeVectors([
        [pathA, [0, 7]],
        [pathB, range(10, 5010)],
      ]);
      await table.commit({ operation: 'delete', added: first });
      await expectRows(readers, table, [
        ...a.filter((_, at) => at !== 0 && at !== 7),
        ...b.slice(0, 10),
        ...b.slice(5010),
      ]);
      const second = await table.writeVectors([[pathA, [0, 7, 19]]]);
      const more = [rowOf(9000)];
      const added = [...second, await table.writeRows(more)];
      await table.commit({ operation: 'overwrite', added });
      await expectRows(readers, table, [
        ...a.filter((_, at) => at !== 0 && at !== 7 && at !== 19),
        ...b.slice(0, 10),
        ...b.slice(5010),
        ...more,
      ]);
      expect(currentSnapshot(table.metadata)?.summary).toMatchObject({
        'added-dvs': '1',
        'removed-dvs': '1',
        'total-delete-files': '2',
        'total-position-deletes': '5003',
      });
      const plan = await planOf(table);
      const [ofA, ofB] = [pathA, pathB].map((path) =>
        plan.deletesOf(plan.dataFiles.find(({ file }) => file.file_path === path)!),
      );
      expect(ofA?.map(({ file }) => file.file_path)).toEqual([second[0]?.file_path]);
      const puffin = await readLocation(ofB![0]!.file.file_path);
      expect(readDeletionVector(puffin, ofB![0]!.file)).toEqual(range(10, 5010));
    },
    TIMEOUT_MS,
  );
});


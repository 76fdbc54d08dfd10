/** Owns the proof that we read tables of PyIceberg and Spark, and go on with them. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formatTableMetadata, parseTableMetadata } from '../../src/iceberg/metadata-json.js';
import { planScan, type ScanPlan } from '../../src/iceberg/plan-scan.js';
import { knownTableOf, tableSchemaOf } from '../../src/iceberg/table-columns.js';
import { READERS, startReaders, type ReaderName, type Readers } from '../support/iceberg-readers.js';
import { createDiskTable, readLocation, type DiskTable, type Row } from '../support/iceberg-tables.js';
import { lightPython } from '../support/reader-programs.js';
import { SCHEMA, expectRows, planOf, range, rowOf } from './iceberg/sample-rows.js';

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

async function newTable(name: string): Promise<DiskTable> {
  return await createDiskTable(join(folder, name), SCHEMA);
}

describe('what PyIceberg wrote', () => {
  test(
    'is planned, and goes on with files taken out by us',
    async () => {
      const sampleFolder = join(folder, 'sample');
      await mkdir(sampleFolder);
      const { metadataLocation, snapshotIds } = await readers.writeSample(sampleFolder);
      const table = await newTable('sample-adopted');
      await table.adopt(metadataLocation);
      const plan = await planOf(table);
      expect(plan.dataFiles.map(({ file }) => file.record_count).sort()).toEqual([1, 2, 2]);
      const [first] = await plansOf(table, snapshotIds.slice(0, 1).map(BigInt));
      expect(first?.dataFiles.map(({ file }) => file.record_count)).toEqual([3]);
      const newest = plan.dataFiles.find(({ file }) => file.record_count === 1)!;
      const removed = new Set([newest.file.file_path]);
      await table.commit({ operation: 'delete', added: [], removed });
      for (const reader of READERS) {
        const read = { reader, metadataLocation: table.metadataLocation, columns: ['id'] };
        expect((await readers.read(read)).count).toBe(4);
      }
      const written = parseTableMetadata(
        formatTableMetadata(table.metadata),
        table.metadataLocation,
      );
      expect(written).toEqual(table.metadata);
    },
    TIMEOUT_MS,
  );

  test(
    'keeps its partition values when we rewrite its manifests',
    async () => {
      const { metadataLocation } = await writePartitioned(join(folder, 'partitioned'));
      const table = await newTable('partitioned-adopted');
      await table.adopt(metadataLocation);
      const before = await planOf(table);
      const [one] = before.dataFiles;
      const removed = new Set([one!.file.file_path]);
      await table.commit({ operation: 'delete', added: [], removed });
      const after = await planOf(table);
      expect(after.dataFiles.map(({ file }) => file)).toMatchObject(
        before.dataFiles.slice(1).map(({ file }) => file),
      );
      for (const reader of READERS) {
        const read = { reader, metadataLocation: table.metadataLocation, columns: ['id'] };
        expect((await readers.read(read)).count).toBe(before.dataFiles.length - 1);
        // By the partition's values, as kept: each row has a partition of its own.
        const { id } = JSON.parse(String(await rowTexts(table, reader))) as { id: string };
        const where = `id = ${id}`;
        expect((await readers.read({ ...read, where })).count).toBe(1);
      }
    },
    TIMEOUT_MS,
  );
});

const testWithSpark = READERS.includes('pyspark') ? test : test.skip;

describe('what Spark wrote', () => {
  testWithSpark(
    'over our table goes on under our hands: a merge, a renamed column, a compaction',
    async () => {
      const table = await newTable('spark');
      const rows = range(0, 20).map(rowOf);
      const file = await table.writeRows(rows);
      await table.commit({ operation: 'append', added: [file] });
      const deletes = await table.writeDeletes([[file.file_path, 3]]);
      await table.commit({ operation: 'delete', added: [deletes] });
      const spark = await readers.spark();
      const directory = join(folder, 'spark');
      await spark.sql(
        directory,
        'DELETE FROM {table} WHERE seq IN (5, 6)',
        'ALTER TABLE {table} RENAME COLUMN paid TO settled',
        'ALTER TABLE {table} ADD COLUMN theirs INT',
        'UPDATE {table} SET theirs = 7 WHERE seq = 8',
      );
      await spark.compact(directory);
      await table.adopt(await newestMetadata(directory));
      expect(tableSchemaOf(knownTableOf(table.metadata)).columns.map(({ name }) => name)).toContain(
        'settled',
      );
      const more = range(30, 33).map((number): Row => {
        const { paid, ...row } = rowOf(number);
        return { ...row, settled: paid! };
      });
      await table.commit({ operation: 'append', added: [await table.writeRows(more)] });
      const left = rows.flatMap((row): Row[] => {
        const { paid, ...rest } = row;
        if ([3n, 5n, 6n].includes(row['seq'] as bigint)) return [];
        return [{ ...rest, settled: paid!, theirs: row['seq'] === 8n ? 7n : null }];
      });
      await expectRows(readers, table, [...left, ...more]);
    },
    TIMEOUT_MS,
  );

  testWithSpark(
    'in partitions by bucket, truncate and day keeps its values',
    async () => {
      const directory = join(folder, 'spark-parts');
      const spark = await readers.spark();
      await spark.sql(
        directory,
        `CREATE TABLE {table} (id BIGINT, name STRING, at TIMESTAMP) USING iceberg
         PARTITIONED BY (bucket(4, id), truncate(2, name), days(at))`,
        `INSERT INTO {table} VALUES (1, 'Zoë', TIMESTAMP '1969-12-31 10:00:00'), (2, NULL, NULL),
         (3, '😀😀😀', TIMESTAMP '2026-11-24 10:00:00')`,
      );
      const table = await newTable('spark-parts-adopted');
      await table.adopt(await newestMetadata(directory));
      const before = await planOf(table);
      const [first, ...rest] = before.dataFiles;
      const removed = new Set([first!.file.file_path]);
      await table.commit({ operation: 'delete', added: [], removed });
      const after = await planOf(table);
      expect(after.dataFiles.map(({ file }) => file)).toMatchObject(rest.map(({ file }) => file));
      for (const reader of READERS) {
        const { metadataLocation } = table;
        expect((await readers.read({ reader, metadataLocation })).count).toBe(2);
      }
    },
    TIMEOUT_MS,
  );
});

/** By its version, as Spark's hadoop catalog numbers them. */
async function newestMetadata(directory: string): Promise<string> {
  const names = await readdir(join(directory, 'metadata'));
  const versions = names.flatMap((name) => /^v(\d+)\.metadata\.json$/.exec(name)?.[1] ?? []);
  const newest = Math.max(...versions.map(Number));
  return `file://${join(directory, 'metadata', `v${newest}.metadata.json`)}`;
}

async function rowTexts(table: DiskTable, reader: ReaderName): Promise<string | undefined> {
  const { metadataLocation } = table;
  const read = { reader, metadataLocation, columns: ['id'], withRows: true } as const;
  return (await readers.read(read)).rows?.[0];
}

async function plansOf(table: DiskTable, ids: readonly bigint[]): Promise<ScanPlan[]> {
  return await Promise.all(ids.map((id) => planScan(table.metadata, id, readLocation)));
}

/** A table with partitions by each kind of transform and value, a row in each. */
async function writePartitioned(at: string): Promise<{ readonly metadataLocation: string }> {
  await mkdir(at);
  const python = await lightPython(() => undefined);
  const script = join(import.meta.dirname, 'iceberg', 'partitioned_table.py');
  const { stdout } = await promisify(execFile)(python, [script, at]);
  return { metadataLocation: stdout.trim() };
}

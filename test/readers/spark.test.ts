/** Owns the check that all readers agree on a table that Spark writes, changes and compacts. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  byCodePoint,
  canonicalRow,
  tableHash,
  type CanonicalRow,
} from '../support/canonical-row.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import type { Spark } from '../support/spark-tables.js';

let readers: Readers;
let spark: Spark;
let folder: string;
let directory: string;
beforeAll(async () => {
  readers = await startReaders();
  spark = await readers.spark();
  folder = await mkdtemp(join(tmpdir(), 'tidemark-spark-'));
  directory = join(folder, 'orders');
}, 600_000);
afterAll(async () => {
  await readers.close();
  await rm(folder, { recursive: true, force: true });
});

const CREATE = `CREATE TABLE {table} (
  id BIGINT NOT NULL, name STRING, price DECIMAL(38, 9), paid BOOLEAN, photo BINARY,
  tags ARRAY<STRING>, address STRUCT<city: STRING, zip: BIGINT>,
  lines ARRAY<STRUCT<sku: STRING, sizes: ARRAY<BIGINT>>>
) USING iceberg TBLPROPERTIES (
  'format-version' = '2', 'write.delete.mode' = 'merge-on-read',
  'write.update.mode' = 'merge-on-read', 'write.merge.mode' = 'merge-on-read'
)`;
const INSERT = `INSERT INTO {table} VALUES
  (1, 'é 😀', 12345678901234567890123456789.123456789, true, X'00FF', array('a', NULL),
    named_struct('city', '', 'zip', -1L),
    array(named_struct('sku', 'x', 'sizes', array(1L, NULL)), named_struct('sku', NULL, 'sizes', NULL), NULL)),
  (2, '', 0, false, X'', array(), named_struct('city', NULL, 'zip', NULL), array()),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 'x', 1.50, true, NULL, NULL, NULL, NULL),
  (5, 'y', -0.000000001, NULL, NULL, NULL, NULL, NULL)`;
const MERGE = `MERGE INTO {table} t
  USING (SELECT * FROM VALUES (4L, 'changed'), (7L, 'new') AS s(id, name)) s ON t.id = s.id
  WHEN MATCHED THEN UPDATE SET name = s.name
  WHEN NOT MATCHED THEN INSERT (id, name) VALUES (s.id, s.name)`;

const one: CanonicalRow = {
  id: 1n,
  name: 'é 😀',
  price: '12345678901234567890123456789.123456789',
  paid: true,
  photo: Buffer.from([0x00, 0xff]),
  tags: ['a', null],
  address: { city: '', zip: -1n },
  lines: [{ sku: 'x', sizes: [1n, null] }, {}, null],
};
const two: CanonicalRow = {
  id: 2n,
  name: '',
  price: '0',
  paid: false,
  photo: new Uint8Array(),
  tags: [],
  address: {},
  lines: [],
};
const three: CanonicalRow = { id: 3n };
const four: CanonicalRow = { id: 4n, name: 'x', price: '1.5', paid: true };
const five: CanonicalRow = { id: 5n, name: 'y', price: '-0.000000001' };

/** Statements, each of which commits one snapshot, and what the table then holds. */
const steps: readonly { readonly statement: string; readonly rows: readonly CanonicalRow[] }[] = [
  { statement: INSERT, rows: [one, two, three, four, five] },
  { statement: 'DELETE FROM {table} WHERE id IN (2, 3)', rows: [one, four, five] },
  { statement: MERGE, rows: [one, { ...four, name: 'changed' }, five, { id: 7n, name: 'new' }] },
  {
    statement: 'DELETE FROM {table} WHERE id = 5',
    rows: [one, { ...four, name: 'changed' }, { id: 7n, name: 'new' }],
  },
  {
    statement: "INSERT INTO {table} (id, note) VALUES (5, 'again')",
    rows: [one, { ...four, name: 'changed' }, { id: 7n, name: 'new' }, { id: 5n, note: 'again' }],
  },
];

const textsOf = (rows: readonly CanonicalRow[]): string[] =>
  rows.map(canonicalRow).sort(byCodePoint);

async function numberOf(query: string): Promise<number> {
  const [row] = await spark.sql(directory, query);
  return Number(row?.['n']);
}

async function everyReaderSees(rows: readonly CanonicalRow[], snapshotId?: bigint): Promise<void> {
  for (const reader of READERS) {
    const seen = await readers.read({
      reader,
      metadataLocation: directory,
      withRows: true,
      ...(snapshotId === undefined ? {} : { snapshotId }),
    });
    expect({ reader, rows: seen.rows }).toEqual({ reader, rows: textsOf(rows) });
    expect(seen.hash).toBe(tableHash(textsOf(rows)));
  }
}

test('all three agree on each commit, on time travel, and on what a compaction leaves', async () => {
  expect(READERS).toEqual(['pyiceberg', 'duckdb', 'pyspark']);
  await spark.sql(directory, CREATE);
  for (const [index, { statement, rows }] of steps.entries()) {
    if (statement.includes('note')) {
      await spark.sql(directory, 'ALTER TABLE {table} ADD COLUMN note STRING');
    }
    await spark.sql(directory, statement);
    await everyReaderSees(rows);
    expect(await numberOf('SELECT count(*) AS n FROM {table}.snapshots')).toBe(index + 1);
  }
  // Otherwise the deletes were made by rewriting, and no reader applied any.
  const positionDeletes = 'SELECT count(*) AS n FROM {table}.delete_files WHERE content = 1';
  expect(await numberOf(positionDeletes)).toBeGreaterThan(0);

  const history = 'SELECT snapshot_id FROM {table}.snapshots ORDER BY committed_at';
  const snapshots = await spark.sql(directory, history);
  for (const [index, { rows }] of steps.entries()) {
    await everyReaderSees(rows, BigInt(snapshots[index]?.['snapshot_id'] as string));
  }

  const { rewrittenDataFiles, rewrittenManifests, deletedDataFiles } =
    await spark.compact(directory);
  expect(rewrittenDataFiles).toBeGreaterThan(1);
  expect(rewrittenManifests).toBeGreaterThan(0);
  expect(deletedDataFiles).toBe(rewrittenDataFiles);
  expect(await numberOf('SELECT count(*) AS n FROM {table}.snapshots')).toBe(1);
  expect(await numberOf(positionDeletes)).toBe(0);
  await everyReaderSees(steps.at(-1)?.rows ?? []);
}, 300_000);

test('a statement that fails says why, and Spark goes on', async () => {
  await expect(spark.sql(directory, 'SELECT nonsense FROM {table}')).rejects.toThrow(/nonsense/);
  expect(await numberOf('SELECT 1 AS n')).toBe(1);
});

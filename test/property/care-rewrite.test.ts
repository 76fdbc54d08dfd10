/** Owns the law that rows written anew are the same rows, under the same metrics. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ColumnType } from '../../src/lake/column-type.js';
import type { ParquetFileFacts } from '../../src/parquet/file-facts.js';
import type { ParquetType } from '../../src/parquet/parquet-field.js';
import { writeQuery } from '../../src/processing/iceberg/care/write-query.js';
import { parquetFile } from '../support/parquet-arbitraries.js';
import { writeParquet } from '../support/parquet-files.js';
import { askDuckDb } from '../support/parquet-vectors.js';

/** The column that has this Parquet type; undefined where no column of ours has it. */
function columnTypeOf(type: ParquetType): ColumnType | undefined {
  switch (type.kind) {
    case 'timestamptz':
      return undefined;
    case 'string':
    case 'binary':
    case 'long':
    case 'boolean':
      return { kind: type.kind };
    case 'decimal':
      return { ...type, integerDigits: type.precision - type.scale };
    case 'list': {
      const element = columnTypeOf(type.element.type);
      return element && { kind: 'list', element };
    }
    case 'struct': {
      const fields = type.fields.map(({ name, type: inner }) => ({
        attribute: name,
        name,
        type: columnTypeOf(inner),
      }));
      return fields.every((field) => field.type !== undefined)
        ? { kind: 'struct', fields: fields as Extract<ColumnType, { kind: 'struct' }>['fields'] }
        : undefined;
    }
  }
}

/** All but how the rows are cut and compressed. */
function metricsOf({ rows, columns }: ParquetFileFacts): unknown {
  const metrics = [...columns].map(([id, { columnSizeBytes, ...metric }]) => {
    expect(columnSizeBytes).toBeGreaterThan(0);
    return [id, metric];
  });
  return { rows, metrics };
}

test('every row, and the metrics of all columns', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'care-rewrite-'));
  const before = join(directory, 'before.parquet');
  const after = join(directory, 'after.parquet');
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  let rewritten = 0;
  try {
    await fc.assert(
      fc.asyncProperty(parquetFile, async ({ fields, groups, ...options }) => {
        const types = fields.flatMap(({ type }) => columnTypeOf(type) ?? []);
        fc.pre(types.length === fields.length && groups.flat().length > 0);
        const { bytes, facts } = await writeParquet({ fields, ...options }, groups);
        await writeFile(before, bytes);
        const files: ParquetFileFacts[] = [];
        const queries = [`SELECT * FROM '${before}'`, `SELECT * FROM '${before}' LIMIT 0`];
        const query = { connection, queries, fields, types, fileBytes: Infinity };
        await writeQuery(query, after, async (written) => {
          files.push(written);
          expect((await readFile(after)).length).toBe(written.sizeBytes);
        });
        expect(files.map(metricsOf)).toEqual([metricsOf(facts)]);
        expect(await askDuckDb(`FROM '${after}'`)).toEqual(await askDuckDb(`FROM '${before}'`));
        rewritten++;
      }),
      { numRuns: 100 },
    );
    expect(rewritten).toBeGreaterThan(0);
  } finally {
    instance.closeSync();
    await rm(directory, { recursive: true, force: true });
  }
});

test('no rows make no file; many make as many as their size asks for', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'care-rewrite-'));
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const rows: number[] = [];
    const query = {
      connection,
      fields: [{ id: 1, name: 'n', required: true, type: { kind: 'long' } }],
      types: [{ kind: 'long' }],
      fileBytes: 1,
    } as const;
    const keep = (facts: ParquetFileFacts): Promise<void> => {
      rows.push(facts.rows);
      return Promise.resolve();
    };
    const path = join(directory, 'rows.parquet');
    await writeQuery({ ...query, queries: ['SELECT 1::BIGINT WHERE false'] }, path, keep);
    expect(rows).toEqual([]);
    const queries = [200_000, 100_000].map((count) => `SELECT range FROM range(${count})`);
    await writeQuery({ ...query, queries }, path, keep);
    expect(rows.length).toBeGreaterThan(1);
    expect(rows.reduce((sum, count) => sum + count, 0)).toBe(300_000);
  } finally {
    instance.closeSync();
    await rm(directory, { recursive: true, force: true });
  }
});

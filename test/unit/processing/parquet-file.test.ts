/** Owns the tests of writing one Parquet file. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { TableSchema } from '../../../src/lake/column-type.js';
import {
  withTemporaryDirectory,
  writeParquet,
  type ParquetRow,
} from '../../../src/processing/parquet-file.js';

const SCHEMA: TableSchema = {
  keyAttributes: ['pk'],
  columns: [
    { attribute: 'pk', name: 'pk', type: { kind: 'string' } },
    { attribute: 'n', name: 'a "b"', type: { kind: 'list', element: { kind: 'long' } } },
  ],
};

async function* rows(count: number): AsyncGenerator<ParquetRow, void, undefined> {
  for (let index = 0; index < count; index++) {
    const cells = [`k${index}`, [String(index), null]];
    yield { cells, rest: null, change: 'load', writtenAtMicros: undefined };
  }
}

/** Rows and the MD5 of each file. */
async function write(count: number, maxCharacters?: number): Promise<readonly [number, string][]> {
  return withTemporaryDirectory(async (directory) => {
    const files: [number, string][] = [];
    const limits = maxCharacters === undefined ? undefined : { maxCharacters };
    for await (const part of writeParquet(directory, SCHEMA, rows(count), limits)) {
      files.push([part.rows, createHash('md5').update(readFileSync(part.path)).digest('hex')]);
    }
    expect(readdirSync(directory).filter((file) => file.endsWith('.parquet'))).toEqual([]);
    return files;
  });
}

describe('writeParquet', () => {
  // 2048 rows make a chunk.
  test.each([1, 2047, 2048, 2049, 5000])('writes all of %i rows', async (count) => {
    expect((await write(count)).map(([rowCount]) => rowCount)).toEqual([count]);
  });

  test('writes no file for no rows', async () => {
    expect(await write(0)).toEqual([]);
  });

  test('begins a new file where one has enough text', async () => {
    const counts = (await write(7, 20)).map(([rowCount]) => rowCount);
    expect(counts).toEqual([4, 3]);
    expect((await write(8, 20)).map(([rowCount]) => rowCount)).toEqual([4, 4]);
  });

  test('gives the same bytes for the same rows', async () => {
    expect(await write(5000)).toEqual(await write(5000));
  });

  test('refuses a row without its key', async () => {
    async function* keyless(): AsyncGenerator<ParquetRow, void, undefined> {
      yield { cells: [null, null], rest: null, change: 'load', writtenAtMicros: undefined };
    }
    await withTemporaryDirectory(async (directory) => {
      const parts = writeParquet(directory, SCHEMA, keyless());
      await expect(parts.next()).rejects.toThrow(/NOT NULL constraint failed/);
    });
  });
});

test('a temporary directory is gone when its use ends, or fails', async () => {
  let seen = '';
  const use =
    (fails: boolean) =>
    async (directory: string): Promise<void> => {
      seen = directory;
      writeFileSync(join(directory, 'x'), '');
      if (fails) await Promise.reject(new Error('on purpose'));
    };
  await withTemporaryDirectory(use(false));
  expect(existsSync(seen)).toBe(false);
  await expect(withTemporaryDirectory(use(true))).rejects.toThrow('on purpose');
  expect(existsSync(seen)).toBe(false);
});

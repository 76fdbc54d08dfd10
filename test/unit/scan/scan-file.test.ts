/** Owns the tests of scanning whole files: what is verified, and what bad files are called. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { ExportFile } from '../../../src/export/export-manifest.js';
import type { TableSchema } from '../../../src/lake/column-type.js';
import { profileFile, scanFiles } from '../../../src/processing/scan/scan-file.js';

const SCHEMA: TableSchema = {
  keyAttributes: ['pk'],
  columns: [{ attribute: 'pk', name: 'pk', type: { kind: 'string' } }],
};
const TEXT = Array.from({ length: 5000 }, (_, row) => `{"Item":{"pk":{"S":"k${row}"}}}\n`).join('');
const GZIP = gzipSync(TEXT);

function fileOf(bytes: Uint8Array, more: Partial<ExportFile> = {}): ExportFile {
  const md5 = createHash('md5').update(bytes).digest('base64');
  return { key: 'data/x.json.gz', itemCount: 5000, md5, ...more };
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}

async function rowsOf(source: AsyncIterable<Uint8Array>, file: ExportFile): Promise<number> {
  let rows = 0;
  for await (const batch of scanFiles([file], async () => source, SCHEMA, {
    format: { kind: 'full' },
    maxRows: 64,
  })) {
    rows += batch.rows;
  }
  return rows;
}

async function profiled(source: AsyncIterable<Uint8Array>, file: ExportFile): Promise<number> {
  const evidence = await profileFile(source, file, ['pk'], { kind: 'full' });
  return evidence.keys.get('pk')?.strings ?? 0;
}

describe.each([
  ['scan', rowsOf],
  ['profile', profiled],
])('a %s of a file', (_what, read) => {
  test('reads all of it', async () => {
    expect(await read(pieces(GZIP), fileOf(GZIP))).toBe(5000);
  });

  test('reads a file without items', async () => {
    const empty = gzipSync('');
    const file = fileOf(empty, { itemCount: 0, md5: 'FjvgqIxwymKf1RbbqtrZag==' });
    expect(await read(pieces(empty), { ...file, md5: fileOf(empty).md5 })).toBe(0);
  });

  test.each([
    [
      'a truncated file',
      GZIP.subarray(0, GZIP.length - 100),
      {},
      /x\.json\.gz is not gzip \(.*unexpected end/,
    ],
    ['what is no gzip', Buffer.from(TEXT), {}, /x\.json\.gz is not gzip/],
    ['another MD5', GZIP, { md5: 'q+/=' }, /x\.json\.gz has MD5 .* where the manifest says q\+\/=/],
    [
      'another count',
      GZIP,
      { itemCount: 4999 },
      /x\.json\.gz has 5000 items where the manifest counts 4999/,
    ],
    ['a bad line', gzipSync(`${TEXT}{"Item":`), {}, /^Line 5001 of data\/x\.json\.gz/],
  ])('tells of %s', async (_problem, bytes, more, message) => {
    await expect(read(pieces(bytes), fileOf(bytes, more))).rejects.toMatchObject({
      code: 'CorruptExport',
      subject: 'data/x.json.gz',
      retryable: false,
      message: expect.stringMatching(message) as unknown,
    });
  });

  test('tells a broken connection from a bad file', async () => {
    async function* broken(): AsyncGenerator<Uint8Array, void, undefined> {
      yield GZIP.subarray(0, 1000);
      throw new Error('connection reset');
    }
    await expect(read(broken(), fileOf(GZIP))).rejects.toMatchObject({
      code: 'Unreachable',
      retryable: true,
    });
  });
});

test('whoever stops early lets go of the source', async () => {
  let isOpen = true;
  async function* source(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* pieces(GZIP);
    } finally {
      isOpen = false;
    }
  }
  for await (const batch of scanFiles([fileOf(GZIP)], async () => source(), SCHEMA, {
    format: { kind: 'full' },
    maxRows: 10,
  })) {
    expect(batch.rows).toBe(10);
    break;
  }
  await new Promise((resolve) => setImmediate(resolve));
  expect(isOpen).toBe(false);
});

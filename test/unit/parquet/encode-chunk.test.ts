/** Owns the splitting of column chunks into pages. */
import { describe, expect, test } from '@jest/globals';
import { ChunkEncoder, type EncodedChunk } from '../../../src/parquet/encode-chunk.js';
import { schemaTree } from '../../../src/parquet/leaf-column.js';
import { leafValuesOf } from '../../../src/parquet/leaf-values-of.js';
import { visitLeaves } from '../../../src/parquet/levels.js';
import type { ParquetType } from '../../../src/parquet/parquet-field.js';
import { withFile, writeParquet } from '../../support/parquet-files.js';
import { askDuckDb, vectorOf, type Value } from '../../support/parquet-vectors.js';

const LONGS = {
  kind: 'list',
  element: { name: 'element', id: 2, required: false, type: { kind: 'long' } },
} as const;

function encode(type: ParquetType, slots: readonly Value[], pageSizeBytes: number): EncodedChunk {
  const { nodes, leaves } = schemaTree([{ name: 'v', id: 1, required: false, type }]);
  const encoder = new ChunkEncoder('none', pageSizeBytes);
  let encoded: EncodedChunk | undefined;
  visitLeaves(nodes[0]!, vectorOf(type, slots), slots.length, (index, vector, levels) => {
    const leaf = leaves[index]!;
    encoded = encoder.encode(leaf, levels, leafValuesOf(leaf.type, vector));
  });
  return encoded!;
}

async function expectReadable(
  type: ParquetType,
  slots: readonly Value[],
  pageSizeBytes: number,
): Promise<void> {
  const fields = [{ name: 'v', id: 1, required: false, type }];
  const rows = slots.map((v) => ({ v }));
  const { bytes } = await writeParquet({ fields, compression: 'snappy', pageSizeBytes }, [rows]);
  const read = await withFile(bytes, (path) => askDuckDb(`FROM '${path}'`));
  expect(read).toEqual(rows);
}

describe('pages', () => {
  // 8 bytes a value, no value twice: no dictionary.
  const longs = Array.from({ length: 1000 }, (_, row) => BigInt(row) * 7919n);

  test('hold as many values as fit', async () => {
    expect(encode({ kind: 'long' }, longs, 800).dataPages).toBe(10);
    expect(encode({ kind: 'long' }, longs, 8000).dataPages).toBe(1);
    expect(encode({ kind: 'long' }, longs, 1).dataPages).toBe(1000);
    await expectReadable({ kind: 'long' }, longs, 800);
  });

  test('count what nulls lie between the values', async () => {
    const sparse = longs.flatMap((value) => [null, value, null]);
    const chunk = encode({ kind: 'long' }, sparse, 800);
    expect(chunk).toMatchObject({ entries: 3000, nulls: 2000, dataPages: 10 });
    await expectReadable({ kind: 'long' }, sparse, 800);
  });

  test('begin with a row, however long its list', async () => {
    const lists = [longs.slice(0, 500), [], null, longs.slice(500, 501), longs.slice(501)];
    // Full within the first list; what is small joins the page of the list after it.
    expect(encode(LONGS, lists, 80).dataPages).toBe(2);
    await expectReadable(LONGS, lists, 80);
  });

  test('hold text by its length, and one text at least', async () => {
    const texts = longs.map((value) => String(value).padStart(Number(value % 300n), 'x'));
    const plain = texts.reduce((total, text) => total + 4 + text.length, 0);
    const { dataPages } = encode({ kind: 'string' }, texts, 1000);
    expect(dataPages).toBeGreaterThanOrEqual(plain / 1000);
    expect(dataPages).toBeLessThanOrEqual(plain / 700);
    expect(encode({ kind: 'string' }, texts, 3).dataPages).toBe(1000);
    await expectReadable({ kind: 'string' }, texts, 1000);
  });

  test('of a dictionary hold as many indices as fit', async () => {
    const repeated = longs.map((value) => value % 8n);
    // 3 bits each.
    const chunk = encode({ kind: 'long' }, repeated, 75);
    expect(chunk.dictionarySizeBytes).toBeGreaterThan(8 * 8);
    expect(chunk.dataPages).toBe(5);
    await expectReadable({ kind: 'long' }, repeated, 75);
  });

  test('of nulls alone end somewhere', () => {
    const chunk = encode({ kind: 'boolean' }, Array<null>(600_000).fill(null), 1 << 20);
    expect(chunk).toMatchObject({ entries: 600_000, nulls: 600_000, dataPages: 3 });
    expect(chunk.smallest).toBeUndefined();
    // Levels that are all the same are one run a page.
    expect(chunk.sizeBytes).toBeLessThan(200);
  });
});

/** Owns what exports at the edge and beyond it do to an Iceberg table: load to the last byte, or be refused by name. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { ExportFile } from '../../src/export/export-manifest.js';
import type { LakeState } from '../../src/lake/lake.js';
import { storedFiles } from '../../src/processing/read-changes.js';
import { makeIcebergLake, type IcebergLake } from '../support/iceberg-lake.js';
import {
  apply,
  at,
  full,
  loadOf,
  puts,
  window,
  writeAll,
  type LoadFixture,
} from '../support/lake-loads.js';

const A: Item = { pk: { S: 'a' } };
const MIB = 1024 * 1024;

let lake: IcebergLake;
beforeEach(async () => {
  lake = await makeIcebergLake();
});
afterEach(async () => {
  await lake.remove();
});

const insertLine = (item: Item): string =>
  JSON.stringify({
    Metadata: { WriteTimestampMicros: { N: '1764000000000000' } },
    Keys: { pk: item['pk'] },
    NewImage: item,
  });
const goodLine = (row: number): string => insertLine({ pk: { S: `k${row}` } });
const goodLines = (count: number): string[] => Array.from({ length: count }, (_, i) => goodLine(i));
const gzipped = (lines: readonly string[]): Uint8Array =>
  gzipSync(lines.map((line) => `${line}\n`).join(''));

interface DataFile extends Partial<ExportFile> {
  /** None: the file is not there. */
  readonly bytes?: Uint8Array;
  readonly itemCount: number;
}

/** The window of the first 15 minutes, with these data files in the bucket; one batch each. */
async function windowOf(files: readonly DataFile[]): Promise<LoadFixture> {
  const total = files.reduce((sum, { itemCount }) => sum + itemCount, 0);
  const empty = loadOf(
    window(0, 15),
    files.map(() => []),
    { itemCount: total },
  );
  const batches = empty.batches.map(async ({ batch }, index) => {
    const { bytes, itemCount, ...more } = files[index]!;
    const key = `export/data/file-${index}.json.gz`;
    const md5 = createHash('md5')
      .update(bytes ?? '')
      .digest('base64');
    if (bytes !== undefined) await lake.store.put(key, bytes);
    return {
      batch: { ...batch, itemCount },
      source: storedFiles(lake.store, [{ key, itemCount, md5, ...more }]),
    };
  });
  return { load: empty.load, batches: await Promise.all(batches) };
}

/** What is in the lake's bucket. */
async function keys(): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const { key } of lake.store.list('lake/')) found.push(key);
  return found;
}

/**
 * The window is refused with `message`, on a table that has a base and on the second of its files,
 * and the table is as it was; with the file as it should be, the same window loads.
 */
async function expectRefusal(bad: DataFile, message: RegExp, mended: DataFile): Promise<void> {
  await apply(lake.table, loadOf(full(0), [puts([A])]));
  const before = { state: await lake.table.readState(), keys: await keys() };
  const good = { bytes: gzipped([insertLine({ pk: { S: 'good' } })]), itemCount: 1 };
  for (const files of [[bad], [good, bad]]) {
    const load = await windowOf(files);
    const file = `export/data/file-${files.length - 1}.json.gz`;
    await expect(apply(lake.table, load)).rejects.toMatchObject({
      code: 'CorruptExport',
      subject: file,
      retryable: false,
      message: expect.stringMatching(message) as unknown,
      hint: expect.any(String) as unknown,
    });
    await expect(lake.table.commit(load.load, files.length, at(1000))).rejects.toMatchObject({
      code: 'NotFound',
    });
    expect(await lake.table.readState()).toEqual(before.state);
    expect(await lake.snapshotCount()).toBe(1);
    // What the good batches of several wrote is left for when the load is tried again.
    const written = files.length > 1 ? /\/(_staging|data)\// : /\/_staging\//;
    const others = (key: string): boolean => !written.test(key);
    expect((await keys()).filter(others)).toEqual(before.keys.filter(others));
  }
  expect(await lake.items()).toEqual([A]);
  expect((await apply(lake.table, await windowOf([mended]))).outcome).toBe('committed');
  expect(await lake.items()).toHaveLength(1 + mended.itemCount);
}

const GOOD = { bytes: gzipped(goodLines(1000)), itemCount: 1000 };

describe('refused, by file and line, and nothing committed', () => {
  test('a truncated gzip', async () => {
    const bytes = GOOD.bytes.subarray(0, GOOD.bytes.length - 20);
    const bad = { ...GOOD, bytes };
    await expectRefusal(bad, /^Data file export\/data\/file-\d\.json\.gz is not gzip \(/, GOOD);
  });

  test('broken JSON on line k', async () => {
    for (const k of [1, 500, 1000]) {
      const lines = goodLines(1000).with(k - 1, goodLine(k).slice(0, -3));
      const load = await windowOf([{ bytes: gzipped(lines), itemCount: 1000 }]);
      await expect(apply(await emptyAfterBase(), load)).rejects.toMatchObject({
        code: 'CorruptExport',
        subject: 'export/data/file-0.json.gz',
        message: expect.stringMatching(
          new RegExp(`^Line ${k} of export/data/file-0\\.json\\.gz`),
        ) as unknown,
      });
    }
    const lines = goodLines(1000).with(499, '{"Keys":{');
    const bad = { bytes: gzipped(lines), itemCount: 1000 };
    await expectRefusal(bad, /^Line 500 of export\/data\/file-\d\.json\.gz/, GOOD);
  });

  test('a wrong MD5', async () => {
    const bad = { ...GOOD, md5: 'FjvgqIxwymKf1RbbqtrZag==' };
    await expectRefusal(bad, /has MD5 .* where the manifest says FjvgqIxwymKf1RbbqtrZag==/, GOOD);
  });

  test('another count of items than the manifest has', async () => {
    await expectRefusal(
      { ...GOOD, itemCount: 999 },
      /has 1000 items where the manifest counts 999/,
      GOOD,
    );
  });

  test('a line of 50 MB', async () => {
    const long = insertLine({ pk: { S: 'long' }, text: { S: 'x'.repeat(50 * MIB) } });
    const bad = { bytes: gzipped([goodLine(0), long, goodLine(1)]), itemCount: 3 };
    const mended = { bytes: gzipped(goodLines(3)), itemCount: 3 };
    await expectRefusal(bad, /^Line 2 of export\/data\/file-\d\.json\.gz .*longer than/, mended);
  });

  test('a file missing', async () => {
    await expectRefusal(
      { itemCount: 1000 },
      /^Data file export\/data\/file-\d\.json\.gz does not exist\.$/,
      GOOD,
    );
  });

  test('a first load that is bad leaves no table at all', async () => {
    const load = loadOf(full(0), [puts([A])]);
    const [{ batch, source }] = load.batches as [LoadFixture['batches'][number]];
    const bad = { ...source, files: source.files.map((file) => ({ ...file, md5: 'AAAA' })) };
    await expect(
      writeAll(lake.table, { ...load, batches: [{ batch, source: bad }] }),
    ).rejects.toMatchObject({ code: 'CorruptExport' });
    expect(await lake.table.readState()).toBeUndefined();
    expect(await lake.catalog.tableNames()).toEqual([]);
  });
});

describe('loaded, to the last byte', () => {
  const loads = async (item: Item): Promise<LakeState | undefined> => {
    await apply(lake.table, loadOf(full(0), [puts([A])]));
    const load = await windowOf([{ bytes: gzipped([insertLine(item)]), itemCount: 1 }]);
    await apply(lake.table, load);
    expect(await lake.items()).toEqual([A, item]);
    return lake.table.readState();
  };

  test('an item of 400 KB', async () => {
    const text = Buffer.from('\u0001 "ünï" \n\\'.repeat(40_000)).subarray(0, 400 * 1024 - 7);
    expect(Buffer.byteLength(`pkblong${text.toString()}`)).toBe(400 * 1024);
    await loads({ pk: { S: 'b' }, long: { S: text.toString() } });
  });

  test('an item of 400 KB in one binary, and in a thousand attributes', async () => {
    const attributes = Array.from({ length: 1000 }, (_, i): [string, AttributeValue] => [
      `attribute-${i}`,
      { S: 'x'.repeat(200) },
    ]);
    const bytes = Buffer.alloc(200_000, 7).toString('base64');
    await loads({ pk: { S: 'b' }, bytes: { B: bytes }, ...Object.fromEntries(attributes) });
  });

  test.each(['M', 'L'] as const)('nesting of 32 levels of %s', async (type) => {
    let value: AttributeValue = { N: '1.5' };
    for (let level = 0; level < 32; level++) {
      value = type === 'M' ? { M: { [`level${level}`]: value } } : { L: [value, { S: 'x' }] };
    }
    await loads({ pk: { S: 'b' }, deep: value });
  });
});

async function emptyAfterBase(): Promise<IcebergLake['table']> {
  await apply(lake.table, loadOf(full(0), [puts([A])]));
  return lake.table;
}

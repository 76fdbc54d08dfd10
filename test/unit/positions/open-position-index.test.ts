/** Owns what an index finds, follows and builds anew, by its face. */
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RowsOfFile } from '../../../src/positions/entries.js';
import { NO_KEYS, hashKeys, type KeyHashes } from '../../../src/positions/key-hashes.js';
import { openPositionIndex } from '../../../src/positions/open-position-index.js';
import type { PositionIndex } from '../../../src/positions/position-index.js';
import { expectModel, placesIn } from './expect-model.js';
import { WINDOW_KEYS, firstModel, hashesOf, rowsOf, windowAt } from './table-model.js';

let directory: string;
const opened: PositionIndex[] = [];

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'positions-')), 'index');
});

afterEach(async () => {
  for (const index of opened.splice(0)) await index.close();
  await rm(join(directory, '..'), { recursive: true });
});

async function open(tableUuid = 'table'): Promise<PositionIndex> {
  const index = await openPositionIndex({ directory, tableUuid });
  opened.push(index);
  return index;
}

async function* batches(...rows: RowsOfFile[]): AsyncGenerator<RowsOfFile> {
  yield* rows;
}

async function placesOf(index: PositionIndex, snapshotId: bigint, keys: readonly number[]) {
  const positions = await index.lookup(snapshotId, hashesOf(keys));
  return positions && placesIn(positions).map((row) => row && `${row.filePath}:${row.position}`);
}

test('a new index stands for nothing, and says nothing', async () => {
  const index = await open();
  expect(index.snapshotId).toBeUndefined();
  expect(await index.lookup(1n, hashesOf([1]))).toBeUndefined();
  expect(await index.verify(1n, batches())).toBeUndefined();
  expect(index.stats()).toEqual({ runs: 0, entries: 0, sizeBytes: 0, files: 0 });
});

test('a snapshot id of 63 bits is kept as it is', async () => {
  const snapshotId = 2n ** 63n - 1n;
  await (await open()).rebuild(snapshotId, rowsOf(firstModel()));
  await expectModel(await open(), snapshotId, firstModel(), WINDOW_KEYS);
});

test('an index of another table is dropped', async () => {
  await (await open('one')).rebuild(1n, rowsOf(firstModel()));
  const other = await open('other');
  expect(other.snapshotId).toBeUndefined();
  expect(await (await open('one')).lookup(1n, hashesOf([1]))).toBeUndefined();
});

test('an update that does not go on from its state is refused, one that it has already is not', async () => {
  const index = await open();
  await index.rebuild(1n, rowsOf(firstModel()));
  const { update, after } = windowAt(1, firstModel());
  expect(await index.apply({ ...update, parentSnapshotId: 9n })).toBe(false);
  expect(await index.apply({ ...update, parentSnapshotId: undefined })).toBe(false);
  await expectModel(index, 1n, firstModel(), WINDOW_KEYS);
  expect(await index.apply(update)).toBe(true);
  expect(await index.apply(update)).toBe(true);
  await expectModel(index, 2n, after, WINDOW_KEYS);
});

test('of a key put twice the last counts, and a put comes after a removal', async () => {
  const index = await open();
  const [keys, positions] = [hashesOf([1, 2, 1]), Uint32Array.of(5, 6, 4_294_967_295)];
  await index.apply({
    parentSnapshotId: undefined,
    snapshotId: 1n,
    puts: [{ filePath: 'a', keys, positions }],
    removals: hashesOf([2, 3]),
  });
  expect(await placesOf(index, 1n, [1, 2, 3])).toEqual(['a:4294967295', 'a:6', undefined]);
});

test('a row in a removed file is absent, also where an older row was in a file that is left', async () => {
  const index = await open();
  const put = (filePath: string, keys: readonly number[]): RowsOfFile => ({
    filePath,
    keys: hashesOf(keys),
    positions: 0,
  });
  await index.rebuild(1n, batches(put('a', [1, 2]), put('b', [3])));
  const next = { removals: NO_KEYS, puts: [put('c', [1, 3])], removedFiles: ['b'] };
  await index.apply({ ...next, parentSnapshotId: 1n, snapshotId: 2n });
  const last = { removals: NO_KEYS, puts: [], removedFiles: ['c'] };
  await index.apply({ ...last, parentSnapshotId: 2n, snapshotId: 3n });
  expect(await placesOf(index, 3n, [1, 2, 3])).toEqual([undefined, 'a:1', undefined]);
  await expect(
    index.apply({ ...next, parentSnapshotId: 3n, snapshotId: 4n, removedFiles: [] }),
  ).rejects.toThrow('c was removed');
});

test('a rebuild takes the row written last where a key has two, and counts it', async () => {
  const index = await open();
  const row = (filePath: string, micros: number): RowsOfFile => ({
    filePath,
    keys: hashesOf([1]),
    positions: 0,
    writtenAtMicros: Float64Array.of(micros),
  });
  const rows = () => batches(row('a', NaN), row('b', 8), row('c', 7), row('d', NaN));
  expect(await index.rebuild(1n, rows())).toEqual({ built: true, rows: 4, repeatedRows: 3 });
  expect(await placesOf(index, 1n, [1])).toEqual(['b:0']);
  expect(await index.verify(1n, rows())).toMatchObject({ repeatedRows: 3, mismatches: [] });
});

test('verifying names what is missing, surplus and misplaced', async () => {
  const index = await open();
  const row = (key: number, position: number, micros = NaN): RowsOfFile => ({
    filePath: `of-${key}`,
    keys: hashesOf([key]),
    positions: position,
    writtenAtMicros: Float64Array.of(micros),
  });
  await index.rebuild(1n, batches(row(1, 0), row(2, 0), row(3, 0), row(5, 0)));
  const found = await index.verify(1n, batches(row(1, 0), row(2, 1), row(5, 0, 9), row(6, 0)));
  expect(found).toMatchObject({ rows: 4, missing: 1, surplus: 1, misplaced: 2 });
  const places = found!.mismatches.map(({ inTable, inIndex }) => [
    inTable && [inTable.filePath, inTable.position, inTable.writtenAtMicros],
    inIndex && [inIndex.filePath, inIndex.position, inIndex.writtenAtMicros],
  ]);
  expect(places).toHaveLength(4);
  expect(places).toEqual(
    expect.arrayContaining([
      [
        ['of-2', 1, NaN],
        ['of-2', 0, NaN],
      ],
      [
        ['of-5', 0, 9],
        ['of-5', 0, NaN],
      ],
      [['of-6', 0, NaN], undefined],
      [undefined, ['of-3', 0, NaN]],
    ]),
  );
});

test('many windows leave few runs and few files, and all is as a map has it', async () => {
  const index = await open();
  let model = firstModel();
  await index.rebuild(1n, rowsOf(model));
  for (let snapshot = 1; snapshot <= 60; snapshot++) {
    const { update, after } = windowAt(snapshot, model);
    expect(await index.apply(update)).toBe(true);
    model = after;
  }
  await expectModel(index, 61n, model, WINDOW_KEYS);
  expect(index.stats().runs).toBeLessThanOrEqual(8);
  expect(await readdir(directory)).toHaveLength(index.stats().runs + 1);
});

test('of two that apply at once one is first, and the other is told', async () => {
  const [one, two] = [await open(), await open()];
  await one.rebuild(1n, rowsOf(firstModel()));
  const { update, after } = windowAt(1, firstModel());
  const rival = { ...update, snapshotId: 99n, puts: [], removals: hashesOf(WINDOW_KEYS) };
  const outcomes = await Promise.all([one.apply(update), two.apply(rival)]);
  expect(outcomes.filter(Boolean)).toHaveLength(1);
  const [snapshotId, model] = outcomes[0] ? ([2n, after] as const) : ([99n, new Map()] as const);
  for (const index of [one, two]) {
    await index.refresh();
    await expectModel(index, snapshotId, model, WINDOW_KEYS);
  }
});

test('calls on one index that is not waited for run one after the other', async () => {
  const index = await open();
  let model = firstModel();
  const calls: Promise<unknown>[] = [index.rebuild(1n, rowsOf(model))];
  for (let snapshot = 1; snapshot <= 20; snapshot++) {
    const { update, after } = windowAt(snapshot, model);
    calls.push(index.apply(update));
    model = after;
  }
  await Promise.all(calls);
  await expectModel(index, 21n, model, WINDOW_KEYS);
});

test('rows that cannot be read leave the index as it was, and no file behind', async () => {
  const index = await open();
  await index.rebuild(1n, rowsOf(firstModel()));
  const before = await readdir(directory);
  async function* broken(): AsyncGenerator<RowsOfFile> {
    yield { filePath: 'x', keys: hashesOf([1]), positions: 0 };
    throw new Error('no such file in the lake');
  }
  await expect(index.rebuild(2n, broken())).rejects.toThrow('no such file in the lake');
  expect(await readdir(directory)).toEqual(before);
  await expectModel(index, 1n, firstModel(), WINDOW_KEYS);
});

test('what is dropped is empty for all who have it open', async () => {
  const [one, two] = [await open(), await open()];
  await one.rebuild(1n, rowsOf(firstModel()));
  await two.drop();
  expect(await one.lookup(1n, hashesOf([1]))).toBeUndefined();
  await one.rebuild(2n, rowsOf(firstModel()));
  await two.refresh();
  await expectModel(two, 2n, firstModel(), WINDOW_KEYS);
});

test('files of others in the directory are left alone', async () => {
  const index = await open();
  await writeFile(join(directory, 'notes.txt'), 'mine');
  await index.rebuild(1n, rowsOf(firstModel()));
  await index.drop();
  expect(await readdir(directory)).toContain('notes.txt');
});

describe('a table of more rows than are sorted or kept at once', () => {
  const ROWS = 600_000;
  const WINDOW = 60_000;

  function keysFrom(first: number, count: number): KeyHashes {
    const text = Array.from({ length: count }, (_, index) => `S\u0008${first + index}`);
    const data = Buffer.from(text.join(''));
    const offsets = new Int32Array(count + 1);
    for (const [index, key] of text.entries()) offsets[index + 1] = offsets[index]! + key.length;
    const valid = new Uint8Array(count).fill(1);
    return hashKeys({ kind: 'bytes', length: count, values: count, valid, offsets, data });
  }

  async function* table(moved: number): AsyncGenerator<RowsOfFile> {
    for (let first = 0; first < ROWS; first += WINDOW) {
      const filePath = first < moved ? `moved-${first}` : 'full';
      const positions = first < moved ? 0 : first;
      yield { filePath, keys: keysFrom(first, WINDOW), positions };
    }
  }

  test('is built, changed, merged and found again', async () => {
    const index = await open();
    expect(await index.rebuild(1n, table(0))).toMatchObject({ built: true, rows: ROWS });
    for (let window = 0; window < 9; window++) {
      const first = window * WINDOW;
      const snapshot = BigInt(window + 1);
      const keys = keysFrom(first, WINDOW);
      const known = await index.lookup(snapshot, keys);
      expect([...new Set(known!.files)].map((file) => known!.filePaths[file])).toEqual(['full']);
      expect(known!.positions).toEqual(
        Uint32Array.from(keys.words.subarray(0, WINDOW), (_, at) => first + at),
      );
      const puts = [{ filePath: `moved-${first}`, keys, positions: 0 }];
      const update = { parentSnapshotId: snapshot, snapshotId: snapshot + 1n, puts };
      expect(await index.apply({ ...update, removals: NO_KEYS })).toBe(true);
    }
    expect(await index.verify(10n, table(9 * WINDOW))).toMatchObject({
      rows: ROWS,
      missing: 0,
      surplus: 0,
      misplaced: 0,
    });
    expect(await index.lookup(10n, keysFrom(ROWS, 100))).toMatchObject({
      files: new Int32Array(100).fill(-1),
    });
  });
});

/** Owns the laws of the position index: whatever happens to it, it says what a map would. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bucketOf, bucketsFor, planSpans } from '../../src/positions/buckets.js';
import { ENTRY_WORDS, entriesOf } from '../../src/positions/entries.js';
import { openPositionIndex } from '../../src/positions/open-position-index.js';
import { MOST_RUNS, planMerge } from '../../src/positions/plan-merge.js';
import type { PositionIndex } from '../../src/positions/position-index.js';
import { lastOfEachKey, sortEntries } from '../../src/positions/sort-entries.js';
import { expectModel } from '../unit/positions/expect-model.js';
import { hashesOf, rowsOf, type ModelRow, type TableModel } from '../unit/positions/table-model.js';

const KEYS = Array.from({ length: 48 }, (_, key) => key);

const keySet = fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 20 });
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('apply' as const),
      by: fc.nat(1),
      puts: fc.array(keySet, { maxLength: 3 }),
      removals: keySet,
      removesOldestFile: fc.boolean(),
      writtenAtMicros: fc.oneof(fc.constant(NaN), fc.maxSafeNat()),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rebuild' as const), by: fc.nat(1) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reopen' as const), by: fc.nat(1) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;
type ApplyStep = Extract<Step, { kind: 'apply' }>;

/** A table, and two indexes of it over one directory, as two processes have them. */
class World {
  model: TableModel = new Map();
  snapshot: bigint | undefined;
  readonly #indexes: [PositionIndex, PositionIndex];
  readonly #open: () => Promise<PositionIndex>;
  #files = 0;

  constructor(indexes: [PositionIndex, PositionIndex], open: () => Promise<PositionIndex>) {
    this.#indexes = indexes;
    this.#open = open;
  }

  async run(what: Step): Promise<void> {
    const index = this.#indexes[what.by]!;
    if (what.kind === 'apply') await this.#apply(index, what);
    else if (what.kind === 'reopen') await this.#reopen(what.by);
    else await this.#rebuild(index);
  }

  async check(): Promise<void> {
    if (this.snapshot === undefined) return;
    for (const index of this.#indexes) {
      expect(await index.lookup(this.snapshot + 1n, hashesOf(KEYS))).toBeUndefined();
      await expectModel(index, this.snapshot, this.model, KEYS);
    }
  }

  async close(): Promise<void> {
    for (const index of this.#indexes) await index.close();
  }

  async #apply(index: PositionIndex, what: ApplyStep): Promise<void> {
    const after = new Map(this.model);
    const removedFiles = what.removesOldestFile ? this.#oldestFile() : [];
    for (const [key, row] of after) if (removedFiles.includes(row.filePath)) after.delete(key);
    for (const key of what.removals) after.delete(key);
    const puts = what.puts.map((keys) => {
      const filePath = `file-${this.#files++}`;
      const { writtenAtMicros } = what;
      for (const [at, key] of keys.entries())
        after.set(key, { filePath, position: at + 3, writtenAtMicros } satisfies ModelRow);
      const times = new Float64Array(keys.length).fill(writtenAtMicros);
      return { filePath, keys: hashesOf(keys), positions: 3, writtenAtMicros: times };
    });
    const snapshotId = (this.snapshot ?? 0n) + 1n;
    const update = { snapshotId, puts, removals: hashesOf(what.removals), removedFiles };
    expect(await index.apply({ ...update, parentSnapshotId: snapshotId })).toBe(false);
    expect(await index.apply({ ...update, parentSnapshotId: this.snapshot })).toBe(true);
    this.model = after;
    this.snapshot = snapshotId;
  }

  async #rebuild(index: PositionIndex): Promise<void> {
    this.snapshot = (this.snapshot ?? 0n) + 1n;
    const outcome = await index.rebuild(this.snapshot, rowsOf(this.model));
    expect(outcome).toEqual({ built: true, rows: this.model.size, repeatedRows: 0 });
  }

  async #reopen(which: number): Promise<void> {
    await this.#indexes[which]!.close();
    this.#indexes[which] = await this.#open();
  }

  #oldestFile(): string[] {
    const files = [...this.model.values()].map((row) => row.filePath);
    return files.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5))).slice(0, 1);
  }
}

describe('an index', () => {
  test.each([0, 65_536])(
    'says what a map says, with runs of %p entries in memory',
    (inMemory) =>
      fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 40 }), async (steps) => {
          const directory = await mkdtemp(join(tmpdir(), 'positions-'));
          const open = () =>
            openPositionIndex({ directory, tableUuid: 'table', entriesInMemory: inMemory });
          const world = new World([await open(), await open()], open);
          try {
            for (const what of steps) {
              await world.run(what);
              await world.check();
            }
          } finally {
            await world.close();
            await rm(directory, { recursive: true });
          }
        }),
        { numRuns: 25 },
      ),
    120_000,
  );
});

describe('entries', () => {
  test('are sorted by hash, and of a key the last one is kept', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(200), { maxLength: 400 }), (keys) => {
        const entries = entriesOf({ filePath: 'f', keys: hashesOf(keys), positions: 0 }, 5);
        const last = new Map(keys.map((key, position) => [key, position]));
        const unique = [...last.keys()];
        const hex = new Map(
          unique.map((key) => [key, Buffer.from(hashesOf([key]).words.buffer).swap32()]),
        );
        unique.sort((a, b) => Buffer.compare(hex.get(a)!, hex.get(b)!));
        const sorted = lastOfEachKey(sortEntries(entries));
        const found = Array.from({ length: sorted.length / ENTRY_WORDS }, (_, index) =>
          sorted.subarray(index * ENTRY_WORDS + 3, index * ENTRY_WORDS + 6),
        );
        expect(found.map((part) => [...part])).toEqual(
          unique.map((key) => [key, 5, last.get(key)!]),
        );
      }),
    );
  });
});

describe('what is read', () => {
  test('has every key once, in a span that has its bucket', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(60), { minLength: 1, maxLength: 3_000 }),
        fc.array(fc.nat(0xffff_ffff), { maxLength: 50 }),
        (sizes, firstWords) => {
          const starts = Uint32Array.from([0, ...sizes]);
          for (let index = 1; index < starts.length; index++) starts[index]! += starts[index - 1]!;
          const words = Uint32Array.from(firstWords.flatMap((word) => [word, 0, 0, 0]));
          const order = Uint32Array.from(firstWords, (_, index) => index);
          order.sort((a, b) => firstWords[a]! - firstWords[b]!);
          const keys = { length: firstWords.length, words };
          const spans = planSpans(starts, keys, order);
          let next = 0;
          for (const span of spans) {
            expect(span.firstKey).toBe(next);
            for (; next < span.endKey; next++) {
              const bucket = bucketOf(firstWords[order[next]!]!, sizes.length);
              expect(bucket).toBeGreaterThanOrEqual(span.firstBucket);
              expect(bucket).toBeLessThan(span.endBucket);
            }
            expect(span.endKey).toBeGreaterThan(span.firstKey);
          }
          expect(next).toBe(firstWords.length);
        },
      ),
    );
  });

  test('lies in buckets that follow the hashes', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff_ffff),
        fc.nat(0xffff_ffff),
        fc.integer({ min: 1, max: 2 ** 32 }),
        (a, b, entries) => {
          const buckets = bucketsFor(entries);
          const [low, high] = [Math.min(a, b), Math.max(a, b)];
          expect(bucketOf(low, buckets)).toBeLessThanOrEqual(bucketOf(high, buckets));
          expect(bucketOf(0xffff_ffff, buckets)).toBe(buckets - 1);
        },
      ),
    );
  });
});

describe('merging', () => {
  test('leaves few runs, and rewrites each entry few times', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 100_000_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        (rows, window) => {
          const windows = 1_000;
          let runs = [rows];
          let written = 0;
          for (let count = 0; count < windows; count++) {
            runs.push(window);
            const start = planMerge(runs);
            if (start === undefined) continue;
            const sum = runs.slice(start).reduce((a, b) => a + b, 0);
            runs = [...runs.slice(0, start), sum];
            written += sum;
            expect(runs.length).toBeLessThanOrEqual(MOST_RUNS);
          }
          expect(written / (windows * window)).toBeLessThan(25);
        },
      ),
    );
  });
});

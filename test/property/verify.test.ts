/** Owns the law of the comparison: a true lake is equal to the table, and whatever is changed of either shows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { LakeFormat } from '../../src/lake/lake-format.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { openLakeRows } from '../../src/processing/open-lake-rows.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { compareWithLake, type Comparison } from '../../src/processing/verify/compare-with-lake.js';
import { apply, at, full, loadOf, sourceOf, window } from '../support/lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel, lakeStep } from '../support/lake-model.js';

const HASH_KEY = 'a key of this test, no secret';

const KINDS: readonly (readonly [LakeFormat, TableOptions])[] = [
  ['parquet', {}],
  ['iceberg', {}],
  ['iceberg', { formatVersion: 3, nested: 'json' }],
  ['iceberg', { hash: ['pk', 'a'], omit: ['b'], columns: { c: 'decimal(10,2)' } }],
];

interface Change {
  readonly kind: 'changed' | 'removed' | 'added';
}

const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.constantFrom('changed', 'removed', 'added'),
});

/** Compares `items` as a full export would have them, in data files of two, with the lake as of then. */
async function compared(
  store: ObjectStore,
  directory: string,
  items: readonly Item[],
  when?: Instant,
): Promise<Comparison> {
  const scratchDirectory = await mkdtemp(join(directory, 'scratch-'));
  const files = Array.from({ length: Math.ceil(items.length / 2) }, (_file, index) =>
    items.slice(2 * index, 2 * index + 2),
  );
  const sources = files.map((some, index) =>
    sourceOf(
      full(0),
      some.map((newImage) => ({ key: {}, newImage })),
      index,
    ),
  );
  const rows = await openLakeRows({
    store,
    lakePrefix: '',
    tableName: 't',
    scratchDirectory,
    ...(when && { at: when }),
  });
  const source = {
    files: sources.flatMap((each) => each.files),
    open: (file: (typeof sources)[number]['files'][number]) =>
      sources.find((each) => each.files.includes(file))!.open(file),
  };
  const onRows = (): void => undefined;
  return compareWithLake(source, rows, {
    scratchDirectory,
    hashKey: HASH_KEY,
    shown: 10,
    onRows,
  }).finally(() => {
    rows.close();
  });
}

/** `items` with one of them changed, removed, or one more; undefined where there is none to change. */
function tampered(items: readonly Item[], { kind }: Change): readonly Item[] | undefined {
  const added: Item = { pk: { S: 'of nobody' }, sk: { N: '77' } };
  if (kind === 'added') return [...items, added];
  const [first, ...others] = items;
  if (first === undefined) return undefined;
  if (kind === 'removed') return others;
  return [{ ...first, 'of nobody': { L: [{ NULL: true }] } }, ...others];
}

const KIND_OF = { changed: 'different', removed: 'only-in-lake', added: 'only-in-table' } as const;

describe.each(KINDS)('a lake in %s, %j', (format, options) => {
  test('equals its table, also as of an earlier load, and no other', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(lakeStep, { minLength: 1, maxLength: 5 }),
        change,
        async (steps, tampering) => {
          const store = createMemoryObjectStore();
          const directory = await mkdtemp(join(tmpdir(), 'verify-model-'));
          const table = openLake({
            store,
            lakePrefix: '',
            format,
            hashKey: HASH_KEY,
            cacheDirectory: join(directory, 'cache'),
          }).table('t', options);
          const model = new LakeModel();
          let before: { readonly items: readonly Item[]; readonly at: Instant } | undefined;
          for (const [index, { writes, resync, batchCount }] of steps.entries()) {
            before = index === 0 ? undefined : { items: model.state(), at: at((index - 1) * 15) };
            const changes = model.window(writes);
            const isFull = index === 0 || resync;
            const scope = isFull ? full(index * 15) : window((index - 1) * 15, index * 15);
            const rows = isFull ? model.full() : changes;
            const more = { keyAttributes: KEY_ATTRIBUTES };
            // A base that begins the schema anew ends the past of an Iceberg table.
            if (isFull && format === 'iceberg') before = undefined;
            await apply(table, loadOf(scope, inBatches(rows, batchCount), more)).catch(
              async (error: unknown) => {
                expect(error).toMatchObject({ code: 'KeyOutgrown' });
                before = undefined;
                const anew = inBatches(model.full(), batchCount);
                await apply(table, loadOf(full(index * 15), anew, more));
              },
            );
          }
          const items = model.state();
          const good = await compared(store, directory, items);
          expect(good).toMatchObject({ isEqual: true, equal: items.length, differences: [] });
          if (before !== undefined) {
            const past = await compared(store, directory, before.items, before.at);
            expect(past).toMatchObject({ isEqual: true, lakeRows: before.items.length });
          }
          const other = tampered(items, tampering);
          if (other !== undefined) {
            const bad = await compared(store, directory, other);
            expect(bad.isEqual).toBe(false);
            expect(bad.counts).toEqual({
              ...{ 'only-in-table': 0, 'only-in-lake': 0, different: 0, repeated: 0 },
              [KIND_OF[tampering.kind]]: 1,
            });
            expect(bad.differences).toHaveLength(1);
          }
          await rm(directory, { recursive: true });
        },
      ),
      { numRuns: 25 },
    );
  }, 240_000);
});

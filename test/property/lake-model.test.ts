/** Owns the law of the lake: at every watermark it holds what the table held, item for item. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { createParquetLake } from '../../src/processing/parquet-lake.js';
import { item } from '../support/export-fixtures.js';
import { apply, full, itemsOf, loadOf, sortedByKey, window } from '../support/lake-loads.js';

/** What happens to one key: an item without its key, or a delete. */
interface Write {
  readonly key: number;
  readonly to: Item | undefined;
}

/** One load: writes that a window saw, or a resync that sees the whole table after them. */
interface Step {
  readonly writes: readonly Write[];
  readonly resync: boolean;
  readonly batchCount: number;
}

const write: fc.Arbitrary<Write> = fc.record({
  key: fc.integer({ min: 0, max: 4 }),
  to: fc.option(item, { nil: undefined, freq: 3 }),
});
const step: fc.Arbitrary<Step> = fc.record({
  writes: fc.array(write, { maxLength: 6 }),
  resync: fc.boolean(),
  batchCount: fc.integer({ min: 1, max: 3 }),
});

/** A table with two keys, one of them a number: text keys and number keys group differently. */
const KEY_ATTRIBUTES = ['pk', 'sk'];
function keyOf(key: number): Item {
  return { pk: { S: `k${key % 2}` }, sk: { N: key === 4 ? '1E-130' : String(key * 1.5) } };
}

function withKey(key: number, rest: Item): Item {
  const entries: [string, AttributeValue][] = [
    ...Object.entries(rest),
    ...Object.entries(keyOf(key)),
  ];
  return Object.fromEntries(entries);
}

function inBatches(changes: readonly Change[], batchCount: number): readonly (readonly Change[])[] {
  return Array.from({ length: batchCount }, (_, batch) =>
    changes.filter((_change, index) => index % batchCount === batch),
  );
}

class Model {
  private readonly items = new Map<number, Item>();

  /** Applies the writes; answers the net changes. */
  window(writes: readonly Write[]): readonly Change[] {
    const before = new Map(this.items);
    const touched = new Set(writes.map(({ key }) => key));
    for (const { key, to } of writes) {
      if (to === undefined) this.items.delete(key);
      else this.items.set(key, withKey(key, to));
    }
    return [...touched].flatMap((key): Change[] => {
      const oldImage = before.get(key);
      const newImage = this.items.get(key);
      if (oldImage === undefined && newImage === undefined) return [];
      return [
        {
          key: keyOf(key),
          writtenAtMicros: '1',
          ...(oldImage && { oldImage }),
          ...(newImage && { newImage }),
        },
      ];
    });
  }

  full(): readonly Change[] {
    return [...this.items].map(([key, newImage]) => ({ key: keyOf(key), newImage }));
  }

  state(): readonly Item[] {
    return sorted([...this.items.values()]);
  }
}

function sorted(items: readonly Item[]): readonly Item[] {
  return sortedByKey(items).toSorted((a, b) =>
    JSON.stringify(a['sk']) < JSON.stringify(b['sk']) ? -1 : 1,
  );
}

describe('a lake', () => {
  test('holds at every watermark what the table held', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        const store = createMemoryObjectStore();
        const table = createParquetLake({ store, lakePrefix: '' }).table('t');
        const model = new Model();
        for (const [index, { writes, resync, batchCount }] of steps.entries()) {
          const changes = model.window(writes);
          const isFull = index === 0 || resync;
          const scope = isFull ? full(index * 15) : window((index - 1) * 15, index * 15);
          const rows = isFull ? model.full() : changes;
          const more = { keyAttributes: KEY_ATTRIBUTES };
          await apply(table, loadOf(scope, inBatches(rows, batchCount), more));
          const query = await openLakeQuery({ store, lakePrefix: '' });
          expect(sorted(await itemsOf(query, 't'))).toEqual(model.state());
          const history = await query.run('SELECT count(*)::INTEGER FROM t_changes');
          expect(history.rows[0]?.[0]).toBeGreaterThanOrEqual(rows.length);
          await query.close();
        }
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

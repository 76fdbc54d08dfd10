/** Owns the model of a small table: random windows of writes, and what the table holds after each. */
import fc from 'fast-check';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import { item } from './export-fixtures.js';
import { sortedByKey } from './lake-loads.js';

/** What happens to one key: an item without its key, or a delete. */
export interface Write {
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
export const lakeStep: fc.Arbitrary<Step> = fc.record({
  writes: fc.array(write, { maxLength: 6 }),
  resync: fc.boolean(),
  batchCount: fc.integer({ min: 1, max: 3 }),
});

/** A table with two keys, one of them a number: text keys and number keys group differently. */
export const KEY_ATTRIBUTES = ['pk', 'sk'];
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

/** `changes` dealt out to batches. */
export function inBatches(
  changes: readonly Change[],
  batchCount: number,
): readonly (readonly Change[])[] {
  return Array.from({ length: batchCount }, (_, batch) =>
    changes.filter((_change, index) => index % batchCount === batch),
  );
}

/** What a table holds, and how each window changed it. */
export class LakeModel {
  private readonly items = new Map<number, Item>();
  private windows = 0;

  /** Applies the writes; answers the net changes. */
  window(writes: readonly Write[]): readonly Change[] {
    this.windows += 1;
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
          writtenAtMicros: String(1_764_000_000_000_000 + (this.windows * 15 - 20) * 60_000_000),
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
    return sortedItems([...this.items.values()]);
  }
}

/** `items` in the order of their keys. */
export function sortedItems(items: readonly Item[]): readonly Item[] {
  return sortedByKey(items).toSorted((a, b) =>
    JSON.stringify(a['sk']) < JSON.stringify(b['sk']) ? -1 : 1,
  );
}

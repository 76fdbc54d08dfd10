/** Owns the checks of listing a page of keys. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareKeys } from '../../../src/core/key-order.js';
import { listKeys, type ListEntry, type ListPosition } from '../../../src/local/s3/list-keys.js';
import { SortedKeys } from '../../../src/local/s3/sorted-keys.js';

const key = fc.string({
  unit: fc.constantFrom('a', 'b', '/', '-', 'é', '\uFFFD', '🌊'),
  maxLength: 6,
});
const keys = fc.uniqueArray(
  key.filter((text) => text !== ''),
  { maxLength: 20 },
);
const utf8Order = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

/** What a listing holds, told by its definition instead of by halving. */
function allEntries(all: readonly string[], prefix: string, delimiter: string): ListEntry[] {
  const entries: ListEntry[] = [];
  for (const name of [...all].sort(utf8Order)) {
    if (!name.startsWith(prefix)) continue;
    const rest = name.slice(prefix.length);
    const end = delimiter === '' ? -1 : rest.indexOf(delimiter);
    const common = prefix + rest.slice(0, end + delimiter.length);
    if (end < 0) entries.push({ kind: 'key', name });
    else if (entries.at(-1)?.name !== common) entries.push({ kind: 'prefix', name: common });
  }
  return entries;
}

test('keys sort as their UTF-8 bytes do', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (left, right) => {
      expect(Math.sign(compareKeys(left, right))).toBe(utf8Order(left, right));
    }),
  );
});

test('sorted keys stay sorted and single whatever is added and deleted', () => {
  fc.assert(
    fc.property(keys, fc.array(fc.tuple(fc.boolean(), key)), (start, steps) => {
      const sorted = new SortedKeys(start);
      const model = new Set(start);
      for (const [adds, each] of steps) {
        if (adds) {
          sorted.add(each);
          model.add(each);
        } else {
          sorted.delete(each);
          model.delete(each);
        }
      }
      const held = Array.from({ length: sorted.size }, (_, index) => sorted.at(index));
      expect(held).toEqual([...model].sort(utf8Order));
    }),
  );
});

describe('a listing', () => {
  test('has every entry once and in order, however many a page holds', () => {
    fc.assert(
      fc.property(
        keys,
        key,
        fc.constantFrom('', '/', '-', 'a/'),
        fc.integer({ min: 1, max: 4 }),
        (all, prefix, delimiter, maxKeys) => {
          const sorted = new SortedKeys(all);
          const found: ListEntry[] = [];
          let position: ListPosition | undefined;
          do {
            const page = listKeys(sorted, { prefix, delimiter, maxKeys, position });
            expect(page.entries.length).toBeLessThanOrEqual(maxKeys);
            found.push(...page.entries);
            position = page.next;
          } while (position !== undefined);
          expect(found).toEqual(allEntries(all, prefix, delimiter));
        },
      ),
    );
  });

  test('has what sorts after the key it starts after', () => {
    fc.assert(
      fc.property(keys, key, key, (all, prefix, after) => {
        const query = { prefix, delimiter: '', maxKeys: 1000 };
        const { entries } = listKeys(new SortedKeys(all), {
          ...query,
          position: { after, wholePrefix: false },
        });
        const expected = allEntries(all, prefix, '').filter(
          ({ name }) => utf8Order(name, after) > 0,
        );
        expect(entries).toEqual(expected);
      }),
    );
  });

  test('of no keys at most ends at once', () => {
    const query = { prefix: '', delimiter: '', maxKeys: 0 };
    expect(listKeys(new SortedKeys(['a']), query)).toEqual({ entries: [], next: undefined });
  });
});

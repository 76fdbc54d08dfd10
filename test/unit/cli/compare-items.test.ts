/** Owns the check of the proof itself: that table and lake are found equal, and found different. */
import { describe, expect, test } from '@jest/globals';
import { compareItems, isEqual, type Comparison } from '../../../src/cli/up/compare-items.js';
import type { Item } from '../../../src/export/attribute-value.js';

async function* streamed(items: readonly Item[]): AsyncGenerator<Item, void, undefined> {
  for (const item of items) yield await Promise.resolve(item);
}

function compared(table: readonly Item[], lake: readonly Item[]): Promise<Comparison> {
  return compareItems(streamed(table), streamed(lake), ['pk']);
}

const item = (pk: string, rest: Item = {}): Item => ({ pk: { S: pk }, ...rest });

test('nothing equals nothing', async () => {
  expect(isEqual(await compared([], []))).toBe(true);
});

test('what does not count: order of rows, attributes and set elements, ways to write a number', async () => {
  const table = [
    item('a', { n: { N: '1E+2' }, s: { SS: ['x', 'y'] }, m: { M: { p: { N: '0.50' } } } }),
    item('b', { ns: { NS: ['1', '20'] }, l: { L: [{ N: '-0' }] } }),
  ];
  const lake = [
    { l: { L: [{ N: '0' }] }, ns: { NS: ['20.0', '1'] }, pk: { S: 'b' } },
    { m: { M: { p: { N: '.5' } } }, s: { SS: ['y', 'x'] }, n: { N: '100' }, pk: { S: 'a' } },
  ];
  expect(await compared(table, lake)).toMatchObject({ tableItems: 2, lakeRows: 2, equal: 2 });
});

describe('what does count', () => {
  test.each<[string, Item, Item]>([
    ['a digit beyond a double', { n: { N: '9007199254740993' } }, { n: { N: '9007199254740992' } }],
    ['a type', { n: { N: '1' } }, { n: { S: '1' } }],
    ['NULL and absence', { n: { NULL: true } }, {}],
    [
      'the order of a list',
      { l: { L: [{ S: 'a' }, { S: 'b' }] } },
      { l: { L: [{ S: 'b' }, { S: 'a' }] } },
    ],
    ['a set and a list', { l: { SS: ['a'] } }, { l: { L: [{ S: 'a' }] } }],
  ])('%s', async (_what, inTable, inLake) => {
    const comparison = await compared([item('a', inTable)], [item('a', inLake)]);
    expect(comparison).toMatchObject({ different: 1, equal: 0 });
    expect(isEqual(comparison)).toBe(false);
  });

  test('a row that is missing, one too many, and one twice', async () => {
    const comparison = await compared([item('a'), item('b')], [item('b'), item('b'), item('c')]);
    expect(comparison).toMatchObject({ equal: 1, missing: 1, surplus: 2, lakeRows: 3 });
    expect(comparison.examples).toEqual([
      'surplus: [["pk",{"S":"b"}]]',
      'surplus: [["pk",{"S":"c"}]]',
      'missing: [["pk",{"S":"a"}]]',
    ]);
    expect(isEqual(comparison)).toBe(false);
  });
});

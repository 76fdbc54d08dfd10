/** Owns the check of the proof itself: that table and lake are found equal, and found different. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Item } from '../../../src/export/attribute-value.js';
import type { TableSchema } from '../../../src/lake/column-type.js';
import { valueHasher } from '../../../src/processing/hash-value.js';
import type { LakeRows } from '../../../src/processing/open-lake-rows.js';
import {
  compareWithLake,
  type Comparison,
} from '../../../src/processing/verify/compare-with-lake.js';
import { at, full, puts, sourceOf } from '../../support/lake-loads.js';

const HASH_KEY = 'a key of this test, no secret';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-compare-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

/** Compares an export of one data file for each list of items with rows that come to `lake`. */
async function compared(
  table: readonly (readonly Item[])[],
  lake: readonly Item[],
  schema: Partial<TableSchema> = {},
  shown = 10,
): Promise<Comparison> {
  const sources = table.map((items, index) => sourceOf(full(0), puts(items), index));
  const rows: LakeRows = {
    state: {
      tableId: 'table-1',
      baseExportTime: at(0),
      watermark: at(0),
      epoch: 1,
      schema: { keyAttributes: ['pk'], columns: [], ...schema },
      lastCommit: {
        committedAt: at(0),
        exportArn: 'arn:export',
        counts: { load: 0, insert: 0, update: 0, delete: 0, upsert: 0 },
      },
    },
    items: async function* () {
      for (const item of lake) yield await Promise.resolve(item);
    },
    close: () => undefined,
  };
  const source = {
    files: sources.flatMap(({ files }) => files),
    open: (file: (typeof sources)[number]['files'][number]) =>
      sources.find(({ files }) => files.includes(file))!.open(file),
  };
  const scratchDirectory = await mkdtemp(join(directory, 'scratch-'));
  const onRows = (): void => undefined;
  return compareWithLake(source, rows, { scratchDirectory, hashKey: HASH_KEY, shown, onRows });
}

const item = (pk: string, rest: Item = {}): Item => ({ pk: { S: pk }, ...rest });

test('nothing equals nothing', async () => {
  expect(await compared([], [])).toMatchObject({ isEqual: true, tableItems: 0, differences: [] });
});

test('what does not count: order of rows, attributes and set elements, ways to write a number', async () => {
  const table = [
    item('a', { n: { N: '1E+2' }, s: { SS: ['x', 'y'] }, m: { M: { p: { N: '0.50' } } } }),
    item('b', { ns: { NS: ['1', '20'] }, l: { L: [{ N: '-0' }] } }),
  ];
  const lake: Item[] = [
    { l: { L: [{ N: '0' }] }, ns: { NS: ['20.0', '1'] }, pk: { S: 'b' } },
    { m: { M: { p: { N: '.5' } } }, s: { SS: ['y', 'x'] }, n: { N: '100' }, pk: { S: 'a' } },
  ];
  expect(await compared([table], lake)).toMatchObject({ tableItems: 2, lakeRows: 2, equal: 2 });
});

describe('what does count', () => {
  test.each<[string, Item, Item]>([
    ['a digit beyond a double', { n: { N: '9007199254740993' } }, { n: { N: '9007199254740992' } }],
    ['a type', { n: { N: '1' } }, { n: { S: '1' } }],
    ['NULL and absence', { n: { NULL: true } }, {}],
    [
      'the order of a list',
      { n: { L: [{ S: 'a' }, { S: 'b' }] } },
      { n: { L: [{ S: 'b' }, { S: 'a' }] } },
    ],
    ['a set and a list', { n: { SS: ['a'] } }, { n: { L: [{ S: 'a' }] } }],
    ['an attribute of a name that every object has', { constructor: { S: 'x' } }, {}],
  ])('%s', async (_what, inTable, inLake) => {
    const comparison = await compared([[item('a', inTable)]], [item('a', inLake)]);
    expect(comparison).toMatchObject({ isEqual: false, equal: 0, counts: { different: 1 } });
    const [name] = Object.keys(inTable);
    expect(comparison.differences[0]!.attributes).toEqual([
      {
        attribute: name,
        table: inTable[name!],
        ...(Object.hasOwn(inLake, name!) ? { lake: inLake[name!] } : {}),
      },
    ]);
  });

  test('a row that is missing, one too many, and one twice', async () => {
    const comparison = await compared(
      [[item('a')], [item('b'), item('d')]],
      [item('b'), item('b'), item('c'), item('d')],
    );
    expect(comparison).toMatchObject({
      isEqual: false,
      equal: 1,
      tableItems: 3,
      lakeRows: 4,
      counts: { 'only-in-table': 1, 'only-in-lake': 1, different: 0, repeated: 1 },
    });
    const told = comparison.differences.toSorted((a, b) => (a.kind < b.kind ? -1 : 1));
    expect(told).toEqual([
      { kind: 'only-in-lake', key: { pk: { S: 'c' } } },
      { kind: 'only-in-table', key: { pk: { S: 'a' } } },
      { kind: 'repeated', key: { pk: { S: 'b' } }, rowsInLake: 2 },
    ]);
  });

  test('all of many differences are counted, as many told as asked for', async () => {
    const table = Array.from({ length: 50 }, (_item, index) => item(`k${index}`));
    const comparison = await compared([table], [], {}, 3);
    expect(comparison.counts['only-in-table']).toBe(50);
    expect(comparison.differences).toHaveLength(3);
  });
});

test('what the lake omits does not count, and hashed values are compared by their hash', async () => {
  const schema: Partial<TableSchema> = {
    columns: [
      { attribute: 'pk', name: 'pk', type: { kind: 'hash', keyId: 'any' } },
      { attribute: 'mail', name: 'mail', type: { kind: 'hash', keyId: 'any' } },
    ],
    omitted: ['card'],
  };
  const hash = valueHasher(HASH_KEY);
  const table = [item('a', { mail: { S: 'ada@example.com' }, card: { S: '4111' } })];
  const kept = (mail: string): Item => ({
    pk: { S: hash({ S: 'a' }) },
    mail: { S: hash({ S: mail }) },
  });
  expect(await compared([table], [kept('ada@example.com')], schema)).toMatchObject({
    isEqual: true,
    equal: 1,
  });
  const { differences } = await compared([table], [kept('bob@example.com')], schema);
  expect(differences).toEqual([
    {
      kind: 'different',
      key: { pk: { S: hash({ S: 'a' }) } },
      attributes: [
        {
          attribute: 'mail',
          column: 'mail',
          table: { S: hash({ S: 'ada@example.com' }) },
          lake: { S: hash({ S: 'bob@example.com' }) },
        },
      ],
    },
  ]);
});

test('an export that has a key twice is none of a table', async () => {
  await expect(compared([[item('a')], [item('a')]], [item('a')])).rejects.toMatchObject({
    code: 'CorruptExport',
  });
});

/** Owns random stories of a small table: hard windows, and all that may befall their loads. */
import fc from 'fast-check';
import type { AttributeValue, Item } from '../../src/export/attribute-value.js';
import type { ExportScope, ExportView } from '../../src/export/table-exports.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { attributeValue, item as hostileItem } from './export-fixtures.js';
import { at, full } from './lake-loads.js';
import type { Write } from './lake-model.js';

/** What befalls a load besides being done once. */
const TROUBLES = ['none', 'replayed', 'twice at once', 'written again', 'another machine'] as const;

/** One load of a story. */
export interface StoryStep {
  readonly writes: readonly Write[];
  /** The whole table after the writes, in place of what they changed. */
  readonly resync: boolean;
  readonly batchCount: number;
  readonly view: ExportView;
  readonly trouble: (typeof TROUBLES)[number];
}

/** Values that most items agree in, so that columns of every type come to be. */
const REGULAR: Readonly<Record<string, fc.Arbitrary<AttributeValue>>> = {
  name: fc.string({ unit: 'grapheme' }).map((S) => ({ S })),
  Name: fc.string({ maxLength: 3 }).map((S) => ({ S })),
  'first-name': fc.string({ maxLength: 3 }).map((S) => ({ S })),
  quantity: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((N) => ({ N: String(N) })),
  price: fc.integer({ min: -99_999, max: 99_999 }).map((cents) => ({ N: String(cents / 100) })),
  exact: fc.bigInt({ min: 0n, max: 10n ** 30n }).map((digits) => ({
    N: `${digits}.${String(digits % 89999999n).padStart(8, '1')}`.replace(/0+$/, '1'),
  })),
  paid: fc.boolean().map((BOOL) => ({ BOOL })),
  photo: fc
    .uint8Array({ maxLength: 8 })
    .map((bytes) => ({ B: Buffer.from(bytes).toString('base64') })),
  nothing: fc.constant({ NULL: true as const }),
  tags: fc.uniqueArray(fc.string({ maxLength: 3 }), { maxLength: 3 }).map((SS) => ({ SS })),
  sizes: fc.uniqueArray(fc.integer(), { maxLength: 3 }).map((all) => ({ NS: all.map(String) })),
  blobs: fc
    .uniqueArray(fc.nat(255), { maxLength: 3 })
    .map((all) => ({ BS: all.map((byte) => Buffer.of(byte).toString('base64')) })),
  lines: fc
    .array(fc.record({ sku: fc.string({ maxLength: 2 }), n: fc.integer() }), { maxLength: 3 })
    .map((all) => ({
      L: all.map(({ sku, n }) => ({ M: { sku: { S: sku }, n: { N: String(n) } } })),
    })),
  address: fc
    .record(
      { city: fc.string({ maxLength: 3 }), zip: fc.nat(), Zip: fc.boolean() },
      { requiredKeys: [] },
    )
    .map(({ city, zip, Zip }) => ({
      M: {
        ...(city === undefined ? {} : { city: { S: city } }),
        ...(zip === undefined ? {} : { zip: { N: String(zip) } }),
        ...(Zip === undefined ? {} : { Zip: { BOOL: Zip } }),
      },
    })),
};

/** Attributes come and go; now and then one has a value of any type. */
const regularItem: fc.Arbitrary<Item> = fc.record(
  Object.fromEntries(
    Object.entries(REGULAR).map(([name, value]) => [
      name,
      fc.oneof({ weight: 15, arbitrary: value }, { weight: 1, arbitrary: attributeValue }),
    ]),
  ),
  { requiredKeys: [] },
) as fc.Arbitrary<Item>;

const anyItem = fc.oneof(
  { weight: 3, arbitrary: regularItem },
  { weight: 2, arbitrary: hostileItem },
  {
    weight: 1,
    arbitrary: fc
      .tuple(regularItem, hostileItem)
      .map((both): Item => Object.fromEntries(both.flatMap((each) => Object.entries(each)))),
  },
);

const write: fc.Arbitrary<Write> = fc.record({
  key: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(0, 1, 2, 3, 5, 6, 7) },
    // Its number fits no column that was made without it: then the table is loaded anew.
    { weight: 1, arbitrary: fc.constant(4) },
  ),
  to: fc.option(anyItem, { nil: undefined, freq: 3 }),
});

const step: fc.Arbitrary<StoryStep> = fc.record({
  // A delete and a new insert of one key are two writes of it.
  writes: fc.array(write, { maxLength: 10 }),
  resync: fc.oneof(
    { weight: 14, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  batchCount: fc.integer({ min: 1, max: 3 }),
  view: fc.constantFrom('NEW_AND_OLD_IMAGES', 'NEW_IMAGE'),
  trouble: fc.oneof(
    { weight: 4, arbitrary: fc.constant('none' as const) },
    { weight: 4, arbitrary: fc.constantFrom(...TROUBLES) },
  ),
});

/** The first step of a story is its full load. */
export function storyOf(
  seed: number,
  length: { readonly minLength: number; readonly maxLength: number },
): readonly StoryStep[] {
  // Without bias: a first sample would be of the smallest values alone.
  const stories = fc.noBias(fc.array(step, { size: 'max', ...length }));
  const [story] = fc.sample(stories, { seed, numRuns: 1 });
  return story ?? [];
}

/** Of the key, which each item has; or of attributes that most items have, of one type mostly. */
const TERMS = {
  key: ['pk', 'truncate(1, pk)', 'bucket(3, pk)', 'sk', 'bucket(2, sk)', 'truncate(3, sk)'],
  other: [
    'truncate(1, name)',
    'bucket(4, first-name)',
    'truncate(1000000007, quantity)',
    'truncate(10000, price)',
    'bucket(2, exact)',
    'paid',
    'truncate(1, photo)',
    'Name',
  ],
};

/**
 * What the table is told to be when step `index` of a story is loaded: of version 2 or 3, or of 2 until
 * its next full load, which makes it 3; in every other story its rows are parted.
 */
export function optionsOf(seed: number, index: number): TableOptions {
  const versions = [2, 3, index === 0 ? 2 : 3] as const;
  const formatVersion = versions[seed % versions.length] ?? 2;
  if (seed % 2 === 0) return { formatVersion };
  const terms = fc.tuple(fc.constantFrom(...TERMS.key), fc.subarray(TERMS.other, { maxLength: 1 }));
  const [[key, other] = ['pk', []]] = fc.sample(terms, { seed, numRuns: 1 });
  return { formatVersion, partitionBy: [key, ...other] };
}

/** A table's first or newest full export when step `index` is that, or the window that ends with it. */
export function scopeOf(index: number, { resync, view }: StoryStep): ExportScope {
  if (index === 0 || resync) return full(index * 15);
  const window = { from: at((index - 1) * 15), to: at(index * 15) };
  return { kind: 'incremental', window, view };
}

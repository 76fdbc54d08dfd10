/** Owns the comparison of a full export with the lake's rows, key by key, in bounded memory. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Item } from '../../export/attribute-value.js';
import { attributeDifferences, type AttributeDifference } from '../../lake/item-differences.js';
import { itemKeeper } from '../../lake/kept-item.js';
import type { BatchSource } from '../../lake/lake.js';
import { valueHasher } from '../hash-value.js';
import type { LakeRows } from '../open-lake-rows.js';
import { readChanges } from '../read-changes.js';
import {
  DigestTable,
  type DifferenceKind,
  type DifferingKey,
  type DigestTotals,
} from './digest-table.js';
import { itemDigest, keyOf } from './item-digest.js';

/** A key on which table and lake do not agree. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** As the lake has it: hashed, where it has hashes. */
  readonly key: Item;
  /** Of other content: in which attributes. */
  readonly attributes?: readonly AttributeDifference[];
  /** Of repeated keys: how often they are there. */
  readonly rowsInLake?: number;
}

/** How table and lake compare. */
export interface Comparison extends Pick<DigestTotals, 'tableItems' | 'lakeRows' | 'equal'> {
  readonly isEqual: boolean;
  /** Keys by how they differ. */
  readonly counts: DigestTotals['differences'];
  /** Some of them. */
  readonly differences: readonly Difference[];
}

/** How to go about it. */
export interface CompareOptions {
  /** Of this comparison alone. */
  readonly scratchDirectory: string;
  readonly hashKey: string | undefined;
  /** How many differences to tell, at most; each is held in memory. */
  readonly shown: number;
  /** Called now and then with the rows read since; throws when the work is to end. */
  readonly onRows: (side: 'table' | 'lake', count: number) => void;
}

/**
 * Compares what the lake is to keep of the export's items with the items that its rows are. Items are
 * equal whatever lies in a column or in `_rest`; the order of attributes and of a set's elements, and
 * how a number is written, do not count. The export is read as JSON, line by line: not by the code
 * that loads read it with. CorruptExport where it does not verify.
 */
export async function compareWithLake(
  source: Pick<BatchSource, 'files' | 'open'>,
  rows: LakeRows,
  options: CompareOptions,
): Promise<Comparison> {
  const sides = new Sides(source, rows, options);
  const digests = await DigestTable.create(options.scratchDirectory);
  try {
    for await (const item of sides.lake()) digests.add(sides.digest(item), undefined);
    for (const file of source.files.keys()) {
      for await (const item of sides.table(file)) digests.add(sides.digest(item), file);
    }
    const { tableItems, lakeRows, equal, differences, repeatedInTable } = await digests.compare();
    if (repeatedInTable > 0) throw keysTwice(repeatedInTable, source);
    const first = await digests.first(options.shown);
    return {
      tableItems,
      lakeRows,
      equal,
      isEqual: Object.values(differences).every((count) => count === 0),
      counts: differences,
      differences: await explained(first, sides),
    };
  } finally {
    digests.close();
  }
}

/** How many rows make a report. */
const REPORT_ROWS = 1000;

/** Both sides as items that can be compared; each can be read again. */
class Sides {
  readonly #source: Pick<BatchSource, 'files' | 'open'>;
  readonly #rows: LakeRows;
  readonly #onRows: CompareOptions['onRows'];
  readonly #keep: (item: Item) => Item;

  constructor(
    source: Pick<BatchSource, 'files' | 'open'>,
    rows: LakeRows,
    { hashKey, onRows }: CompareOptions,
  ) {
    this.#source = source;
    this.#rows = rows;
    this.#onRows = onRows;
    // Without a key there are no hashes: see `requireHashKey`.
    this.#keep = itemKeeper(rows.state.schema, valueHasher(hashKey ?? ''));
  }

  get schema(): LakeRows['state']['schema'] {
    return this.#rows.state.schema;
  }

  digest(item: Item): ReturnType<typeof itemDigest> {
    return itemDigest(item, this.schema.keyAttributes);
  }

  lake(): AsyncGenerator<Item> {
    return this.#reported('lake', this.#rows.items());
  }

  /** What the lake is to keep of the items in the export's `index`th data file. */
  table(index: number): AsyncGenerator<Item> {
    return this.#reported('table', this.#itemsOf(index));
  }

  async *#itemsOf(index: number): AsyncGenerator<Item> {
    const file = this.#source.files[index];
    assert(file !== undefined, 'a data file is one of the export');
    const { keyAttributes } = this.schema;
    const changes = readChanges(await this.#source.open(file), file, {
      kind: 'full',
      keyAttributes,
    });
    for await (const { newImage } of changes) {
      if (newImage !== undefined) yield this.#keep(newImage);
    }
  }

  async *#reported(side: 'table' | 'lake', items: AsyncIterable<Item>): AsyncGenerator<Item> {
    let unreported = 0;
    for await (const item of items) {
      yield item;
      if (++unreported < REPORT_ROWS) continue;
      this.#onRows(side, unreported);
      unreported = 0;
    }
    this.#onRows(side, unreported);
  }
}

/** Reads again what is needed to tell of `keys`: the data files that have them, and the lake. */
async function explained(
  keys: readonly DifferingKey[],
  sides: Sides,
): Promise<readonly Difference[]> {
  const wanted = new Set(keys.map(({ key }) => key));
  const files = new Set(keys.flatMap(({ file }) => (file === undefined ? [] : [file])));
  const tableItems = new Map<bigint, Item>();
  for (const file of files) await pick(wanted, sides, sides.table(file), tableItems);
  const lakeItems = new Map<bigint, Item>();
  const isInLake = keys.some(({ rowsInLake }) => rowsInLake > 0);
  if (isInLake) await pick(wanted, sides, sides.lake(), lakeItems);
  return keys.map(({ key, kind, rowsInLake }): Difference => {
    const [inTable, inLake] = [tableItems.get(key), lakeItems.get(key)];
    const item = inTable ?? inLake;
    assert(item !== undefined, 'what was read once is read again');
    return {
      kind,
      key: keyOf(item, sides.schema.keyAttributes),
      ...(kind === 'different' && {
        attributes: attributeDifferences(sides.schema, inTable ?? {}, inLake ?? {}),
      }),
      ...(kind === 'repeated' && { rowsInLake }),
    };
  });
}

async function pick(
  wanted: ReadonlySet<bigint>,
  sides: Sides,
  items: AsyncIterable<Item>,
  found: Map<bigint, Item>,
): Promise<void> {
  for await (const item of items) {
    const { key } = sides.digest(item);
    if (wanted.has(key)) found.set(key, item);
  }
}

function keysTwice(count: number, { files }: Pick<BatchSource, 'files'>): TidemarkError {
  return new TidemarkError(
    `The export has ${count} keys more than once, which no table has; its first data file is ${files[0]?.key ?? ''}.`,
    {
      code: ErrorCode.CorruptExport,
      subject: files[0]?.key ?? 'export',
      hint: 'Check that nobody changed the export, then run the same again: it takes a new one.',
    },
  );
}

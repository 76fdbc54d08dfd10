/** Owns what a load of an export that begins before its window does to each kind of row. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { microsOf } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import type { LakeFormat } from '../../src/lake/lake-format.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { apply, at, full, itemsOf, loadOf, puts, window } from '../support/lake-loads.js';

const item = (pk: string, n: string): Item => ({ pk: { S: pk }, n: { N: n } });

/** A change of the key at a minute: from one value to another, where it had them. */
function change(pk: string, minute: number, old: string | undefined, now: string | undefined) {
  return {
    key: { pk: { S: pk } },
    writtenAtMicros: microsOf(at(minute)).toString(),
    ...(old === undefined ? {} : { oldImage: item(pk, old) }),
    ...(now === undefined ? {} : { newImage: item(pk, now) }),
  } satisfies Change;
}

/** Minutes 20 to 25, by an export of minutes 10 to 25. */
const overlapping: ExportScope = {
  ...(window(20, 25) as Extract<ExportScope, { kind: 'incremental' }>),
  exportFrom: at(10),
};

let directory: string;
let store: ObjectStore;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'overlapping-loads-'));
  store = createMemoryObjectStore();
});
afterEach(() => rm(directory, { recursive: true, force: true }));

function openTable(format: LakeFormat, options: TableOptions = {}): LakeTable {
  const lake = openLake({ store, lakePrefix: '', format, cacheDirectory: directory });
  return lake.table('orders', options);
}

/** A base at minute 0, and the changes up to minute 20. */
async function upTo20(table: LakeTable, changes: readonly Change[]): Promise<void> {
  const base = ['old', 'kept', 'dropped'].map((pk) => item(pk, '0'));
  await apply(table, loadOf(full(0), [puts(base)]));
  await apply(table, loadOf(window(0, 20), [changes]));
}

const before = [
  change('early', 5, undefined, '5'),
  change('vanishing', 12, undefined, '12'),
  change('staying', 13, undefined, '13'),
  change('growing', 14, undefined, '14'),
  change('kept', 15, '0', '15'),
  change('dropped', 16, '0', undefined),
];

test.each([2, 3] as const)(
  'format version %i: each key is as its last write left it',
  async (formatVersion) => {
    const table = openTable('iceberg', { formatVersion });
    await upTo20(table, before);
    const outcome = await apply(
      table,
      loadOf(overlapping, [
        [
          // Written in the window: told as of minute 10, when it was not there yet.
          change('growing', 22, undefined, '22'),
          change('back', 23, undefined, '23'),
          change('old', 24, '0', undefined),
        ],
        [
          // Written before it: there already.
          change('staying', 13, undefined, '13'),
          change('kept', 15, '0', '15'),
          change('dropped', 16, '0', undefined),
        ],
      ]),
    );
    // Of `vanishing` there is no word: it was inserted and deleted within the export.
    expect(outcome).toMatchObject({ outcome: 'committed', watermark: at(25) });
    expect(outcome.counts).toMatchObject({ insert: 2, update: 0, delete: 2 });
    expect(await itemsOf({ store, lakePrefix: '' }, 'orders')).toEqual([
      item('back', '23'),
      item('early', '5'),
      item('growing', '22'),
      item('kept', '15'),
      item('staying', '13'),
    ]);
  },
);

test.each([
  ['parquet', {}],
  ['iceberg', { changes: true }],
] as const)('%s with %j refuses it', async (format, options) => {
  const table = openTable(format, options);
  await upTo20(table, before);
  await expect(apply(table, loadOf(overlapping, [[]]))).rejects.toMatchObject({
    code: 'InvalidConfig',
  });
});

/** Owns short ways to take loads through a lake in tests. */
import { instantOfSeconds, type Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { CommitOutcome, LakeTable, ReadChanges } from '../../src/lake/lake.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import type { Batch, Load } from '../../src/lake/load.js';
import type { LakeQuery } from '../../src/processing/lake-query.js';

/** Any fixed time: when a commit is made says nothing. */
export const COMMITTED_AT = at(1000);

/** `minutes` after a fixed time. */
export function at(minutes: number): Instant {
  return instantOfSeconds(1_764_000_000 + minutes * 60);
}

/** The scope of a full load at `minutes`. */
export function full(minutes: number): ExportScope {
  return { kind: 'full', exportTime: at(minutes) };
}

/** The scope of a window of minutes. */
export function window(from: number, to: number): ExportScope {
  return {
    kind: 'incremental',
    window: { from: at(from), to: at(to) },
    view: 'NEW_AND_OLD_IMAGES',
  };
}

/** A load and its batches' changes. */
export interface LoadFixture {
  readonly load: Load;
  readonly batches: readonly { readonly batch: Batch; readonly changes: ReadChanges }[];
}

/** A load of one batch for each array of changes. */
export function loadOf(
  scope: ExportScope,
  batches: readonly (readonly Change[])[],
  more: Partial<Load> = {},
): LoadFixture {
  return {
    load: {
      scope,
      tableId: 'table-1',
      epoch: 1,
      exportArn: `arn:export/${JSON.stringify(scope)}`,
      manifestMd5: 'q+/=',
      itemCount: batches.flat().length,
      keyAttributes: ['pk'],
      ...more,
    },
    batches: batches.map((changes, index) => ({
      batch: {
        index,
        batchCount: batches.length,
        firstFile: index,
        fileCount: 1,
        itemCount: changes.length,
      },

      changes: async function* () {
        yield* changes;
      },
    })),
  };
}

/** Profiles if need be, and writes all batches. */
export async function writeAll(table: LakeTable, { load, batches }: LoadFixture): Promise<void> {
  if (batches.length > 1) {
    for (const { batch, changes } of batches) await table.profileBatch(load, batch, changes);
  }
  for (const { batch, changes } of batches) await table.writeBatch(load, batch, changes);
}

/** Commits what {@link writeAll} wrote. */
export function commitLoad(
  table: LakeTable,
  { load, batches }: LoadFixture,
): Promise<CommitOutcome> {
  return table.commit(load, batches.length, COMMITTED_AT);
}

/** Writes and commits. */
export async function apply(table: LakeTable, fixture: LoadFixture): Promise<CommitOutcome> {
  await writeAll(table, fixture);
  return commitLoad(table, fixture);
}

/** Rows of a full load. */
export function puts(items: readonly Item[]): readonly Change[] {
  return items.map((item) => ({ key: keyOf(item), newImage: item }));
}

/** The key `pk` of an item. */
export function keyOf(item: Item): Item {
  return { pk: item['pk'] ?? { S: '' } };
}

/** Items of a table, sorted by key. */
export async function itemsOf(query: LakeQuery, tableName: string): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const item of query.currentItems(tableName)) items.push(item);
  return sortedByKey(items);
}

/** `items` in the order of their keys. */
export function sortedByKey(items: readonly Item[]): readonly Item[] {
  const text = (item: Item): string => JSON.stringify(item['pk']);
  return [...items].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

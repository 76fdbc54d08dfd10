/** Owns short ways to take loads through a lake in tests. */
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { instantOfSeconds, type Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { BatchSource, CommitOutcome, LakeTable } from '../../src/lake/lake.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import type { Batch, Load } from '../../src/lake/load.js';
import type { LakeLocation } from '../../src/processing/lake-location.js';
import { openLakeRows } from '../../src/processing/open-lake-rows.js';

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
  readonly batches: readonly { readonly batch: Batch; readonly source: BatchSource }[];
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
      source: sourceOf(scope, changes, index),
    })),
  };
}

/** One data file with `changes`, as an export has them. */
export function sourceOf(scope: ExportScope, changes: readonly Change[], index = 0): BatchSource {
  const lines = changes.map((change) => `${JSON.stringify(recordOf(scope, change))}\n`);
  const body = gzipSync(lines.join(''), { level: 1 });
  const file = {
    key: `data/${index}.json.gz`,
    itemCount: changes.length,
    md5: createHash('md5').update(body).digest('base64'),
  };
  return {
    files: [file],
    open: async () => Readable.from([body], { objectMode: false }),
    onRecords: () => undefined,
  };
}

function recordOf(scope: ExportScope, change: Change): object {
  if (scope.kind === 'full') return { Item: change.newImage };
  const { key, writtenAtMicros = '1764000000000000', oldImage, newImage } = change;
  return {
    Metadata: { WriteTimestampMicros: { N: writtenAtMicros } },
    Keys: key,
    ...(oldImage === undefined ? {} : { OldImage: oldImage }),
    ...(newImage === undefined ? {} : { NewImage: newImage }),
  };
}

/** Profiles if need be, and writes all batches. */
export async function writeAll(table: LakeTable, { load, batches }: LoadFixture): Promise<void> {
  if (batches.length > 1) {
    for (const { batch, source } of batches) await table.profileBatch(load, batch, source);
  }
  for (const { batch, source } of batches) await table.writeBatch(load, batch, source);
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

/** Items of a table, now or as of `at`, sorted by key. */
export async function itemsOf(
  location: LakeLocation & { readonly at?: Instant },
  tableName: string,
): Promise<readonly Item[]> {
  const scratchDirectory = await mkdtemp(join(tmpdir(), 'tidemark-items-'));
  try {
    const rows = await openLakeRows({ ...location, tableName, scratchDirectory });
    const items: Item[] = [];
    for await (const item of rows.items()) items.push(item);
    rows.close();
    return sortedByKey(items);
  } finally {
    await rm(scratchDirectory, { recursive: true, force: true });
  }
}

/** `items` in the order of their keys. */
export function sortedByKey(items: readonly Item[]): readonly Item[] {
  const text = (item: Item): string => JSON.stringify(item['pk']);
  return [...items].sort((a, b) => (text(a) < text(b) ? -1 : 1));
}

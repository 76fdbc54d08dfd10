/** Owns the law that engines that are not ours see the whole history of a table: every row, every image. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { ErrorCode } from '../../src/core/errors.js';
import { microsOf } from '../../src/core/instant.js';
import type { Change } from '../../src/export/change.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import { watermarkOf } from '../../src/lake/load.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { byCodePoint, tableHash } from '../support/canonical-row.js';
import { READERS, startReaders, type Readers } from '../support/iceberg-readers.js';
import { historyColumns, schemaOf } from '../support/lake-history.js';
import { apply, full, loadOf } from '../support/lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel } from '../support/lake-model.js';
import { scopeOf, storyOf } from '../support/lake-stories.js';
import { historyRowOf } from '../support/lake-truth.js';

const SEEDS = 12;

let readers: Readers;
beforeAll(async () => {
  readers = await startReaders();
}, 600_000);
afterAll(() => readers.close(), 60_000);

/** What a real export has of a change: with NEW_IMAGE no old image. */
function exported(scope: ExportScope, change: Change): Change {
  if (scope.kind === 'full' || scope.view === 'NEW_AND_OLD_IMAGES') return change;
  const { oldImage: _none, ...rest } = change;
  return rest;
}

function operationOf(scope: ExportScope, { oldImage, newImage }: Change): string {
  if (scope.kind === 'full') return 'load';
  if (newImage === undefined) return 'delete';
  if (scope.view === 'NEW_IMAGE') return 'upsert';
  return oldImage === undefined ? 'insert' : 'update';
}

test.each([...Array(SEEDS).keys()])('every reader sees the history of story %i', async (seed) => {
  const directory = await mkdtemp(join(tmpdir(), 'lake-history-'));
  const store = createFileObjectStore({ directory: join(directory, 'store') });
  const place = { store, lakePrefix: 'lake', cacheDirectory: join(directory, 'cache') };
  const table = openLake({ ...place, format: 'iceberg' }).table('t', { changes: true });
  const catalog = createFileCatalog({ store, lakePrefix: 'lake' });
  const model = new LakeModel();
  const rows: string[] = [];
  let base = 0n;
  try {
    for (const [index, step] of storyOf(seed, { minLength: 3, maxLength: 6 }).entries()) {
      const net = model.window(step.writes);
      const take = async (scope: ExportScope): Promise<void> => {
        const all = scope.kind === 'full' ? model.full() : net;
        const changes = all.map((change) => exported(scope, change));
        const keys = { keyAttributes: KEY_ATTRIBUTES };
        await apply(table, loadOf(scope, inBatches(changes, step.batchCount), keys));
        const schema = await schemaOf(catalog, 't');
        const named = historyColumns(schema, await schemaOf(catalog, 't_changes'));
        const to = microsOf(watermarkOf(scope));
        if (scope.kind === 'full') base = to;
        const from = scope.kind === 'full' ? {} : { from: microsOf(scope.window.from) };
        for (const change of changes) {
          const operation = operationOf(scope, change);
          rows.push(historyRowOf(schema, named, change, operation, { base, to, ...from }));
        }
      };
      await take(scopeOf(index, step)).catch(async (error: unknown) => {
        // As a sync does: what a key's column cannot hold is loaded anew.
        expect(error).toMatchObject({ code: ErrorCode.KeyOutgrown });
        await take(full(index * 15));
      });
    }
    rows.sort(byCodePoint);
    const { metadataLocation } = (await catalog.loadTable('t_changes'))!;
    for (const reader of READERS) {
      const seen = await readers.read({ reader, metadataLocation, withRows: true });
      expect({ reader, rows: seen.rows }).toEqual({ reader, rows });
      expect(seen.hash).toBe(tableHash(rows));
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

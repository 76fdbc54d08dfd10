/** Owns the law of a history: folded, it is the table at every watermark, whatever befell its loads. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { LakeTable } from '../../src/lake/lake.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { faultyObjectStore } from '../support/faulty-object-store.js';
import { historyFaults, NO_FAULTS } from '../support/lake-history.js';
import { apply, full, loadOf, type LoadFixture } from '../support/lake-loads.js';
import { inBatches, KEY_ATTRIBUTES, LakeModel } from '../support/lake-model.js';
import { scopeOf, storyOf } from '../support/lake-stories.js';
import { randomOf } from '../support/modelled-table.js';

const SEEDS = 16;
/** Ends a story whose loads would fail for ever. */
const TRIES = 200;

/** As often as it breaks off, anywhere: between the two commits, too. */
async function persistently(table: LakeTable, load: LoadFixture): Promise<void> {
  for (let count = 1; ; count++) {
    try {
      await apply(table, load);
      return;
    } catch (error) {
      if (!(error instanceof TidemarkError && error.retryable && count < TRIES)) throw error;
    }
  }
}

test.each([...Array(SEEDS).keys()])('story %i', async (seed) => {
  const directory = await mkdtemp(join(tmpdir(), 'lake-history-'));
  const store = createMemoryObjectStore();
  const catalog = createFileCatalog({ store, lakePrefix: '' });
  const machine = (name: string): LakeTable =>
    openLake({
      store: faultyObjectStore(store, randomOf(seed), 60),
      lakePrefix: '',
      format: 'iceberg',
      cacheDirectory: join(directory, name),
    }).table('t', { changes: true });
  const machines = [machine('one'), machine('two')];
  const model = new LakeModel();
  try {
    for (const [index, step] of storyOf(seed, { minLength: 3, maxLength: 7 }).entries()) {
      const load = async (isFull: boolean): Promise<void> => {
        const scope = isFull ? full(index * 15) : scopeOf(index, step);
        const rows = isFull ? model.full() : changes;
        const fixture = loadOf(scope, inBatches(rows, step.batchCount), {
          keyAttributes: KEY_ATTRIBUTES,
        });
        const racing = step.trouble === 'twice at once' ? machines : machines.slice(index % 2);
        await Promise.all(racing.map((table) => persistently(table, fixture)));
      };
      const changes = model.window(step.writes);
      await load(index === 0 || step.resync).catch(async (error: unknown) => {
        // As a sync does: what a key's column cannot hold is loaded anew.
        expect(error).toMatchObject({ code: ErrorCode.KeyOutgrown });
        await load(true);
      });
      const hasRows = model.state().length > 0;
      const query = await openLakeQuery({ store, lakePrefix: '' });
      try {
        expect(query.tableNames).toEqual(['t']);
        // Before its first row a table has no column that could be compared.
        if (hasRows) expect(await historyFaults(query, catalog, 't')).toEqual(NO_FAULTS);
      } finally {
        await query.close();
      }
    }
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});

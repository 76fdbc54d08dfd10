/** Owns the law of the lake: at every watermark it holds what the table held, item for item. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { LAKE_FORMATS } from '../../src/lake/lake-format.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { apply, full, itemsOf, loadOf, window } from '../support/lake-loads.js';
import {
  inBatches,
  KEY_ATTRIBUTES,
  LakeModel,
  lakeStep,
  sortedItems,
} from '../support/lake-model.js';

const KINDS = [
  ...LAKE_FORMATS.map((format) => [format, {}] as const),
  ['iceberg', { formatVersion: 3 }] as const,
  ['iceberg', { partitionBy: ['truncate(1, pk)', 'bucket(3, sk)'] }] as const,
];

describe.each(KINDS)('a lake in %s, %j', (format, options) => {
  test('holds at every watermark what the table held', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(lakeStep, { minLength: 1, maxLength: 6 }), async (steps) => {
        const store = createMemoryObjectStore();
        const cacheDirectory = await mkdtemp(join(tmpdir(), 'lake-model-'));
        const table = openLake({ store, lakePrefix: '', format, cacheDirectory }).table(
          't',
          options,
        );
        const model = new LakeModel();
        for (const [index, { writes, resync, batchCount }] of steps.entries()) {
          const changes = model.window(writes);
          const isFull = index === 0 || resync;
          const scope = isFull ? full(index * 15) : window((index - 1) * 15, index * 15);
          const rows = isFull ? model.full() : changes;
          const more = { keyAttributes: KEY_ATTRIBUTES };
          const load = loadOf(scope, inBatches(rows, batchCount), more);
          await apply(table, load).catch(async (error: unknown) => {
            // As a sync does: what a key's column cannot hold is loaded anew.
            expect(error).toMatchObject({ code: 'KeyOutgrown' });
            await apply(table, loadOf(full(index * 15), inBatches(model.full(), batchCount), more));
          });
          const query = await openLakeQuery({ store, lakePrefix: '' });
          expect(sortedItems(await itemsOf({ store, lakePrefix: '' }, 't'))).toEqual(model.state());
          if (format === 'parquet') {
            const history = await query.run('SELECT count(*)::INTEGER FROM t_changes');
            expect(history.rows[0]?.[0]).toBeGreaterThanOrEqual(rows.length);
          }
          await query.close();
        }
        await rm(cacheDirectory, { recursive: true });
      }),
      { numRuns: 40 },
    );
  }, 240_000);
});

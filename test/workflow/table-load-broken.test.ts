/** Owns a load of many batches of which one is broken for good: it parks the sync, not after the others. */
import { afterEach, expect, test } from '@jest/globals';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { makeTable } from '../support/local-aws.js';
import { ModelledTable } from '../support/modelled-table.js';
import { startSync, startSyncWorld, stopSync, type SyncWorld } from '../support/sync-world.js';

const TABLE = 'broken';

let world: SyncWorld;
afterEach(async () => {
  await world.close();
});

test.each(['profileBatch', 'writeBatch'])(
  'the first %s that no retry can mend parks the sync; the others are not tried first',
  async (step) => {
    const calls: string[] = [];
    let isBroken = true;
    world = await startSyncWorld({
      call: (name) => {
        calls.push(name);
        if (name !== step || !isBroken) return Promise.resolve();
        throw new TidemarkError('This file is broken.', {
          code: ErrorCode.InvalidUsage,
          subject: TABLE,
          retryable: false,
          hint: 'Mend it.',
        });
      },
    });
    const called = (): number => calls.filter((name) => name === step).length;
    await makeTable(world.dynamo.client, TABLE);
    const model = new ModelledTable(world.dynamo, TABLE, 1);
    for (let n = 1n; n <= 50n; n++) await model.writeAt(world.dynamo.clock.nowMicros() + n);
    await world.withWorker(async () => {
      // Tiny batches make a load of several, one after the other.
      const handle = await startSync(world.env, {
        tableName: TABLE,
        batchBytes: 200,
        batchConcurrency: 1,
      });
      await world.env.sleep('1 hour');
      const { parked } = await handle.query<TableSyncStatus>('status');
      expect(parked?.message).toMatch(/This file is broken/);
      expect(parked?.hint).toBe('Mend it.');
      expect(called()).toBe(1);

      isBroken = false;
      await handle.signal('resume');
      await world.env.sleep('1 hour');
      const mended = await handle.query<TableSyncStatus>('status');
      expect(mended.parked).toBeUndefined();
      expect(mended.totals.fullLoads).toBe(1);
      // It was one of many.
      expect(called()).toBeGreaterThan(3);
      await stopSync(handle);
    });
  },
  120_000,
);

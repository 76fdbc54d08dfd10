/** Owns that tables ask at their own seconds, for windows that end on the boundaries all the same. */
import { expect, test } from '@jest/globals';
import { millisOf } from '../../src/core/instant.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { followTable, isGapless, lengthOf } from '../support/followed-table.js';
import { stopSync } from '../support/sync-world.js';

test('windows end on boundaries, and are asked for as much later as the table is staggered', async () => {
  const table = await followTable();
  const { world } = table;
  try {
    await world.withWorker(async () => {
      const handle = await table.start({ staggerSeconds: 42 });
      await table.letPass(3);
      let status = await handle.query(statusQuery);
      while (status.phase !== 'following') {
        await table.letPass(0.1);
        status = await handle.query(statusQuery);
      }
      expect(millisOf(status.nextEvent!.at!) % 900_000).toBe(42_000);
      await stopSync(handle);
      expect(table.committed.length).toBeGreaterThan(8);
      expect(isGapless(table.committed)).toBe(true);
      for (const each of table.committed) {
        expect(lengthOf(each)).toBe(900);
        expect(millisOf(each.window.to) % 900_000).toBe(0);
      }
      const { watermark } = await handle.query(statusQuery);
      expect(await table.lakeItems()).toEqual(table.model.stateAt(watermark!));
    });
  } finally {
    await world.close();
  }
}, 300_000);

/** Owns how fresh a table is kept where nothing is asked for. */
import { expect, test } from '@jest/globals';
import { agesText } from '../../src/sync/freshness-text.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { followTable, isGapless } from '../support/followed-table.js';
import { stopSync } from '../support/sync-world.js';

test('windows of 15 minutes and exports of 5: the lake is never older than 21 minutes', async () => {
  const table = await followTable();
  const { world } = table;
  try {
    await world.withWorker(async () => {
      const handle = await table.start();
      await table.letPass(24);
      await stopSync(handle);
      const { ages = [], watermark } = await handle.query(statusQuery);
      process.stdout.write(
        `freshness by default: ${agesText({ ages })}, at most ${Math.max(...ages)} s\n`,
      );
      expect(ages.length).toBeGreaterThan(90);
      expect(Math.max(...ages)).toBeLessThanOrEqual(21 * 60);
      expect(isGapless(table.committed)).toBe(true);
      expect(await table.lakeItems()).toEqual(table.model.stateAt(watermark!));
    });
  } finally {
    await world.close();
  }
}, 1_500_000);

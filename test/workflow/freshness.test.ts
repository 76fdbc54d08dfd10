/** Owns a day of a table for which freshness is asked: exports overlap, and are under way ahead of their loads. */
import { expect, test } from '@jest/globals';
import { quantile } from '../../src/sync/export-plan.js';
import { agesText } from '../../src/sync/freshness-text.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { followTable, isGapless, lengthOf } from '../support/followed-table.js';
import { stopSync } from '../support/sync-world.js';
import { runsOf } from '../support/workflow-runs.js';

test("freshness: '10m' holds for a day, each window once and in order, over continue-as-new", async () => {
  const table = await followTable();
  const { world } = table;
  try {
    await world.withWorker(async () => {
      const handle = await table.start({ freshnessSeconds: 600 });
      const first = handle.firstExecutionRunId;
      await table.letPass(25);
      await stopSync(handle);
      const { ages = [], watermark, totals } = await handle.query(statusQuery);
      // The windows after the full export are of 15 minutes: no export begins before it.
      const settled = ages.slice(0, 275);
      const runs = await runsOf(world.env.client, handle.workflowId, first);
      const events = runs.reduce((sum, run) => sum + run.length, 0);
      process.stdout.write(
        `freshness of 10m: ${agesText({ ages: settled })}, at most ${Math.max(...settled)} s; ${totals.windows} windows, ${runs.length} runs, ` +
          `${(events / totals.windows).toFixed(1)} events per window\n`,
      );
      expect(settled).toHaveLength(275);
      expect(quantile(settled, 0.95)).toBeLessThanOrEqual(11 * 60);
      expect(runs.length).toBeGreaterThan(1);
      expect(table.committed.filter((each) => lengthOf(each) === 300).length).toBeGreaterThan(270);
      expect(isGapless(table.asked)).toBe(true);
      expect(isGapless(table.committed)).toBe(true);
      expect(totals.windows).toBe(table.committed.length);
      expect(await table.lakeItems()).toEqual(table.model.stateAt(watermark!));
    });
  } finally {
    await world.close();
  }
}, 1_800_000);

/** Owns a week of 15-minute windows in the life of one table, signals and continue-as-new on the way. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import type { ExportWindow } from '../../src/core/export-window.js';
import { microsOf } from '../../src/core/instant.js';
import { statusQuery } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { lakeItems, ModelledTable } from '../support/modelled-table.js';
import {
  BUCKET,
  REGION,
  letPass,
  startSync,
  startSyncWorld,
  stopSync,
  type BeforeActivity,
  type SyncWorld,
} from '../support/sync-world.js';
import { runsOf } from '../support/workflow-runs.js';

const TABLE = 'orders';
const WRITES_PER_WINDOW = 6;
const CHECK_EVERY = 24;

let world: SyncWorld;
const hook: { call?: BeforeActivity } = {};
beforeAll(async () => {
  world = await startSyncWorld(hook);
}, 600_000);
afterAll(async () => {
  await world.close();
});

/**
 * Fills each window just before its export is asked for, stamped as if it had happened in time:
 * the first write at exactly its first microsecond, one at its last, one at the very end, which
 * belongs to the next.
 */
function writeIntoEachWindow(
  model: ModelledTable,
  expectWatermark: (at: ExportWindow) => Promise<void>,
): BeforeActivity {
  let writtenTo: string | undefined;
  return async (name, [argument]) => {
    if (name !== 'requestExport') return;
    const { scope } = argument as RequestExportInput;
    if (scope.kind === 'full') return;
    const { from, to } = scope.window;
    if (writtenTo !== undefined && to <= writtenTo) return;
    await expectWatermark(scope.window);
    const first = microsOf(
      writtenTo === undefined || from > writtenTo ? from : (writtenTo as typeof from),
    );
    const last = microsOf(to);
    if (from !== writtenTo) await model.writeAt(first);
    const step = (last - first) / BigInt(WRITES_PER_WINDOW);
    for (let i = 1n; i < BigInt(WRITES_PER_WINDOW - 1); i++) await model.writeAt(first + i * step);
    await model.writeAt(last - 1n);
    await model.writeAt(last);
    writtenTo = to;
  };
}

test('a week of windows: no gap, no overlap, and the lake is the table at each watermark', async () => {
  await makeTable(world.dynamo.client, TABLE, { pitr: false });
  const model = new ModelledTable(world.dynamo, TABLE, 20261124);
  const lake = world.ports.objectStore(REGION, BUCKET);
  let windows = 0;
  hook.call = writeIntoEachWindow(model, async ({ from }) => {
    if (windows++ % CHECK_EVERY === 0)
      expect(await lakeItems(lake, TABLE)).toEqual(model.stateAt(from));
  });

  await world.withWorker(async () => {
    const handle = await startSync(world.env, { tableName: TABLE });
    const first = handle.firstExecutionRunId;
    await letPass(world.env, 48);
    await handle.signal('pause');
    await letPass(world.env, 6);
    await handle.signal('resume');
    await letPass(world.env, 48);
    await handle.signal('resync');
    await letPass(world.env, 66);
    await stopSync(handle);

    const status = await handle.query(statusQuery);
    const runs = await runsOf(world.env.client, handle.workflowId, first);
    const events = runs.reduce((sum, run) => sum + run.length, 0);
    const perWindow = events / status.totals.windows;
    process.stdout.write(
      `a week: ${status.totals.windows} windows, ${status.totals.fullLoads} full loads, ` +
        `${model.writes} writes, ${runs.length} runs, ${events} events, ` +
        `${perWindow.toFixed(1)} events per window\n`,
    );
    expect(status.totals.windows).toBeGreaterThan(630);
    expect(status.totals.fullLoads).toBe(2);
    expect(runs.length).toBeGreaterThan(1);
    // Bounded, whatever the polling: five minutes of looking at each export add nothing.
    expect(perWindow).toBeLessThan(45);
    expect(Math.max(...runs.map((run) => run.length))).toBeLessThan(5000);
    expect(await lakeItems(lake, TABLE)).toEqual(model.stateAt(status.watermark!));
  });
}, 1_500_000);

/** Owns 30 virtual days of an idle table and of a busy one under `adaptive`: what they cost, how fresh they are. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import { microsOf, secondsBetween } from '../../src/core/instant.js';
import { windowLength, type ExportWindow } from '../../src/core/export-window.js';
import { dollarsText } from '../../src/cost/dollars.js';
import { sumOf, type Ledger, type Spending } from '../../src/cost/ledger.js';
import { paidMicros } from '../../src/cost/load-cost.js';
import { workflowIdOf, type TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { statusQuery, tableSync } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { lakeItems, ModelledTable } from '../support/modelled-table.js';
import {
  BUCKET,
  REGION,
  startSyncWorld,
  stopSync,
  syncInput,
  TASK_QUEUE,
  type BeforeActivity,
  type SyncWorld,
} from '../support/sync-world.js';

const DAYS = 30;
const HOUR = 3600;

let world: SyncWorld;
const hook: { call?: BeforeActivity } = {};
beforeAll(async () => {
  world = await startSyncWorld(hook);
}, 600_000);
beforeEach(() => {
  delete hook.call;
});
afterAll(async () => {
  await world.close();
});

/** Follows a table for `days`, in steps: a call to the test server that lasts for minutes is dropped. */
async function follow(
  tableName: string,
  days: number,
  settings: Partial<TableSyncInput>,
): Promise<TableSyncStatus> {
  const handle = await world.env.client.workflow.start(tableSync, {
    workflowId: workflowIdOf(REGION, tableName),
    taskQueue: TASK_QUEUE,
    args: [syncInput({ tableName, pollSeconds: 30, ...settings })],
  });
  for (let left = days * 24; left > 0; left -= 6) await world.env.sleep('6 hours');
  const status = await handle.query(statusQuery);
  await stopSync(handle);
  return status;
}

function spent({ months }: Ledger): Spending {
  return months.map(({ windows, fullLoads }) => sumOf(windows, fullLoads)).reduce(sumOf);
}

function tell(name: string, ledger: Ledger): void {
  const { loads, billedSizeBytes, writes, reads, actions, ...cost } = spent(ledger);
  const micros = [cost.exportMicros, cost.s3Micros, cost.actionMicros].map(
    (part) => `$${(part / 1e6).toFixed(4)}`,
  );
  process.stdout.write(
    `${name}: ${loads} loads, ${billedSizeBytes / 1e6} MB billed, exports ${micros[0]}; ` +
      `${writes} S3 writes and ${reads} reads, ${micros[1]}; ${actions} Temporal actions, ${micros[2]}; ` +
      `AWS ${dollarsText(paidMicros(cost, false))}, with Temporal Cloud ${dollarsText(paidMicros(cost, true))}\n`,
  );
}

/** What the exports that were asked for of a table cover. */
function watchWindows(): ExportWindow[] {
  const windows: ExportWindow[] = [];
  const before = hook.call;
  hook.call = async (name, args) => {
    await before?.(name, args);
    if (name !== 'requestExport') return;
    const { scope } = args[0] as RequestExportInput;
    if (scope.kind === 'incremental' && windows.at(-1)?.to !== scope.window.to)
      windows.push(scope.window);
  };
  return windows;
}

function expectTiled(windows: readonly ExportWindow[]): void {
  for (const [index, window] of windows.entries()) {
    if (index > 0) expect(window.from).toBe(windows[index - 1]!.to);
  }
}

describe('30 days under adaptive', () => {
  test('an idle table costs at most $0.05 in the ledger, Temporal Cloud included', async () => {
    await makeTable(world.dynamo.client, 'idle', { pitr: false });
    const windows = watchWindows();
    await world.withWorker(async () => {
      const { ledger } = await follow('idle', DAYS, { adaptive: true });
      tell('an idle table, 30 days under adaptive', ledger!);
      expect(paidMicros(spent(ledger!), true)).toBeLessThanOrEqual(50_000);
      expectTiled(windows);
      const widths = windows.map((window) => windowLength(window) / 900);
      expect(widths.slice(0, 8)).toEqual([1, 1, 2, 4, 8, 16, 32, 64]);
      expect(new Set(widths.slice(8))).toEqual(new Set([96]));
    });
  }, 1_200_000);

  test('a busy one keeps its freshness: every window as narrow as configured', async () => {
    await makeTable(world.dynamo.client, 'busy', { pitr: false });
    const model = new ModelledTable(world.dynamo, 'busy', 20261130);
    hook.call = async (name, [argument]) => {
      if (name !== 'requestExport') return;
      const { scope } = argument as RequestExportInput;
      if (scope.kind === 'incremental') await model.writeAt(microsOf(scope.window.to) - 1n);
    };
    const windows = watchWindows();
    await world.withWorker(async () => {
      const { ledger, recentLoads, watermark } = await follow('busy', DAYS, {
        adaptive: true,
        windowSeconds: HOUR,
      });
      tell('a busy table, 30 days under adaptive in windows of an hour', ledger!);
      expectTiled(windows);
      expect(new Set(windows.map(windowLength))).toEqual(new Set([HOUR]));
      expect(windows.length).toBeGreaterThan(DAYS * 24 - 3);
      const late = recentLoads.map(({ to, committedAt }) => secondsBetween(to, committedAt));
      expect(Math.max(...late)).toBeLessThan(10 * 60);
      expect(await lakeItems(world.ports.objectStore(REGION, BUCKET), 'busy')).toEqual(
        model.stateAt(watermark!),
      );
    });
  }, 2_400_000);
});

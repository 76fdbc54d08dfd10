/** Owns 30 virtual days of an idle table and of a busy one under `adaptive`: what they cost, how fresh they are. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import { instantOfSeconds, microsOf, secondsBetween, secondsOf } from '../../src/core/instant.js';
import { windowLength, type ExportWindow } from '../../src/core/export-window.js';
import { monthSum, sumOf, type Ledger, type Spending } from '../../src/cost/ledger.js';
import { paidMicros } from '../../src/cost/load-cost.js';
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import { statusQuery, type tableSync } from '../../workflows/table-sync.js';
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

const DAY = 86_400;
const NARROW = 3 * 3600;

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

async function startAdaptive(
  tableName: string,
  settings: Partial<TableSyncInput> = {},
): Promise<WorkflowHandle<typeof tableSync>> {
  await makeTable(world.dynamo.client, tableName, { pitr: false });
  return await startSync(world.env, { tableName, pollSeconds: 30, adaptive: true, ...settings });
}

function spent({ months }: Ledger): Spending {
  return months.map(monthSum).reduce(sumOf);
}

function since(before: Spending, after: Spending): Spending {
  const names = Object.keys(after) as (keyof Spending)[];
  return Object.fromEntries(
    names.map((name) => [name, after[name] - before[name]]),
  ) as unknown as Spending;
}

function tell(what: string, spending: Spending): void {
  const { loads, billedSizeBytes, writes, reads, actions, ...cost } = spending;
  const dollars = (micros: number): string => `$${(micros / 1e6).toFixed(4)}`;
  process.stdout.write(
    `${what}: ${loads} loads, ${billedSizeBytes / 1e6} MB billed ${dollars(cost.exportMicros)}, ` +
      `${writes} S3 writes and ${reads} reads ${dollars(cost.s3Micros)}, ` +
      `${actions} actions ${dollars(cost.actionMicros)}; AWS ${dollars(paidMicros(cost, false))}, ` +
      `with Temporal Cloud ${dollars(paidMicros(cost, true))}\n`,
  );
}

/** What the exports that are asked for cover, from now on. */
function watchWindows(onWindow: (window: ExportWindow) => Promise<void>): ExportWindow[] {
  const windows: ExportWindow[] = [];
  hook.call = async (name, args) => {
    if (name !== 'requestExport') return;
    const { scope } = args[0] as RequestExportInput;
    if (scope.kind === 'full' || windows.at(-1)?.to === scope.window.to) return;
    windows.push(scope.window);
    await onWindow(scope.window);
  };
  return windows;
}

function expectTiled(windows: readonly ExportWindow[]): void {
  for (const [index, window] of windows.entries()) {
    if (index > 0) expect(window.from).toBe(windows[index - 1]!.to);
  }
}

test('an idle table under adaptive costs at most $0.05 in 30 days, Temporal Cloud included', async () => {
  const windows = watchWindows(async () => undefined);
  await world.withWorker(async () => {
    const handle = await startAdaptive('idle');
    await letPass(world.env, 2 * 24);
    const settled = await handle.query(statusQuery);
    await letPass(world.env, 28 * 24);
    const month = await handle.query(statusQuery);
    await letPass(world.env, 2 * 24);
    const last = await handle.query(statusQuery);
    await stopSync(handle);

    const first = spent(month.ledger!);
    const idle = since(spent(settled.ledger!), spent(last.ledger!));
    tell('an idle table, its first 30 days', first);
    tell('an idle table, 30 days at rest', idle);
    expect(paidMicros(first, false)).toBeLessThanOrEqual(50_000);
    expect(paidMicros(idle, true)).toBeLessThanOrEqual(50_000);
    expect(idle.loads).toBe(30);
    expectTiled(windows);
    const widths = windows.map((window) => windowLength(window) / 900);
    expect(widths.slice(0, 8)).toEqual([1, 1, 2, 4, 8, 16, 32, 64]);
    expect(new Set(widths.slice(8))).toEqual(new Set([96]));
  });
}, 1_200_000);

test('a busy one keeps its freshness for 30 days, and is back at it after two days of rest', async () => {
  const model = new ModelledTable(world.dynamo, 'busy', 20261130);
  let began = 0;
  const dayOf = (seconds: number): number => (seconds - began) / DAY;
  const isBusy = (seconds: number): boolean => dayOf(seconds) < 10 || dayOf(seconds) >= 12;
  const windows = watchWindows(async ({ from, to }) => {
    began ||= secondsOf(from);
    for (let at = secondsOf(from); at < secondsOf(to); at += NARROW) {
      for (const part of [1n, 2n, 3n]) {
        if (isBusy(at)) await model.writeAt(microsOf(instantOfSeconds(at)) + part * 1_000_000n);
      }
    }
  });
  await world.withWorker(async () => {
    const handle = await startAdaptive('busy', { windowSeconds: NARROW });
    await letPass(world.env, 30 * 24);
    await stopSync(handle);
    const status = await handle.query(statusQuery);

    tell('a busy table, 30 days', spent(status.ledger!));
    expectTiled(windows);
    const hours = (span: readonly ExportWindow[]): number[] =>
      span.map((window) => windowLength(window) / 3600);
    const within = (fromDay: number, toDay: number): ExportWindow[] =>
      windows.filter(
        ({ from }) => dayOf(secondsOf(from)) >= fromDay && dayOf(secondsOf(from)) < toDay,
      );
    process.stdout.write(`two days of rest in windows of ${hours(within(10, 13)).join(', ')} h\n`);
    expect(new Set(hours(within(0, 10)))).toEqual(new Set([3]));
    expect(Math.max(...hours(within(10, 12)))).toBeGreaterThanOrEqual(12);
    expect(new Set(hours(within(13, 31)))).toEqual(new Set([3]));
    const late = status.recentLoads.map(({ to, committedAt }) => secondsBetween(to, committedAt));
    expect(Math.max(...late)).toBeLessThan(10 * 60);
    expect(await lakeItems(world.ports.objectStore(REGION, BUCKET), 'busy')).toEqual(
      model.stateAt(status.watermark!),
    );
  });
}, 2_400_000);

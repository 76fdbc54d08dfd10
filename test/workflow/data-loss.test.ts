/**
 * Owns the ways in which tools like this one are known to lose data, as far as they lie in the loop:
 * each is a test of its name. The ways that lie in the lake are in test/contract/data-loss.test.ts.
 */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { LoadOrder } from '../../activities/table/load-order.js';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import { tidemarkErrorOf } from '../../src/connectors/dynamodb/dynamodb-errors.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { secondsBetween } from '../../src/core/instant.js';
import type { TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { lakeItems, ModelledTable } from '../support/modelled-table.js';
import {
  BUCKET,
  REGION,
  startSync,
  startSyncWorld,
  stopSync,
  type BeforeActivity,
  type SyncWorld,
} from '../support/sync-world.js';

const TABLE = 'orders';
const HOUR = 3600;

let world: SyncWorld;
let model: ModelledTable;
let hook: { call?: BeforeActivity };
beforeEach(async () => {
  hook = {};
  world = await startSyncWorld(hook);
  await makeTable(world.dynamo.client, TABLE);
  model = new ModelledTable(world.dynamo, TABLE, 1);
  await write();
}, 600_000);
afterEach(async () => {
  await world.close();
});

type Handle = WorkflowHandle<typeof tableSync>;

function start(overrides: Partial<TableSyncInput> = {}): Promise<Handle> {
  return startSync(world.env, { tableName: TABLE, ...overrides });
}

const statusOf = (handle: Handle): Promise<TableSyncStatus> => handle.query('status');

async function untilPhase(handle: Handle, phase: TableSyncStatus['phase']): Promise<void> {
  for (let minutes = 0; (await statusOf(handle)).phase !== phase; minutes++) {
    expect(minutes).toBeLessThan(120);
    await world.env.sleep('1 minute');
  }
}

/** Lets the first loads land, then none for a time in which the table is written to. */
async function idleFor(handle: Handle, time: string): Promise<void> {
  await world.env.sleep('1 hour');
  await handle.signal('pause');
  await untilPhase(handle, 'paused');
  await write();
  await world.env.sleep(time);
  await write();
  await handle.signal('resume');
}

/** A few writes, in the present. */
async function write(): Promise<void> {
  await world.catchUp();
  for (let n = 1n; n <= 5n; n++) await model.writeAt(world.dynamo.clock.nowMicros() + n);
}

/** The newest loads follow one another, and the lake is the table at the last one's end. */
async function expectWhole(handle: Handle): Promise<TableSyncStatus> {
  const status = await statusOf(handle);
  const loads = status.recentLoads;
  for (const [index, { from }] of loads.entries()) {
    const previous = loads[index + 1];
    if (from !== undefined && previous !== undefined) expect(from).toBe(previous.to);
  }
  const lake = world.ports.objectStore(REGION, BUCKET);
  expect(await lakeItems(lake, TABLE)).toEqual(model.stateAt(status.watermark!));
  return status;
}

test('watermark stored when the export starts: it moves when the load is committed, however often that fails', async () => {
  let failures = 0;
  let fails = false;
  hook.call = (name) => {
    if (!fails || name !== 'commitLoad') return Promise.resolve();
    failures += 1;
    throw new TidemarkError('Not now.', {
      code: ErrorCode.Unreachable,
      subject: 'the lake',
      retryable: true,
    });
  };
  await world.withWorker(async () => {
    const handle = await start();
    await world.env.sleep('1 hour');
    await untilPhase(handle, 'exporting');
    await write();
    fails = true;
    const { watermark } = await statusOf(handle);
    await world.env.sleep('3 hours');
    expect(failures).toBeGreaterThan(2);
    expect((await statusOf(handle)).watermark).toBe(watermark);
    fails = false;
    await world.env.sleep('30 minutes');
    await stopSync(handle);
    const status = await expectWhole(handle);
    expect(status.recentLoads.map(({ from }) => from)).toContain(watermark);
    expect(status.totals.fullLoads).toBe(1);
  });
});

test('a failed full export followed by increments without a base: none is asked for before the full one is loaded', async () => {
  const asked: string[] = [];
  hook.call = (name, [argument]) => {
    if (name === 'requestExport') asked.push((argument as RequestExportInput).scope.kind);
    return Promise.resolve();
  };
  await world.withWorker(async () => {
    const handle = await start({ exportBucket: 'not-made-yet' });
    await untilPhase(handle, 'parked');
    await world.env.sleep('3 hours');
    expect(new Set(asked)).toEqual(new Set(['full']));
    world.dynamo.buckets.create('not-made-yet');
    await handle.signal('resume');
    await world.env.sleep('2 hours');
    await stopSync(handle);
    const status = await expectWhole(handle);
    expect(status.recentLoads.at(-1)?.kind).toBe('full');
    expect(status.totals.windows).toBeGreaterThan(0);
  });
});

test('a crash leaves a "running" flag nobody clears: another worker takes over, and the dead one may return', async () => {
  let isDead = false;
  let revive = (): void => undefined;
  const death = new Promise<void>((resolve) => (revive = resolve));
  const writes: boolean[] = [];
  hook.call = (name, [argument]) => {
    if (name !== 'writeBatch' || (argument as LoadOrder).scope.kind === 'full') {
      return Promise.resolve();
    }
    writes.push(isDead);
    if (isDead) return Promise.resolve();
    isDead = true;
    return death;
  };
  await world.withWorker(async () => {
    const handle = await start();
    await world.env.sleep('1 hour');
    await write();
    await world.env.sleep('1 hour');
    await write();
    await world.env.sleep('1 hour');
    revive();
    await world.env.sleep('1 hour');
    await stopSync(handle);
    const { totals } = await expectWhole(handle);
    expect(totals.fullLoads).toBe(1);
    expect(totals.windows).toBeGreaterThan(3);
  });
  expect(writes.slice(0, 2)).toEqual([false, true]);
}, 180_000);

test('after 35 days without success the loop is stuck by hand-only recovery: it lays a new base by itself', async () => {
  await world.withWorker(async () => {
    const handle = await start();
    await idleFor(handle, '36 days');
    await world.env.sleep('3 hours');
    await stopSync(handle);
    const status = await expectWhole(handle);
    expect(status.parked).toBeUndefined();
    expect(status.totals.fullLoads).toBe(2);
  });
});

test('catch-up limited to small fixed windows: days are caught up with by windows of a day', async () => {
  await world.withWorker(async () => {
    const handle = await start();
    await idleFor(handle, '3 days');
    await world.env.sleep('1 hour');
    await stopSync(handle);
    const { recentLoads } = await expectWhole(handle);
    const hours = recentLoads.map(({ from, to }) =>
      from === undefined ? 0 : secondsBetween(from, to) / HOUR,
    );
    expect(hours.filter((each) => each > 23)).toHaveLength(3);
    expect(hours.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(72);
  });
});

test('Throttling read as a fatal error: the call is made again, and nothing is parked or lost', async () => {
  const refusals = new Map<string, number>();
  hook.call = (name) => {
    const refused = refusals.get(name) ?? 0;
    if (refused === 3) return Promise.resolve();
    refusals.set(name, refused + 1);
    const thrown = Object.assign(new Error('Rate exceeded'), { name: 'ThrottlingException' });
    throw tidemarkErrorOf(thrown, TABLE);
  };
  await world.withWorker(async () => {
    const handle = await start();
    await world.env.sleep('3 hours');
    await stopSync(handle);
    const status = await expectWhole(handle);
    expect(status.parked).toBeUndefined();
    expect(status.totals.windows).toBeGreaterThan(3);
  });
  expect([...refusals.keys()]).toEqual(expect.arrayContaining(['requestExport', 'awaitExport']));
  expect([...refusals.values()].every((count) => count === 3)).toBe(true);
});

/** Owns pools on the time-skipping server: leases between real workflows, and what becomes of the dead. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { checkHolders } from '../../activities/dag/check-holders.js';
import { dagTaskQueueOf, poolIdOf, PoolMessage } from '../../src/scheduling/dag-names.js';
import type { PoolRequest, PoolView } from '../../src/scheduling/pool-messages.js';
import { resizePool, seePool } from '../../src/temporal/dag-pools.js';
import { poolViewQuery, type dagPool } from '../../workflows/dag-pool.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';
import { replayRuns } from '../support/replay-runs.js';
import { startTimeSkippingServer } from '../support/time-skipping-server.js';
import { until } from '../support/until.js';
import { runsOf } from '../support/workflow-runs.js';
import {
  finishSignal,
  giveBackSignal,
  goOnSignal,
  toldQuery,
  wantSignal,
  type poolHolder,
  type Wanted,
} from './fixtures/pool-holder.js';

type Pool = WorkflowHandle<typeof dagPool>;
type Holder = WorkflowHandle<typeof poolHolder>;

const TASK_QUEUE = 'pools';
let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
// One worker for all tests: the test server waits long for one that went away.
let worker: Worker;
let running: Promise<void>;
/** The workflow ids of all pools there were. */
const pools = new Set<string>();
/** How many holders each look was about. */
const looks: number[] = [];
beforeAll(async () => {
  quietRuntime();
  env = await startTimeSkippingServer();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('fixtures/pool-holder.ts', import.meta.url)),
    logger: quietLogger,
  });
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    workflowBundle,
    activities: {
      checkHolders: (...args: Parameters<typeof checkHolders>) => {
        looks.push(args[0].length);
        return checkHolders(...args);
      },
    },
  });
  running = worker.run();
}, 600_000);
afterAll(async () => {
  if (worker.getState() === 'RUNNING') worker.shutdown();
  await running;
  await env.teardown();
});

async function poolOf(pool: string, slots: number): Promise<Pool> {
  await resizePool(env.client, { pool, slots, taskQueue: dagTaskQueueOf(TASK_QUEUE) });
  pools.add(poolIdOf(pool));
  return env.client.workflow.getHandle<typeof dagPool>(poolIdOf(pool));
}

function holderOf(pool: string, workflowId: string): Promise<Holder> {
  return env.client.workflow.start<typeof poolHolder>('poolHolder', {
    workflowId,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    args: [pool],
  });
}

const want = (leaseId: string, slots = 1, priority = 1): Wanted => ({ leaseId, slots, priority });
const ask = (holder: Holder, ...wanted: Wanted[]): Promise<void> =>
  holder.signal(wantSignal, wanted);
const toldOf = (holder: Holder): Promise<readonly string[]> => holder.query(toldQuery);
const viewOf = (pool: Pool): Promise<PoolView> => pool.query(poolViewQuery);
const idsOf = (entries: PoolView['leases']): string[] => entries.map(({ leaseId }) => leaseId);

/** The view once `holds` is true of it. */
async function seen(pool: Pool, holds: (view: PoolView) => boolean): Promise<PoolView> {
  await until(async () => holds(await viewOf(pool)));
  return viewOf(pool);
}

describe('leases', () => {
  test('are granted by priority and arrival, and given back', async () => {
    const pool = await poolOf('order', 2);
    const holder = await holderOf('order', 'order-holder');
    await ask(holder, want('a'), want('b'), want('c'), want('d'), want('urgent', 1, 5));
    const view = await seen(pool, ({ queue }) => queue.length === 3);
    expect(view).toMatchObject({ slots: 2, used: 2 });
    expect(view.queue.map(({ leaseId, position }) => [leaseId, position])).toEqual([
      ['urgent', 1],
      ['c', 2],
      ['d', 3],
    ]);
    await holder.signal(giveBackSignal, ['b', 'c', 'a']);
    await until(async () => (await toldOf(holder)).length === 4);
    expect(await toldOf(holder)).toEqual(['a', 'b', 'urgent', 'd']);
    await holder.signal(giveBackSignal, ['urgent', 'd']);
    await seen(pool, ({ used }) => used === 0);
  });

  test('a request in the queue can be withdrawn, one asked for twice is one', async () => {
    const pool = await poolOf('twice', 1);
    const holder = await holderOf('twice', 'twice-holder');
    await ask(holder, want('a'), want('b'), want('b'), want('c'));
    await seen(pool, ({ queue }) => queue.length === 2);
    await holder.signal(giveBackSignal, ['b', 'a', 'a']);
    await until(async () => (await toldOf(holder)).includes('c'));
    await ask(holder, want('c'));
    await until(async () => (await toldOf(holder)).length === 3);
    expect(await toldOf(holder)).toEqual(['a', 'c', 'c']);
    expect(await viewOf(pool)).toMatchObject({ used: 1, queue: [] });
  });

  test('what asks for more than there is waits in sight, and nobody behind it', async () => {
    const pool = await poolOf('small', 2);
    const holder = await holderOf('small', 'small-holder');
    await ask(holder, want('large', 3, 9), want('a'));
    const view = await seen(pool, ({ used }) => used === 1);
    expect(view.queue).toMatchObject([
      { leaseId: 'large', blocked: "needs 3 of the pool's 2 slots" },
    ]);
    await poolOf('small', 4);
    await until(async () => (await toldOf(holder)).includes('large'));
  });

  test('signals that are none change nothing', async () => {
    const pool = await poolOf('garbage', 1);
    await pool.signal(PoolMessage.acquire);
    await pool.signal(PoolMessage.acquire, { leaseId: 'a' });
    await pool.signal(PoolMessage.release, null);
    await pool.signal(PoolMessage.resize, { slots: 'many' });
    const holder = await holderOf('garbage', 'garbage-holder');
    await ask(holder, want('a'));
    await until(async () => (await toldOf(holder)).length === 1);
    expect(await viewOf(pool)).toMatchObject({ slots: 1, used: 1, queue: [] });
  });
});

describe('holders that are gone', () => {
  test('one terminated while it holds and waits leaves its slots to who waits', async () => {
    const pool = await poolOf('killed', 2);
    const [dead, alive] = await Promise.all([
      holderOf('killed', 'killed-dead'),
      holderOf('killed', 'killed-alive'),
    ]);
    await ask(dead, want('dead 1'), want('dead 2'), want('dead 3', 1, 9));
    await seen(pool, ({ queue }) => queue.length === 1);
    await ask(alive, want('alive 1'), want('alive 2'));
    await seen(pool, ({ queue }) => queue.length === 3);
    await dead.terminate('as a killed process is');
    await env.sleep('31 seconds');
    await until(async () => (await toldOf(alive)).length === 2);
    const view = await viewOf(pool);
    expect(idsOf(view.leases)).toEqual(['alive 1', 'alive 2']);
    expect(view.queue).toEqual([]);
    expect(view.checkedAt).toMatch(/^20\d\d-/);
  });

  test('one that ended before it was granted costs no wait', async () => {
    const pool = await poolOf('ended', 0);
    const [dead, alive] = await Promise.all([
      holderOf('ended', 'ended-dead'),
      holderOf('ended', 'ended-alive'),
    ]);
    await ask(dead, want('dead 1'), want('dead 2'));
    await seen(pool, ({ queue }) => queue.length === 2);
    await ask(alive, want('alive'));
    await seen(pool, ({ queue }) => queue.length === 3);
    await dead.signal(finishSignal);
    await until(async () => (await dead.describe()).status.name === 'COMPLETED');
    await poolOf('ended', 1);
    await until(async () => (await toldOf(alive)).length === 1);
    expect(await viewOf(pool)).toMatchObject({ used: 1, queue: [] });
  });

  test('one that continued as new is not gone: it keeps its lease and is told of the next', async () => {
    const pool = await poolOf('anew', 1);
    const holder = await holderOf('anew', 'anew-holder');
    const first = (await holder.describe()).runId;
    await ask(holder, want('a'), want('b'));
    await seen(pool, ({ queue }) => queue.length === 1);
    await holder.signal(goOnSignal);
    const latest = env.client.workflow.getHandle<typeof poolHolder>('anew-holder');
    await until(async () => (await latest.describe()).runId !== first);
    await env.sleep('5 minutes');
    expect(await viewOf(pool)).toMatchObject({ used: 1, queue: [{ leaseId: 'b' }] });
    expect((await viewOf(pool)).checkedAt).toBeDefined();
    await latest.signal(giveBackSignal, ['a']);
    await until(async () => (await toldOf(latest)).includes('b'));
  });

  test('a later workflow of the same id does not keep the lease of the dead one', async () => {
    const pool = await poolOf('again', 1);
    const dead = await holderOf('again', 'again-holder');
    await ask(dead, want('dead'));
    await seen(pool, ({ used }) => used === 1);
    await dead.terminate();
    const later = await holderOf('again', 'again-holder');
    await ask(later, want('later'));
    await seen(pool, ({ queue }) => queue.length === 1);
    await env.sleep('31 seconds');
    await until(async () => (await toldOf(later)).includes('later'));
    expect(idsOf((await viewOf(pool)).leases)).toEqual(['later']);
  });
});

describe('a pool costs', () => {
  test('nothing while nobody waits; looks ever more seldom while somebody does', async () => {
    const pool = await poolOf('idle', 1);
    const holder = await holderOf('idle', 'idle-holder');
    await ask(holder, want('a'));
    await until(async () => (await toldOf(holder)).length === 1);
    await env.sleep('1 hour');
    const types = async (): Promise<string[]> =>
      ((await pool.fetchHistory()).events ?? []).map(({ eventType }) => String(eventType));
    const lengthIdle = (await types()).length;
    await env.sleep('10 hours');
    expect(await types()).toHaveLength(lengthIdle);
    looks.length = 0;
    await ask(holder, want('b'));
    await seen(pool, ({ queue }) => queue.length === 1);
    // At 0:30, 1:30, 3:30, 7:30, then every five minutes: 12:30 … 57:30.
    await env.sleep('1 hour');
    expect(looks).toEqual(Array.from({ length: 14 }, () => 1));
  });
});

/** Between a run that goes on as new and the next, the test server has none to signal; a real one has. */
async function signalOn(pool: Pool, name: string, argument: unknown): Promise<void> {
  for (;;) {
    try {
      await pool.signal(name, argument);
      return;
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
      await delay(20);
    }
  }
}

describe('continuing as new', () => {
  test('loses no lease, no request and no signal', async () => {
    const count = 1500;
    const slots = 5;
    const pool = await poolOf('busy', slots);
    const first = (await pool.describe()).runId;
    const holders = await Promise.all(
      Array.from({ length: 4 }, (_, index) => holderOf('busy', `busy-${index}`)),
    );
    const sending = holders.map(async ({ workflowId: holder }, at) => {
      for (let index = at; index < count; index += holders.length) {
        const leaseId = `lease ${index}`;
        const request: PoolRequest = { leaseId, holder, slots: 1, priority: 1, label: '' };
        await signalOn(pool, PoolMessage.acquire, request);
      }
    });
    const told = async (): Promise<string[]> => (await Promise.all(holders.map(toldOf))).flat();
    const givenBack = new Set<string>();
    while (givenBack.size < count) {
      expect((await viewOf(pool)).used).toBeLessThanOrEqual(slots);
      for (const leaseId of await told()) {
        if (givenBack.has(leaseId)) continue;
        givenBack.add(leaseId);
        await signalOn(pool, PoolMessage.release, { leaseId });
      }
    }
    await Promise.all(sending);
    await seen(pool, ({ used, queue }) => used === 0 && queue.length === 0);
    expect(await told()).toHaveLength(count);
    const runs = await runsOf(env.client, poolIdOf('busy'), first);
    expect(runs.length).toBeGreaterThan(1);
    const longest = Math.max(...runs.map((events) => events.length));
    process.stdout.write(`${count} leases: ${runs.length} runs, ${longest} events at most\n`);
    expect(longest).toBeLessThan(5000);
  }, 300_000);
});

test('all of it replays', async () => {
  expect(pools.size).toBeGreaterThan(5);
  expect(await replayRuns(env.client, workflowBundle, pools)).toBeGreaterThan(pools.size);
});

// The last, since it ends the worker.
describe('what a client sees', () => {
  test('a pool, its silence when no worker serves it, and that there is none', async () => {
    const access = {
      client: env.client,
      connection: env.connection,
      address: env.address,
      namespace: 'default',
      close: () => Promise.resolve(),
    };
    await poolOf('sight', 3);
    expect(await seePool(access, 'sight')).toMatchObject({ pool: 'sight', said: { slots: 3 } });
    worker.shutdown();
    await running;
    expect(await seePool(access, 'sight')).toMatchObject({
      silence: expect.stringContaining('pools-dags'),
    });
    await expect(seePool(access, 'nowhere')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(poolOf('sight', 0.5)).rejects.toMatchObject({ code: 'InvalidUsage' });
  });
});

/** Owns that runs and shards whose history grows long go on in new executions, and lose nothing. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, test } from '@jest/globals';
import { dag } from '../../src/dag/index.js';
import {
  dagTaskQueueOf,
  poolIdOf,
  PoolMessage,
  RunMessage,
} from '../../src/scheduling/dag-names.js';
import type { DagRunSnapshot, DagRunView } from '../../src/scheduling/dag-run-input.js';
import type { PoolView } from '../../src/scheduling/pool-messages.js';
import { resizePool } from '../../src/temporal/dag-pools.js';
import { endOf, startDagWorld, type DagWorld, type RunHandle } from '../support/dag-world.js';
import { runsOf } from '../support/workflow-runs.js';

/** The table queue beside which the world's DAG queue lies. */
const TASK_QUEUE = 'test';
/** Past the limit a run comes to rest: what is in hand then still ends in it. */
const MOST_EVENTS = 10_000;

let world: DagWorld;
afterEach(async () => {
  await world.close();
});

const view = (handle: RunHandle): Promise<DagRunView> => handle.query<DagRunView>(RunMessage.view);
const viewPool = (pool: string): Promise<PoolView> =>
  world.env.client.workflow.getHandle(poolIdOf(pool)).query<PoolView>(PoolMessage.view);

/** Returns once `isSo` holds; the server's time does not leap meanwhile. */
async function eventually(isSo: () => boolean): Promise<void> {
  for (let waits = 0; !isSo(); waits += 1) {
    if (waits > 2_000) throw new Error(`not so in the end: ${isSo.toString()}`);
    await delay(50);
  }
}

async function eventsOf(workflowId: string, firstRunId: string): Promise<number[]> {
  const runs = await runsOf(world.env.client, workflowId, firstRunId);
  return runs.map(({ length }) => length);
}

describe('a run whose history grows long', () => {
  test('goes on with its retries, waits, sensors and pools, each attempt once', async () => {
    const calls = new Map<string, number>();
    const called = (name: string): void => {
      calls.set(name, (calls.get(name) ?? 0) + 1);
    };
    let isThere = false;
    let isSummed = false;
    const long = dag('long', { maxActiveTasks: 150, pools: { few: 5 } }, (d) => {
      d.sensor('seen', async () => isThere, { pokeInterval: '1m', timeout: '12h' })();
      const late = async (_: object, run: { attempt: number }) => {
        called(`late ${run.attempt}`);
        if (run.attempt === 1) throw new Error('not within the hour');
      };
      d.task('late', late, { retries: 1, retryDelay: '1h' })();
      const list = d.task('list', async () => Array.from({ length: 500 }, (_, n) => n))();
      const step = (id: string) =>
        d.task(
          id,
          async (a: { n: number }, run) => {
            called(`${id}[${run.mapIndex}] ${run.attempt}`);
            if (run.mapIndex % 3 === 0 && run.attempt === 1) throw new Error('not at first');
            return a.n + 1;
          },
          { retries: 1, retryDelay: '1s' },
        );
      const first = step('first').map({ n: list }, { maxActive: 100 });
      const second = step('second').map({ n: first }, { maxActive: 100 });
      const third = step('third').map({ n: second }, { maxActive: 100 });
      const pooled = d.task(
        'pooled',
        async (_: { n: number }, run) => {
          called(`pooled[${run.mapIndex}] ${run.attempt}`);
        },
        { pool: 'few' },
      );
      const all = pooled.map({ n: first }, { maxActive: 50 });
      const sum = d.task('sum', async (a: { n: number[] }) => {
        isSummed = true;
        return a.n.every((n, at) => n === at + 3) ? a.n.length : 'not in order';
      });
      sum({ n: third }).after(all);
    });
    world = await startDagWorld([long]);
    await resizePool(world.env.client, {
      pool: 'few',
      slots: 5,
      taskQueue: dagTaskQueueOf(TASK_QUEUE),
    });
    await world.withWorker(async () => {
      const handle = await world.start(long);
      // Not by queries: the test server loses one that comes as an execution hands over to the next.
      await eventually(() => isSummed);
      isThere = true;
      await world.env.sleep('90 minutes');
      expect(await endOf(handle)).toBe('COMPLETED');
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      expect(carried.state.tasks.flat().at(-1)?.output).toEqual({ value: 500 });
      expect((await view(handle)).tasks.map(({ state }) => state)).toEqual(
        Array(8).fill('success'),
      );
      const wanted = ['first', 'second', 'third'].flatMap((id) =>
        Array.from({ length: 500 }, (_, n) =>
          n % 3 === 0 ? [`${id}[${n}] 1`, `${id}[${n}] 2`] : [`${id}[${n}] 1`],
        ).flat(),
      );
      const pooled = Array.from({ length: 500 }, (_, n) => `pooled[${n}] 1`);
      expect(Object.fromEntries(calls)).toEqual(
        Object.fromEntries(['late 1', 'late 2', ...wanted, ...pooled].map((name) => [name, 1])),
      );
      expect((await viewPool('few')).leases).toEqual([]);
      const events = await eventsOf(handle.workflowId, handle.firstExecutionRunId);
      process.stdout.write(`${events.length} executions of ${events.join(', ')} events\n`);
      expect(events.length).toBeGreaterThan(2);
      for (const count of events) expect(count).toBeLessThan(MOST_EVENTS);
    });
  }, 240_000);

  test('so does a shard', async () => {
    const calls = new Map<string, number>();
    const wide = dag('wide', { maxActiveTasks: 200 }, (d) => {
      const list = d.task('list', async () => Array.from({ length: 600 }, (_, n) => n))();
      const often = d.task(
        'often',
        async (a: { n: number }, run) => {
          calls.set(`${a.n} ${run.attempt}`, (calls.get(`${a.n} ${run.attempt}`) ?? 0) + 1);
          if (run.attempt < 5) throw new Error('not yet');
          return a.n;
        },
        // More events than a shard may have however its tasks happen to overlap.
        { retries: 4, retryDelay: '2s' },
      );
      const sum = d.task('sum', async (a: { all: number[] }) => a.all.every((n, at) => n === at));
      sum({ all: often.map({ n: list }, { maxActive: 200 }) });
    });
    world = await startDagWorld([wide]);
    await world.withWorker(async () => {
      const handle = await world.start(wide);
      expect(await endOf(handle)).toBe('COMPLETED');
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      expect(carried.state.tasks.flat().at(-1)?.output).toEqual({ value: true });
      expect(calls.size).toBe(3_000);
      expect([...calls.values()].every((count) => count === 1)).toBe(true);
      const [history = []] = await runsOf(
        world.env.client,
        handle.workflowId,
        handle.firstExecutionRunId,
      );
      const shards = history.flatMap(
        (event) => event.childWorkflowExecutionStartedEventAttributes?.workflowExecution ?? [],
      );
      const events = await Promise.all(
        shards.map(({ workflowId, runId }) => eventsOf(workflowId!, runId!)),
      );
      process.stdout.write(`shards of ${events.map((one) => one.join(' + ')).join(', ')} events\n`);
      expect(events[0]!.length).toBeGreaterThan(1);
      for (const count of events.flat()) expect(count).toBeLessThan(MOST_EVENTS);
    });
  }, 240_000);
});

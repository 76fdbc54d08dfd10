/** Owns runs of DAGs on Temporal: every kind of task, waits, operations, the end. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { WorkflowFailedError } from '@temporalio/client';
import { dag, testDag, type NoInputs, type Outcome } from '../../src/dag/index.js';
import { RunMessage } from '../../src/scheduling/dag-names.js';
import type { DagRunSnapshot, DagRunView } from '../../src/scheduling/dag-run-input.js';
import {
  endOf,
  startDagWorld,
  type DagWorld,
  type RunHandle,
  type ServedDag,
} from '../support/dag-world.js';

let world: DagWorld;
afterEach(async () => {
  await world.close();
});

const view = (handle: RunHandle): Promise<DagRunView> => handle.query<DagRunView>(RunMessage.view);

async function states(handle: RunHandle): Promise<Record<string, string>> {
  const { tasks } = await view(handle);
  return Object.fromEntries(tasks.map(({ id, state }) => [id, state]));
}

/** A world that serves `dags`, and `test` in it with a worker. */
async function inWorld(dags: readonly ServedDag[], test: () => Promise<void>): Promise<void> {
  world = await startDagWorld(dags);
  await world.withWorker(test);
}

/** What bodies did, in order; they run in this process. */
const done: string[] = [];

describe('a run', () => {
  test('hands outputs on, maps, branches, skips, joins, and ends as in process', async () => {
    const all = dag('all_kinds', {}, (d) => {
      const list = d.task('list', async () => ['a', 'b', 'c']);
      const copy = d.task('copy', async (a: { spec: string }, run) => {
        if (a.spec === 'b') run.skip('b is not for us');
        return a.spec.toUpperCase();
      });
      const left = d.task('left', async () => 'left');
      const right = d.task('right', async () => 'right');
      const join = d.task(
        'join',
        async (a: { copied: Outcome<string[]>; left: Outcome<string>; right: Outcome<string> }) =>
          [
            a.copied.state === 'success' ? a.copied.value.join('') : '',
            a.left.state,
            a.right.state,
          ].join(),
        { triggerRule: 'all_done' },
      );
      const copied = copy.map({ spec: list() }, { key: (a) => a.spec, maxActive: 2 });
      const [toLeft, toRight] = [left(), right()];
      d.branch('choose', async () => 'left' as const, { left: toLeft, right: toRight })();
      join({ copied, left: toLeft, right: toRight });
    });
    await inWorld([all], async () => {
      const handle = await world.start(all);
      expect(await endOf(handle)).toBe('COMPLETED');
      const here = await testDag(all);
      expect(await states(handle)).toEqual(
        Object.fromEntries(Object.entries(here.tasks).map(([id, { state }]) => [id, state])),
      );
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      const at = all.graph.tasks.findIndex(({ id }) => id === 'join');
      expect(carried.state.tasks.flat()[at]!.output).toEqual({ value: 'AC,success,skipped' });
      expect(here.outputs['join']).toBe('AC,success,skipped');
    });
  });

  test('tries again after its delay, and says which task failed, at which attempt, and why', async () => {
    const flaky = dag('flaky', {}, (d) => {
      const once = d.task(
        'once',
        async (_: NoInputs, run) => {
          if (run.attempt === 1) throw new Error('not at first');
          return run.attempt;
        },
        { retries: 1, retryDelay: '10m' },
      );
      const never = d.task(
        'never',
        async (a: { n: number }): Promise<number> => {
          if (a.n > 0) throw new TypeError('it is no use');
          return a.n;
        },
        { retries: 2, retryDelay: '1h', retryExponentialBackoff: true },
      );
      never({ n: once() });
    });
    await inWorld([flaky], async () => {
      const startedMs = await world.env.currentTimeMs();
      const handle = await world.start(flaky);
      await world.env.sleep('4 hours');
      expect(await endOf(handle)).toBe('FAILED');
      const failure = await handle.result().catch((error: unknown) => error);
      expect((failure as WorkflowFailedError).cause?.message).toMatch(
        /^flaky .*: never failed at attempt 3: it is no use$/,
      );
      const { tasks, endedAtMs } = await view(handle);
      expect(tasks).toMatchObject([
        { id: 'once', state: 'success', attempt: 2 },
        { id: 'never', state: 'failed', attempt: 3, error: { type: 'TypeError' } },
      ]);
      const tookMinutes = Math.round((endedAtMs! - startedMs) / 60_000);
      expect(tookMinutes).toBe(10 + 60 + 120);
    });
  });

  test('a sensor waits at no event, and ends by its timeout', async () => {
    let found = false;
    const waits = dag('waits', {}, (d) => {
      const seen = d.sensor('seen', async () => found, { pokeInterval: '1m', timeout: '12h' });
      const never = d.sensor('never', async () => false, {
        pokeInterval: '1m',
        timeout: '3h',
        softFail: true,
      });
      d.task('after', async (a: { seen: boolean }) => a.seen)({ seen: seen() });
      never();
    });
    await inWorld([waits], async () => {
      const handle = await world.start(waits);
      await world.env.sleep('2 hours');
      expect(await states(handle)).toEqual({ seen: 'running', never: 'running', after: 'waiting' });
      found = true;
      await world.env.sleep('2 hours');
      expect(await endOf(handle)).toBe('COMPLETED');
      expect(await states(handle)).toEqual({ seen: 'success', never: 'skipped', after: 'success' });
      const { historyLength } = await handle.describe();
      expect(historyLength).toBeLessThan(40);
    });
  });

  test('a body that takes too long fails its attempt', async () => {
    const slow = dag('slow', {}, (d) => {
      d.task(
        'sleeps',
        (_: NoInputs, run) =>
          new Promise<void>((_resolve, reject) => {
            const signal = run.signal;
            signal.addEventListener('abort', () => {
              done.push('aborted');
              reject(new Error('aborted'));
            });
          }),
        { executionTimeout: '300ms' },
      )();
    });
    await inWorld([slow], async () => {
      done.length = 0;
      const handle = await world.start(slow);
      expect(await endOf(handle)).toBe('FAILED');
      const [task] = (await view(handle)).tasks;
      expect(task?.error).toEqual({
        message: 'It took longer than 300 ms.',
        type: 'ExecutionTimeout',
      });
      expect(done).toEqual(['aborted']);
    });
  });

  test('local tasks, outputs that are large, and callbacks that fail', async () => {
    const many = dag(
      'many',
      {
        onSuccess: async () => {
          done.push('run succeeded');
          throw new Error('nobody minds');
        },
      },
      (d) => {
        const local = { local: true } as const;
        const list = d.task(
          'list',
          async () => Array.from({ length: 200 }, (_, n) => ({ n, pad: 'x'.repeat(100) })),
          local,
        );
        const item = d.task('item', async (a: { of: { n: number; pad: string } }) => a.of.n, local);
        const sum = d.task(
          'sum',
          async (a: { all: number[] }) => a.all.reduce((x, y) => x + y, 0),
          local,
        );
        sum({ all: item.map({ of: list() }, { maxActive: 50 }) });
      },
    );
    await inWorld([many], async () => {
      done.length = 0;
      const handle = await world.start(many);
      expect(await endOf(handle)).toBe('COMPLETED');
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      expect(carried.state.tasks.flat().map(({ output }) => output)).toEqual([
        {
          ref: expect.stringMatching(/^results\/many\/.*\/list\/1-[0-9a-f]{16}\.json$/),
          length: 200,
        },
        undefined,
        { value: 19_900 },
      ]);
      expect(done).toEqual(['run succeeded']);
      const { historyLength } = await handle.describe();
      process.stdout.write(`202 local tasks: ${historyLength} events\n`);
      expect(historyLength).toBeLessThan(260);
    });
  });

  test('1,200 mapped items go by shards, order and outputs kept', async () => {
    const wide = dag('wide', {}, (d) => {
      const list = d.task('list', async () => Array.from({ length: 1_200 }, (_, n) => n));
      const item = d.task('item', async (a: { n: number }, run) => {
        if (a.n === 700) run.skip('no 700');
        return { n: a.n, square: a.n * a.n };
      });
      const check = d.task(
        'check',
        async (a: { all: Outcome<{ n: number; square: number }[]> }) => {
          if (a.all.state !== 'success') return a.all.state;
          const wanted = Array.from({ length: 1_200 }, (_, n) => n).filter((n) => n !== 700);
          const isInOrder = a.all.value.every(
            ({ n, square }, at) => n === wanted[at] && square === n * n,
          );
          return { isInOrder, count: a.all.value.length };
        },
        { triggerRule: 'none_failed' },
      );
      check({ all: item.map({ n: list() }, { maxActive: 100 }) });
    });
    await inWorld([wide], async () => {
      const handle = await world.start(wide);
      expect(await endOf(handle)).toBe('COMPLETED');
      const { carried } = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      const check = carried.state.tasks.flat().at(-1);
      expect(check?.output).toEqual({ value: { isInOrder: true, count: 1_199 } });
      const { historyLength } = await handle.describe();
      expect(historyLength).toBeLessThan(60);
    });
  });
});

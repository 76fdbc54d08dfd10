/** Owns what people do to runs of DAGs: clear, mark, retry, cancel, also after the end. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { dag, type NoInputs } from '../../src/dag/index.js';
import { RunMessage } from '../../src/scheduling/dag-names.js';
import type { DagRunSnapshot, DagRunView } from '../../src/scheduling/dag-run-input.js';
import { planReopening } from '../../src/temporal/dag-runs.js';
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

describe('operating a run', () => {
  const world1 = () => {
    let isBroken = true;
    const mended = dag('mended', {}, (d) => {
      const first = d.task('first', async (_: NoInputs, run) => {
        done.push(`first ${run.attempt}`);
        return 1;
      });
      const second = d.task('second', async (a: { n: number }, run) => {
        done.push(`second ${run.attempt}`);
        if (isBroken) throw new Error('broken');
        return a.n + 1;
      });
      const third = d.task('third', async (a: { n: number }) => a.n + 1);
      third({ n: second({ n: first() }) });
    });
    return {
      mended,
      mend: () => {
        isBroken = false;
      },
    };
  };

  test('a failed run that is opened again reuses what succeeded', async () => {
    const { mended, mend } = world1();
    await inWorld([mended], async () => {
      done.length = 0;
      const handle = await world.start(mended);
      expect(await endOf(handle)).toBe('FAILED');
      const snapshot = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      mend();
      const again = await world.env.client.workflow.start('dagRun', {
        workflowId: handle.workflowId,
        taskQueue: 'test-dags',
        args: [
          { ...snapshot, carried: { ...snapshot.carried, operation: { type: 'retryFailed' } } },
        ],
      });
      expect(await endOf(again as unknown as RunHandle)).toBe('COMPLETED');
      expect(done).toEqual(['first 1', 'second 1', 'second 2']);
    });
  });

  test('updates are checked: a wrong one says so and changes nothing', async () => {
    const wait = dag('wait', {}, (d) => {
      d.sensor('seen', async () => false, { pokeInterval: '1m', timeout: '1h' })();
    });
    await inWorld([wait], async () => {
      const handle = await world.start(wait);
      const refused = await handle
        .executeUpdate(RunMessage.operate, { args: [{ type: 'clear', tasks: ['sene'] }] })
        .catch((error: unknown) => error as Error & { cause?: Error });
      expect((refused as { cause?: Error }).cause?.message).toBe(
        "DAG 'wait' has no task 'sene'; it has seen.",
      );
      await handle.executeUpdate(RunMessage.operate, {
        args: [{ type: 'mark', task: 'seen', as: 'success', output: { value: true } }],
      });
      expect(await endOf(handle)).toBe('COMPLETED');
    });
  });

  test.each(['update', 'Temporal'])(
    'cancelled by %s: teardowns still run',
    async (by) => {
      const torn = dag('torn', {}, (d) => {
        const up = d.setup('up', async () => 'up')();
        const work = d.task(
          'work',
          (_: NoInputs, run) =>
            new Promise<void>((_resolve, reject) => {
              done.push('working');
              run.signal.addEventListener('abort', () => {
                reject(new Error('aborted'));
              });
            }),
        )();
        const down = d.teardown('down', async () => void done.push('down'), { setups: up })();
        up.before(work);
        work.before(down);
      });
      await inWorld([torn], async () => {
        done.length = 0;
        const handle = await world.start(torn);
        while (done.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
        if (by === 'Temporal') await handle.cancel();
        else await handle.executeUpdate(RunMessage.operate, { args: [{ type: 'cancel' }] });
        expect(await endOf(handle)).toBe(by === 'Temporal' ? 'CANCELLED' : 'FAILED');
        expect(done).toEqual(['working', 'down']);
        expect(await states(handle)).toEqual({ up: 'success', work: 'failed', down: 'success' });
      });
    },
    60_000,
  );

  /** Bodies wait for it. */
  const gate = (): { readonly opened: Promise<void>; open: () => void } => {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { opened, open };
  };
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  test('a run that was terminated and opened again goes on with what was in hand', async () => {
    const { opened, open } = gate();
    const ended = dag('ended', {}, (d) => {
      const quick = d.task('quick', async (_: NoInputs, run) => done.push(`quick ${run.attempt}`));
      const slow = d.task('slow', async () => {
        done.push('slow');
        await opened;
        return 1;
      });
      quick();
      slow();
    });
    await inWorld([ended], async () => {
      done.length = 0;
      const handle = await world.start(ended);
      await until(() => done.length === 2);
      await handle.terminate();
      const snapshot = await handle.query<DagRunSnapshot>(RunMessage.snapshot);
      open();
      const again = await world.env.client.workflow.start('dagRun', {
        workflowId: handle.workflowId,
        taskQueue: 'test-dags',
        args: [planReopening(snapshot, { type: 'clear', tasks: ['quick'] })],
      });
      expect(await endOf(again as unknown as RunHandle)).toBe('COMPLETED');
      expect(done.toSorted()).toEqual(['quick 1', 'quick 2', 'slow', 'slow']);
    });
  });

  test('a large map can be cleared while its shards run', async () => {
    const { opened, open } = gate();
    const large = dag('large', {}, (d) => {
      const list = d.task('list', async () => Array.from({ length: 600 }, (_, n) => n));
      const item = d.task('item', async (a: { n: number }) => {
        done.push(String(a.n));
        if (a.n === 5) await opened;
        return a.n;
      });
      item.map({ n: list() });
    });
    await inWorld([large], async () => {
      done.length = 0;
      const handle = await world.start(large);
      await until(() => done.length > 30);
      await handle.executeUpdate(RunMessage.operate, {
        args: [{ type: 'clear', tasks: ['item'] }],
      });
      open();
      expect(await endOf(handle)).toBe('COMPLETED');
      const [, item] = (await view(handle)).tasks;
      expect(item?.items).toMatchObject({ count: 600, success: 600 });
    });
  });
});

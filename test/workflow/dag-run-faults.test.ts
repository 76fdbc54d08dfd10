/** Owns what befalls bodies from outside: a worker that goes, errors too large, no worker, late clocks. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { dag, type NoInputs } from '../../src/dag/index.js';
import { RunMessage } from '../../src/scheduling/dag-names.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import { endOf, startDagWorld, type DagWorld, type RunHandle } from '../support/dag-world.js';
import { startDevServer } from '../support/dev-server.js';
import { until } from '../support/until.js';

let world: DagWorld;
afterEach(async () => {
  await world.close();
});

const view = (handle: RunHandle): Promise<DagRunView> => handle.query<DagRunView>(RunMessage.view);

test('a worker that shuts down in the middle of a body costs no attempt', async () => {
  const attempts: number[] = [];
  const moved = dag('moved', {}, (d) => {
    d.task('work', (_: NoInputs, run) => {
      attempts.push(run.attempt);
      if (attempts.length > 1) return Promise.resolve('done');
      return new Promise<string>((_resolve, reject) => {
        run.signal.addEventListener('abort', () => {
          reject(new Error('interrupted'));
        });
      });
    })();
  });
  // The time-skipping server leaves a run with the worker that it was with.
  world = await startDagWorld([moved], startDevServer);
  const handle = await world.withWorker(async () => {
    const started = await world.start(moved);
    await until(() => Promise.resolve(attempts.length === 1));
    return started;
  });
  await world.withWorker(async () => {
    expect(await endOf(handle)).toBe('COMPLETED');
    expect(attempts).toEqual([1, 1]);
    expect((await view(handle)).tasks).toMatchObject([{ id: 'work', attempt: 1 }]);
  });
});

describe('what a body says at length', () => {
  const LONG = 'x'.repeat(2_000_000);

  test.each(['activity', 'local'])(
    'is cut, and the history stays small: %s',
    async (kind) => {
      const local = kind === 'local';
      const wordy = dag(
        'wordy',
        {
          onFailure: async () => {
            throw new Error(LONG);
          },
        },
        (d) => {
          const broken = async (): Promise<void> => {
            throw new TypeError(LONG);
          };
          d.task('broken', broken, { local, retries: 1, retryDelay: '1s' })();
          d.task('skipped', (_: NoInputs, run) => run.skip(LONG), { local })();
        },
      );
      world = await startDagWorld([wordy]);
      await world.withWorker(async () => {
        const handle = await world.start(wordy);
        expect(await endOf(handle)).toBe('FAILED');
        const [broken, skipped] = (await view(handle)).tasks;
        expect(skipped).toMatchObject({ state: 'skipped' });
        expect(broken).toMatchObject({ attempt: 2, error: { type: 'TypeError' } });
        expect(broken?.error?.message).toMatch(/^x{1000}… \(2000000 characters\)$/);
        const history = JSON.stringify(await handle.fetchHistory());
        expect(history.length).toBeLessThan(200_000);
      });
    },
    60_000,
  );
});

describe('a sensor', () => {
  test('whose body no worker knows ends by its own timeout', async () => {
    const strange = dag('strange', {}, (d) => {
      const patience = { pokeInterval: '1m', timeout: '1m', executionTimeout: '1m' } as const;
      d.sensor('hard', async () => true, patience)();
      d.sensor('soft', async () => true, { ...patience, softFail: true })();
    });
    world = await startDagWorld([]);
    await world.withWorker(async () => {
      const handle = await world.start(strange);
      await world.env.sleep('1 hour');
      expect(await endOf(handle)).toBe('FAILED');
      expect((await view(handle)).tasks).toMatchObject([
        { id: 'hard', state: 'failed', attempt: 1, error: { type: 'SensorTimeout' } },
        { id: 'soft', state: 'skipped' },
      ]);
    });
  });

  test('that begins when the run knows a time long past has its whole time all the same', async () => {
    let looks = 0;
    const late = dag('late', {}, (d) => {
      const gate = d.sensor('gate', async () => false, { pokeInterval: '10m', timeout: '24h' })();
      const look = async (): Promise<boolean> => {
        looks += 1;
        return false;
      };
      d.sensor('after', look, { pokeInterval: '10m', timeout: '1h' })().after(gate);
    });
    world = await startDagWorld([late]);
    await world.withWorker(async () => {
      const handle = await world.start(late);
      // Nothing happens meanwhile that would tell the run the time, nor does who marks the task.
      await world.env.sleep('3 hours');
      await handle.executeUpdate(RunMessage.operate, {
        args: [{ type: 'mark', task: 'gate', as: 'success', output: { value: true } }],
      });
      await world.env.sleep('45 minutes');
      expect((await view(handle)).tasks[1]).toMatchObject({ state: 'running' });
      expect(looks).toBeGreaterThan(3);
      await world.env.sleep('45 minutes');
      expect(await endOf(handle)).toBe('FAILED');
      expect((await view(handle)).tasks[1]?.error).toMatchObject({ type: 'SensorTimeout' });
    });
  });
});

/** Owns a scheduler with real runs under it: real bodies, failures, a cleared task, the past. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { dag, every } from '../../src/dag/index.js';
import { instantOfMillis } from '../../src/core/instant.js';
import {
  runWorkflowIdOf,
  RunMessage,
  schedulerIdOf,
  SchedulerMessage,
} from '../../src/scheduling/dag-names.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import type { SchedulerView } from '../../src/scheduling/dag-scheduler-input.js';
import { deployDag } from '../../src/temporal/dag-schedulers.js';
import { deployedDagOf } from '../../src/temporal/deploy-dags.js';
import type { dagScheduler } from '../../workflows/dag-scheduler.js';
import { startDagWorld, type DagWorld } from '../support/dag-world.js';
import { until } from '../support/until.js';

/** Days on which `load` fails, while it does. */
const broken = new Set<string>();
const loaded: string[] = [];
const startDate = '2026-01-01T00:00:00Z';
const daily = dag(
  'daily',
  {
    schedule: every('1d'),
    startDate,
    endDate: '2026-01-06T00:00:00Z',
    catchup: true,
    maxActiveRuns: 3,
  },
  (d) => {
    const load = d.task(
      'load',
      async (_: object, run) => {
        const day = run.dataInterval.start;
        if (broken.has(day)) throw new Error(`no data of ${day}`);
        loaded.push(day);
        return 1;
      },
      { dependsOnPast: true },
    );
    const report = d.task('report', async (input: { rows: number }) => input.rows);
    report({ rows: load({}) });
  },
);

let world: DagWorld;
beforeAll(async () => {
  world = await startDagWorld([daily]);
}, 600_000);
afterAll(async () => {
  await world.close();
});

test('a failed day holds the days after it until it is cleared', async () => {
  const days = [1, 2, 3, 4, 5, 6].map((day) => `2026-01-0${day}T00:00:00Z`);
  broken.add(days[1]!);
  await world.withWorker(async () => {
    const { client } = world.env;
    const now = instantOfMillis(await world.env.currentTimeMs());
    await deployDag(client, deployedDagOf(daily, now), 'test');
    const scheduler = client.workflow.getHandle<typeof dagScheduler>(schedulerIdOf('daily'));
    const view = (): Promise<SchedulerView> => scheduler.query(SchedulerMessage.view);
    const runView = (day: string): Promise<DagRunView> =>
      client.workflow.getHandle(runWorkflowIdOf('daily', day)).query(RunMessage.view);

    await until(async () => (await view()).ended.some(({ runId }) => runId === days[1]));
    const { ended, active } = await view();
    expect(ended.map(({ runId, status }) => [runId, status])).toEqual([
      [days[1], 'failed'],
      [days[0], 'success'],
    ]);
    expect(ended[0]?.failed?.[0]?.message).toMatch(/no data of 2026-01-02/);
    await until(
      async () => (await view()).active.filter(({ status }) => status === 'running').length === 3,
    );
    expect(active.map(({ runId }) => runId)).toEqual(days.slice(2, 2 + active.length));
    expect(loaded).toEqual([days[0]]);
    expect((await runView(days[2]!)).tasks[0]).toMatchObject({ id: 'load', state: 'waiting' });

    // The day is mended and run again: the days that wait for it are told, each in its turn.
    broken.clear();
    await scheduler.executeUpdate(SchedulerMessage.backfill, {
      args: [
        {
          from: days[1],
          to: days[2],
          scope: 'failed',
          maxActiveRuns: 1,
          backwards: false,
          dryRun: false,
          at: now,
        },
      ],
    });
    await until(async () => (await view()).ended.length === days.length);
    expect(loaded).toEqual(days);
    expect((await view()).ended.every(({ status }) => status === 'success')).toBe(true);
    expect((await view()).next).toBeUndefined();
    await scheduler.terminate();
  });
});

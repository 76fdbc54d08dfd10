/** Owns a DAG's scheduler on the time-skipping server, over runs that do as they are told. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  ApplicationFailure,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createSchedulerActivities } from '../../activities/dag/create-scheduler-activities.js';
import {
  addSeconds,
  instantOfMillis,
  secondsBetween,
  type Instant,
} from '../../src/core/instant.js';
import { asset, assets, cron, dag, every, manual, type Schedule } from '../../src/dag/index.js';
import type { DagGraph } from '../../src/dag/graph.js';
import {
  dagTaskQueueOf,
  runWorkflowIdOf,
  schedulerIdOf,
  SchedulerMessage,
} from '../../src/scheduling/dag-names.js';
import type {
  BackfillPlan,
  BackfillRequest,
  SchedulerView,
  Triggered,
  TriggerRequest,
} from '../../src/scheduling/dag-scheduler-input.js';
import { deployDag } from '../../src/temporal/dag-schedulers.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import type { dagScheduler } from '../../workflows/dag-scheduler.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';
import { startTimeSkippingServer } from '../support/time-skipping-server.js';
import { until } from '../support/until.js';
import { runsOf } from '../support/workflow-runs.js';
import { finishSignal, inputQuery, type dagRun, type RunScript } from './fixtures/scheduled-run.js';

type Scheduler = WorkflowHandle<typeof dagScheduler>;
type Run = WorkflowHandle<typeof dagRun>;

const TASK_QUEUE = 'schedulers';
const DAG = 'reports';
let env: TestWorkflowEnvironment;
let workflowBundle: WorkflowBundle;
beforeAll(async () => {
  quietRuntime();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('fixtures/scheduled-run.ts', import.meta.url)),
    logger: quietLogger,
  });
}, 600_000);
// A server a test: what one does to its clock, the next does not see.
beforeEach(async () => {
  env = await startTimeSkippingServer();
  lateBySeconds = 0;
}, 600_000);
afterEach(async () => {
  await env.teardown();
});

/** How far the clock is ahead of the server, as after an outage. */
let lateBySeconds = 0;
const now = async (): Promise<Instant> =>
  addSeconds(instantOfMillis(await env.currentTimeMs()), lateBySeconds);

async function withWorker(run: () => Promise<void>): Promise<void> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    workflowBundle,
    activities: createSchedulerActivities(now),
    interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
  });
  await worker.runUntil(run);
}

interface Settings {
  readonly schedule: Schedule;
  readonly startDate?: string;
  readonly catchup?: boolean;
  readonly maxActiveRuns?: number;
  readonly dependsOnPast?: boolean;
  readonly script?: RunScript;
}

let deploys = 0;
async function deploy(settings: Settings): Promise<Scheduler> {
  const { script = { seconds: 300 }, dependsOnPast = false, ...options } = settings;
  const { graph } = dag(DAG, options, (d) => {
    d.task('copy', async () => 1, { dependsOnPast })();
  });
  deploys += 1;
  await deployDag(
    env.client,
    {
      graph: graph satisfies DagGraph,
      graphHash: `${deploys}`,
      defaultParams: { ...script },
      at: await now(),
    },
    TASK_QUEUE,
  );
  return env.client.workflow.getHandle<typeof dagScheduler>(schedulerIdOf(DAG));
}

const viewOf = (scheduler: Scheduler): Promise<SchedulerView> =>
  scheduler.query<SchedulerView>(SchedulerMessage.view);
const runOf = (runId: string): Run =>
  env.client.workflow.getHandle<typeof dagRun>(runWorkflowIdOf(DAG, runId));
const inputOf = (runId: string) => runOf(runId).query(inputQuery);

/** The view once `holds` is true of it. */
async function seen(scheduler: Scheduler, holds: (view: SchedulerView) => boolean) {
  await until(async () => holds(await viewOf(scheduler)));
  return viewOf(scheduler);
}

async function trigger(scheduler: Scheduler, request: Partial<TriggerRequest> = {}) {
  return scheduler.executeUpdate<Triggered, [TriggerRequest]>(SchedulerMessage.trigger, {
    args: [{ at: await now(), ...request }],
  });
}

async function backfill(scheduler: Scheduler, request: Partial<BackfillRequest>) {
  return scheduler.executeUpdate<BackfillPlan, [BackfillRequest]>(SchedulerMessage.backfill, {
    args: [
      {
        from: '2026-01-01T00:00:00Z' as Instant,
        to: '2026-01-05T00:00:00Z' as Instant,
        scope: 'missing',
        maxActiveRuns: 2,
        backwards: false,
        dryRun: false,
        at: await now(),
        ...request,
      },
    ],
  });
}

/** A scheduler has no end: it is ended by force, before the server's clock may run away. */
const end = (scheduler: Scheduler) => scheduler.terminate('the test is over');
const idsOf = (runs: SchedulerView['active']): string[] => runs.map(({ runId }) => runId);
const finish = (runId: string, as: 'success' | 'failed' = 'success') =>
  runOf(runId).signal(finishSignal, as);

describe('a schedule', () => {
  test('a year of daily runs: each day once, days of 23 and 25 hours among them', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: cron('0 6 * * *', { timezone: 'Europe/Paris' }) });
      const [{ runId: firstRunId }] = [await scheduler.describe()];
      const started = new Set<string>();
      const hours = new Set<number>();
      for (let days = 0; days < 370; days += 10) {
        await env.sleep('10 days');
        const { ended } = await viewOf(scheduler);
        for (const { runId, dataInterval } of ended) {
          started.add(runId);
          const { start, end: last } = dataInterval;
          hours.add((Date.parse(last) - Date.parse(start)) / 3_600_000);
        }
      }
      const events = (await runsOf(env.client, schedulerIdOf(DAG), firstRunId)).map(
        (e) => e.length,
      );
      const total = events.reduce((sum, count) => sum + count, 0);
      process.stdout.write(
        `a year of daily runs: ${started.size} runs, ${total} events in ${events.length} executions, ${(total / started.size).toFixed(1)} a run\n`,
      );
      const times = [...started].sort().map((runId) => Date.parse(runId));
      times.slice(1).forEach((time, at) => {
        expect([23, 24, 25]).toContain((time - times[at]!) / 3_600_000);
      });
      expect(started.size).toBeGreaterThanOrEqual(370);
      expect([...hours].sort()).toEqual([23, 24, 25]);
      expect(Math.max(...events)).toBeLessThan(4_100);
      await end(scheduler);
    });
  }, 300_000);

  test('catchup runs every interval since the start date, oldest first, within maxActiveRuns', async () => {
    await withWorker(async () => {
      const startDate = addSeconds(await now(), -10 * 86_400);
      const scheduler = await deploy({
        schedule: every('1d'),
        startDate,
        catchup: true,
        maxActiveRuns: 2,
        script: {},
      });
      const view = await seen(scheduler, ({ active }) => active.length === 3);
      expect(view.active.map(({ status }) => status)).toEqual(['running', 'running', 'queued']);
      const begun: string[] = [];
      for (let runs = 0; runs < 6; runs += 1) {
        const { active } = await seen(
          scheduler,
          (one) => one.active.filter(({ status }) => status === 'running').length === 2,
        );
        begun.push(active[0]!.runId);
        await finish(active[0]!.runId);
        await seen(scheduler, ({ ended }) => ended.length === runs + 1);
      }
      expect(begun).toEqual([...begun].sort());
      expect(new Set(begun).size).toBe(6);
      await end(scheduler);
    });
  }, 120_000);

  test('woken days late, with catchup off, it runs the latest interval alone', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: every('1d') });
      await env.sleep('2 days');
      const before = await viewOf(scheduler);
      // The test server would not let time pass without a worker: the clock leaps instead.
      lateBySeconds = 10 * 86_400;
      await env.sleep('1 day');
      const after = await viewOf(scheduler);
      expect(after.ended).toHaveLength(before.ended.length + 1);
      const [late, last] = after.ended;
      expect(secondsBetween(last!.dataInterval.end, late!.dataInterval.end)).toBe(11 * 86_400);
      await env.sleep('1 day');
      const [next] = (await viewOf(scheduler)).ended;
      expect(next!.dataInterval.start).toBe(late!.dataInterval.end);
      await end(scheduler);
    });
  }, 60_000);

  test('a new schedule wakes the scheduler; the same graph again changes nothing', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: manual() });
      expect((await seen(scheduler, () => true)).next).toBeUndefined();
      await deploy({ schedule: every('1h') });
      const { next } = await seen(scheduler, (view) => view.next !== undefined);
      await env.sleep('65 minutes');
      expect(
        (await viewOf(scheduler)).ended.map(({ dataInterval }) => dataInterval),
      ).toContainEqual(next);
      await end(scheduler);
    });
  }, 60_000);
});

describe('runs asked for by hand', () => {
  test('queue behind maxActiveRuns and while paused; a bad request is refused with a way out', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: manual(), maxActiveRuns: 1, script: {} });
      await expect(trigger(scheduler, { runId: 'a' })).resolves.toMatchObject({ queued: false });
      await expect(trigger(scheduler, { runId: 'b' })).resolves.toMatchObject({ queued: true });
      const refused = await trigger(scheduler, { runId: 'b' }).catch((error: unknown) => error);
      const { cause } = refused as WorkflowUpdateFailedError;
      expect(cause?.message).toBe("reports has a run 'b' already.");
      expect((cause as ApplicationFailure).details).toEqual([
        { hint: 'Clear its tasks to run it again, or choose another run id.' },
      ]);
      await scheduler.executeUpdate(SchedulerMessage.pause);
      await finish('a', 'failed');
      const waiting = await seen(scheduler, ({ ended }) => ended.length === 1);
      expect(waiting.ended[0]).toMatchObject({ status: 'failed', failed: [{ name: 'copy[3]' }] });
      expect(waiting.active).toMatchObject([{ runId: 'b', status: 'queued' }]);
      await scheduler.executeUpdate(SchedulerMessage.unpause);
      await seen(scheduler, ({ active }) => active[0]?.status === 'running');
      await end(scheduler);
    });
  }, 60_000);

  test('a run that ends without a word frees its place', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: manual(), maxActiveRuns: 1 });
      await trigger(scheduler, { runId: 'a', params: { seconds: 1, silent: true } });
      await trigger(scheduler, {
        runId: 'b',
        params: { seconds: 1, silent: true, ends: 'failed' },
      });
      await env.sleep('1 minute');
      const { ended } = await viewOf(scheduler);
      expect(ended.map(({ runId, status }) => [runId, status])).toEqual([
        ['b', 'failed'],
        ['a', 'success'],
      ]);
      await end(scheduler);
    });
  }, 60_000);
});

describe('a backfill', () => {
  test('fills what is missing within its own limit, and runs again what is asked to be', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({
        schedule: every('1d'),
        maxActiveRuns: 1,
        script: { seconds: 600 },
      });
      await env.sleep('2 hours');
      const dry = await backfill(scheduler, { dryRun: true });
      expect(dry).toMatchObject({ total: 4, leftOut: [] });
      expect(dry.backfillId).toBeUndefined();
      await backfill(scheduler, { backwards: true });
      const { active } = await seen(scheduler, (view) => view.active.length === 2);
      expect(idsOf(active)).toEqual(['2026-01-04T00:00:00Z', '2026-01-03T00:00:00Z']);
      await env.sleep('2 hours');
      const { backfills } = await viewOf(scheduler);
      expect(backfills).toMatchObject([{ waiting: 0, active: 0, done: 4 }]);
      const again = await backfill(scheduler, {});
      expect(again).toMatchObject({ total: 0, leftOutTotal: 4 });
      await backfill(scheduler, { scope: 'all', to: '2026-01-02T00:00:00Z' as Instant });
      await env.sleep('1 hour');
      const { runId } = await runOf('2026-01-01T00:00:00Z').describe();
      const { ended, backfills: both } = await viewOf(scheduler);
      expect(both).toMatchObject([{ done: 4 }, { done: 1 }]);
      expect(ended[0]).toMatchObject({ runId: '2026-01-01T00:00:00Z', runType: 'backfill' });
      expect(runId).toBeTruthy();
      await end(scheduler);
    });
  }, 60_000);

  test('a scheduler that lost its memory runs no interval again, and sees what is there', async () => {
    await withWorker(async () => {
      const settings: Settings = {
        schedule: every('1d'),
        startDate: addSeconds(await now(), -5 * 86_400),
        catchup: true,
        maxActiveRuns: 3,
      };
      const first = await deploy(settings);
      await env.sleep('1 hour');
      const { ended } = await viewOf(first);
      expect(ended.length).toBeGreaterThanOrEqual(4);
      const executions = await Promise.all(
        idsOf(ended).map(async (runId) => (await runOf(runId).describe()).runId),
      );
      await end(first);
      const intervals = idsOf(ended).sort();
      const second = await deploy(settings);
      await env.sleep('2 hours');
      const again = await viewOf(second);
      expect(idsOf(again.ended).sort()).toEqual(idsOf(ended).sort());
      const executionsNow = await Promise.all(
        idsOf(ended).map(async (runId) => (await runOf(runId).describe()).runId),
      );
      expect(executionsNow).toEqual(executions);
      const plan = await backfill(second, {
        from: intervals.at(0) as Instant,
        to: addSeconds(intervals.at(-1) as Instant, 86_400),
        dryRun: true,
      });
      expect(plan).toMatchObject({ total: 0, leftOutTotal: ended.length });
      await end(second);
    });
  }, 60_000);

  test('too many intervals are refused with the reason', async () => {
    await withWorker(async () => {
      const scheduler = await deploy({ schedule: every('1m') });
      const refused = await backfill(scheduler, {})
        .then(
          () => backfill(scheduler, { to: '2026-03-01T00:00:00Z' as Instant, dryRun: true }),
          (error: unknown) => error,
        )
        .catch((error: unknown) => error);
      expect((refused as WorkflowUpdateFailedError).cause?.message).toMatch(/more than 10000/);
      await end(scheduler);
    });
  }, 120_000);
});

test('a run that depends on the past is told how the run before ends', async () => {
  await withWorker(async () => {
    const scheduler = await deploy({
      schedule: every('1d'),
      startDate: addSeconds(await now(), -4 * 86_400),
      catchup: true,
      maxActiveRuns: 2,
      dependsOnPast: true,
      script: {},
    });
    const { active } = await seen(scheduler, (view) => view.active.length >= 2);
    const [one, two] = idsOf(active) as [string, string];
    await until(async () => (await inputOf(two).catch(() => undefined)) !== undefined);
    expect((await inputOf(one)).input.previous).toBeUndefined();
    expect((await inputOf(two)).input.previous).toEqual({ copy: 'waiting' });
    await finish(one, 'failed');
    await until(async () => (await inputOf(two)).pasts.length === 1);
    expect((await inputOf(two)).pasts).toEqual([{ copy: 'failed' }]);
    await end(scheduler);
  });
}, 60_000);

test('updates of an asset make a run, and those that come meanwhile the next one', async () => {
  await withWorker(async () => {
    const scheduler = await deploy({ schedule: assets(asset('prices')), script: {} });
    const update = (key: string, at: string, extra?: unknown) =>
      scheduler.signal(SchedulerMessage.assetUpdated, {
        key,
        event: { asset: 'prices', at, ...(extra === undefined ? {} : { extra }) },
      });
    await update('a', '2026-01-01T00:20:00Z', {
      from: '2026-01-01T00:00:00Z',
      to: '2026-01-01T00:15:00Z',
    });
    const { active } = await seen(scheduler, (view) => view.active.length === 1);
    expect(active).toMatchObject([
      {
        runType: 'asset',
        dataInterval: { start: '2026-01-01T00:00:00Z', end: '2026-01-01T00:15:00Z' },
      },
    ]);
    await update('a', '2026-01-01T00:20:00Z');
    await update('b', '2026-01-01T01:00:00Z');
    await update('c', '2026-01-01T02:00:00Z');
    await seen(scheduler, ({ assetEvents }) => assetEvents.length === 2);
    await finish(active[0]!.runId);
    const next = await seen(
      scheduler,
      (view) => view.active[0]?.runId !== active[0]!.runId && view.active.length === 1,
    );
    expect(next.assetEvents).toEqual([]);
    await until(async () => (await inputOf(next.active[0]!.runId)).input.runType === 'asset');
    const { input } = await inputOf(next.active[0]!.runId);
    expect(input.run.assetEvents.map(({ at }) => at)).toEqual([
      '2026-01-01T01:00:00Z',
      '2026-01-01T02:00:00Z',
    ]);
    await end(scheduler);
  });
}, 60_000);

test('a scheduler with nothing to do writes no history', async () => {
  await withWorker(async () => {
    const scheduler = await deploy({ schedule: manual() });
    await seen(scheduler, () => true);
    const before = (await scheduler.fetchHistory()).events?.length;
    await env.sleep('30 days');
    expect((await scheduler.fetchHistory()).events).toHaveLength(before!);
    await end(scheduler);
  });
}, 60_000);

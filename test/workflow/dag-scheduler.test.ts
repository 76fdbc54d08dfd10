/** Owns a DAG's scheduler on the time-skipping server, over runs that do as they are told. */
import { describe, expect, test } from '@jest/globals';
import type { ApplicationFailure, WorkflowUpdateFailedError } from '@temporalio/client';
import { addSeconds, secondsBetween } from '../../src/core/instant.js';
import { asset, assets, cron, every, manual } from '../../src/dag/index.js';
import { schedulerIdOf, SchedulerMessage } from '../../src/scheduling/dag-names.js';
import { end, idsOf, SchedulerWorld, seen, viewOf } from '../support/scheduler-world.js';
import { until } from '../support/until.js';
import { runsOf } from '../support/workflow-runs.js';

const world = new SchedulerWorld();

describe('a schedule', () => {
  test('a year of daily runs: each day once, days of 23 and 25 hours among them', async () => {
    await world.withWorker(async () => {
      const scheduler = await world.deploy({
        schedule: cron('0 6 * * *', { timezone: 'Europe/Paris' }),
      });
      const { runId: firstRunId } = await scheduler.describe();
      const started = new Set<string>();
      const hours = new Set<number>();
      for (let days = 0; days < 370; days += 10) {
        await world.env.sleep('10 days');
        const { ended } = await viewOf(scheduler);
        for (const { runId, dataInterval } of ended) {
          started.add(runId);
          const { start, end: last } = dataInterval;
          hours.add((Date.parse(last) - Date.parse(start)) / 3_600_000);
        }
      }
      const events = (await runsOf(world.env.client, schedulerIdOf('reports'), firstRunId)).map(
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
    await world.withWorker(async () => {
      const startDate = addSeconds(await world.now(), -10 * 86_400);
      const scheduler = await world.deploy({
        schedule: every('1d'),
        startDate,
        catchup: true,
        maxActiveRuns: 2,
        params: {},
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
        await world.finish(active[0]!.runId);
        await seen(scheduler, ({ ended }) => ended.length === runs + 1);
      }
      expect(begun).toEqual([...begun].sort());
      expect(new Set(begun).size).toBe(6);
      await end(scheduler);
    });
  });

  test('woken days late, with catchup off, it runs the latest interval alone', async () => {
    await world.withWorker(async () => {
      const scheduler = await world.deploy({ schedule: every('1d') });
      await world.env.sleep('2 days');
      const before = await viewOf(scheduler);
      // The test server would not let time pass without a worker: the clock leaps instead.
      world.lateBySeconds = 10 * 86_400;
      await world.env.sleep('1 day');
      const after = await viewOf(scheduler);
      expect(after.ended).toHaveLength(before.ended.length + 1);
      const [late, last] = after.ended;
      expect(secondsBetween(last!.dataInterval.end, late!.dataInterval.end)).toBe(11 * 86_400);
      await world.env.sleep('1 day');
      const [next] = (await viewOf(scheduler)).ended;
      expect(next!.dataInterval.start).toBe(late!.dataInterval.end);
      await end(scheduler);
    });
  });

  test('a new schedule wakes the scheduler; the same graph again changes nothing', async () => {
    await world.withWorker(async () => {
      const scheduler = await world.deploy({ schedule: manual() });
      expect((await seen(scheduler, () => true)).next).toBeUndefined();
      await world.deploy({ schedule: every('1h') });
      const { next } = await seen(scheduler, (view) => view.next !== undefined);
      await world.env.sleep('70 minutes');
      expect(
        (await viewOf(scheduler)).ended.map(({ dataInterval }) => dataInterval),
      ).toContainEqual(next);
      await end(scheduler);
    });
  });
});

describe('runs asked for by hand', () => {
  test('queue behind maxActiveRuns and while paused; a bad request is refused with a way out', async () => {
    await world.withWorker(async () => {
      const scheduler = await world.deploy({ schedule: manual(), maxActiveRuns: 1, params: {} });
      await expect(world.trigger(scheduler, { runId: 'a' })).resolves.toMatchObject({
        queued: false,
      });
      await expect(world.trigger(scheduler, { runId: 'b' })).resolves.toMatchObject({
        queued: true,
      });
      const refused = await world
        .trigger(scheduler, { runId: 'b' })
        .catch((error: unknown) => error);
      const { cause } = refused as WorkflowUpdateFailedError;
      expect(cause?.message).toBe("reports has a run 'b' already.");
      expect((cause as ApplicationFailure).details).toEqual([
        { hint: 'Clear its tasks to run it again, or choose another run id.' },
      ]);
      await scheduler.executeUpdate(SchedulerMessage.pause);
      await world.finish('a', 'failed');
      const waiting = await seen(scheduler, ({ ended }) => ended.length === 1);
      expect(waiting.ended[0]).toMatchObject({ status: 'failed', failed: [{ name: 'copy[3]' }] });
      expect(waiting.active).toMatchObject([{ runId: 'b', status: 'queued' }]);
      await scheduler.executeUpdate(SchedulerMessage.unpause);
      await seen(scheduler, ({ active }) => active[0]?.status === 'running');
      await end(scheduler);
    });
  });

  test('a run that ends without a word frees its place', async () => {
    await world.withWorker(async () => {
      const scheduler = await world.deploy({ schedule: manual(), maxActiveRuns: 1 });
      await world.trigger(scheduler, { runId: 'a', params: { seconds: 1, silent: true } });
      await world.trigger(scheduler, {
        runId: 'b',
        params: { seconds: 1, silent: true, ends: 'failed' },
      });
      await world.env.sleep('1 minute');
      const { ended } = await viewOf(scheduler);
      expect(ended.map(({ runId, status }) => [runId, status])).toEqual([
        ['b', 'failed'],
        ['a', 'success'],
      ]);
      await end(scheduler);
    });
  });
});

test('a run that depends on the past is told how the run before ends', async () => {
  await world.withWorker(async () => {
    const scheduler = await world.deploy({
      schedule: every('1d'),
      startDate: addSeconds(await world.now(), -4 * 86_400),
      catchup: true,
      maxActiveRuns: 2,
      dependsOnPast: true,
      params: {},
    });
    const { active } = await seen(scheduler, (view) => view.active.length >= 2);
    const [one, two] = idsOf(active) as [string, string];
    await until(async () => (await world.inputOf(two).catch(() => undefined)) !== undefined);
    expect((await world.inputOf(one)).input.previous).toBeUndefined();
    expect((await world.inputOf(two)).input.previous).toEqual({ copy: 'waiting' });
    await world.finish(one, 'failed');
    await until(async () => (await world.inputOf(two)).pasts.length === 1);
    expect((await world.inputOf(two)).pasts).toEqual([{ copy: 'failed' }]);
    await end(scheduler);
  });
});

test('updates of an asset make a run, and those that come meanwhile the next one', async () => {
  await world.withWorker(async () => {
    const scheduler = await world.deploy({ schedule: assets(asset('prices')), params: {} });
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
    await world.finish(active[0]!.runId);
    const next = await seen(
      scheduler,
      (view) => view.active[0]?.runId !== active[0]!.runId && view.active.length === 1,
    );
    expect(next.assetEvents).toEqual([]);
    await until(async () => (await world.inputOf(next.active[0]!.runId)).input.runType === 'asset');
    const { input } = await world.inputOf(next.active[0]!.runId);
    expect(input.run.assetEvents.map(({ at }) => at)).toEqual([
      '2026-01-01T01:00:00Z',
      '2026-01-01T02:00:00Z',
    ]);
    await end(scheduler);
  });
});

test('a scheduler with nothing to do writes no history', async () => {
  await world.withWorker(async () => {
    const scheduler = await world.deploy({ schedule: manual() });
    await seen(scheduler, () => true);
    const before = (await scheduler.fetchHistory()).events?.length;
    await world.env.sleep('30 days');
    expect((await scheduler.fetchHistory()).events).toHaveLength(before!);
    await end(scheduler);
  });
});

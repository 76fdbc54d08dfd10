/** Owns backfills by a DAG's scheduler on the time-skipping server. */
import { expect, test } from '@jest/globals';
import type { WorkflowUpdateFailedError } from '@temporalio/client';
import { addSeconds, type Instant } from '../../src/core/instant.js';
import { every } from '../../src/dag/index.js';
import type { ScheduledDag } from '../support/scheduled-dag.js';
import { end, idsOf, SchedulerWorld, seen, viewOf } from '../support/scheduler-world.js';

const world = new SchedulerWorld();

test('fills what is missing within its own limit, and runs again what is asked to be', async () => {
  await world.withWorker(async () => {
    const scheduler = await world.deploy({
      schedule: every('1d'),
      maxActiveRuns: 1,
      params: { seconds: 600 },
    });
    await world.env.sleep('2 hours');
    const dry = await world.backfill(scheduler, { dryRun: true });
    expect(dry).toMatchObject({ total: 4, leftOut: [] });
    expect(dry.backfillId).toBeUndefined();
    await world.backfill(scheduler, { backwards: true });
    const { active } = await seen(scheduler, (view) => view.active.length === 2);
    expect(idsOf(active)).toEqual(['2026-01-04T00:00:00Z', '2026-01-03T00:00:00Z']);
    await world.env.sleep('2 hours');
    const { backfills } = await viewOf(scheduler);
    expect(backfills).toMatchObject([{ waiting: 0, active: 0, done: 4 }]);
    const again = await world.backfill(scheduler, {});
    expect(again).toMatchObject({ total: 0, leftOutTotal: 4 });
    await world.backfill(scheduler, { scope: 'all', to: '2026-01-02T00:00:00Z' as Instant });
    await world.env.sleep('1 hour');
    const { runId } = await world.runOf('2026-01-01T00:00:00Z').describe();
    const { ended, backfills: both } = await viewOf(scheduler);
    expect(both).toMatchObject([{ done: 4 }, { done: 1 }]);
    expect(ended[0]).toMatchObject({ runId: '2026-01-01T00:00:00Z', runType: 'backfill' });
    expect(runId).toBeTruthy();
    await end(scheduler);
  });
});

test('a scheduler that lost its memory runs no interval again, and sees what is there', async () => {
  await world.withWorker(async () => {
    const settings: ScheduledDag = {
      schedule: every('1d'),
      startDate: addSeconds(await world.now(), -5 * 86_400),
      catchup: true,
      maxActiveRuns: 3,
    };
    const first = await world.deploy(settings);
    await world.env.sleep('1 hour');
    const { ended } = await viewOf(first);
    expect(ended.length).toBeGreaterThanOrEqual(4);
    const executions = await Promise.all(
      idsOf(ended).map(async (runId) => (await world.runOf(runId).describe()).runId),
    );
    await end(first);
    const intervals = idsOf(ended).sort();
    const second = await world.deploy(settings);
    await world.env.sleep('2 hours');
    const again = await viewOf(second);
    expect(idsOf(again.ended).sort()).toEqual(idsOf(ended).sort());
    const executionsNow = await Promise.all(
      idsOf(ended).map(async (runId) => (await world.runOf(runId).describe()).runId),
    );
    expect(executionsNow).toEqual(executions);
    const plan = await world.backfill(second, {
      from: intervals.at(0) as Instant,
      to: addSeconds(intervals.at(-1) as Instant, 86_400),
      dryRun: true,
    });
    expect(plan).toMatchObject({ total: 0, leftOutTotal: ended.length });
    await end(second);
  });
});

test('too many intervals are refused with the reason', async () => {
  await world.withWorker(async () => {
    const scheduler = await world.deploy({ schedule: every('1m') });
    const refused = await world
      .backfill(scheduler, {})
      .then(
        () => world.backfill(scheduler, { to: '2026-03-01T00:00:00Z' as Instant, dryRun: true }),
        (error: unknown) => error,
      )
      .catch((error: unknown) => error);
    expect((refused as WorkflowUpdateFailedError).cause?.message).toMatch(/more than 10000/);
    await end(scheduler);
  });
});

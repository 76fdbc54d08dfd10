/** Owns the laws of schedulers over random pauses, outages, durations, deploys and requests. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addSeconds, parseInstant, type Instant } from '../../src/core/instant.js';
import { and, asset, assets, cron, every, intervalsBetween, or } from '../../src/dag/index.js';
import type { AssetEvent } from '../../src/dag/assets.js';
import { backfillIntervals, planBackfill } from '../../src/scheduling/plan-backfill.js';
import { spansOf, takeInterval } from '../../src/scheduling/backfill-spans.js';
import {
  assetUpdated,
  backfillAdded,
  deployed,
  paused,
  triggered,
  unpaused,
} from '../../src/scheduling/scheduler-events.js';
import { deployedAt, type ScheduledDag } from '../support/scheduled-dag.js';
import { SchedulerDriver, type BegunRun } from './dag-scheduler-driver.js';

const START = parseInstant('2026-03-20T00:00:00Z')!;
const HOUR = 3600;

type Step =
  | { readonly kind: 'pass' | 'outage'; readonly hours: number }
  | { readonly kind: 'pause' | 'unpause' | 'continueAsNew' | 'trigger' }
  | { readonly kind: 'finish'; readonly which: number; readonly as: 'success' | 'failed' }
  | { readonly kind: 'reopen'; readonly which: number }
  | { readonly kind: 'deploy'; readonly maxActiveRuns: number };

const hours = fc.integer({ min: 1, max: 90 });
const which = fc.nat(20);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('pass' as const), hours }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('outage' as const), hours }) },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('finish' as const),
        which,
        as: fc.constantFrom('success' as const, 'failed' as const),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom(
          'pause' as const,
          'unpause' as const,
          'continueAsNew' as const,
          'trigger' as const,
        ),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('reopen' as const), which }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('deploy' as const),
        maxActiveRuns: fc.integer({ min: 1, max: 4 }),
      }),
    },
  ),
  { minLength: 5, maxLength: 60 },
);
const schedules = fc.constantFrom(
  cron('0 6 * * *', { timezone: 'Europe/Paris' }),
  cron('30 2 * * *', { timezone: 'America/New_York' }),
  cron('0 */5 1,15 * 1'),
  every('7h'),
);

function take(driver: SchedulerDriver, settings: ScheduledDag, step: Step): void {
  switch (step.kind) {
    case 'pass':
      driver.pass(step.hours * HOUR);
      break;
    case 'outage':
      driver.outage(step.hours * HOUR);
      break;
    case 'pause':
      driver.change(paused);
      break;
    case 'unpause':
      driver.change(unpaused);
      break;
    case 'continueAsNew':
      driver.continueAsNew();
      break;
    case 'trigger':
      driver.change((state) => triggered(state, { at: driver.now }).state);
      break;
    case 'finish': {
      const { active } = driver.state;
      const run = active[step.which % Math.max(1, active.length)];
      if (run !== undefined) driver.finish(run.runId, step.as);
      break;
    }
    case 'reopen': {
      const { ended } = driver.state;
      const run = ended[step.which % Math.max(1, ended.length)];
      if (run !== undefined) driver.reopen(run.runId);
      break;
    }
    case 'deploy':
      driver.change((state) =>
        deployed(state, deployedAt(driver.now, { ...settings, maxActiveRuns: step.maxActiveRuns })),
      );
  }
}

/** Everything that still waits begins and ends. */
function drain(driver: SchedulerDriver): void {
  driver.change(unpaused);
  driver.pass(1);
  while (driver.state.active.length > 0) driver.finish(driver.state.active[0]!.runId, 'success');
}

function drive(settings: ScheduledDag, taken: readonly Step[]): SchedulerDriver {
  const driver = new SchedulerDriver(START);
  driver.change((state) => deployed(state, deployedAt(START, settings)));
  for (const step of taken) take(driver, settings, step);
  return driver;
}

const scheduledOf = (driver: SchedulerDriver): readonly BegunRun[] =>
  driver.begun.filter(({ runType }) => runType === 'scheduled');

describe('any life of a scheduler', () => {
  test('with catchup, every interval has one run, in order, whatever happened', () => {
    fc.assert(
      fc.property(schedules, fc.boolean(), steps, (schedule, dependsOnPast, taken) => {
        const startDate = addSeconds(START, -50 * HOUR);
        const settings = { schedule, startDate, catchup: true, maxActiveRuns: 2, dependsOnPast };
        const driver = drive(settings, taken);
        drain(driver);
        const intervals = scheduledOf(driver).map(({ run }) => run.dataInterval);
        expect(intervals).toEqual(intervalsBetween(schedule, startDate, driver.now));
      }),
    );
  });

  test('without catchup, what begins is the latest interval that has ended, each once', () => {
    fc.assert(
      fc.property(schedules, steps, (schedule, taken) => {
        const settings = { schedule, maxActiveRuns: 2 };
        const driver = drive(settings, taken);
        drain(driver);
        const begun = scheduledOf(driver);
        begun.forEach(({ run, at }, index) => {
          const { start, end } = run.dataInterval;
          expect(end <= at).toBe(true);
          expect(intervalsBetween(schedule, start, at)).toHaveLength(1);
          if (index > 0) expect(start >= begun[index - 1]!.run.dataInterval.end).toBe(true);
        });
      }),
    );
  });

  test('every trigger has one run, oldest first', () => {
    fc.assert(
      fc.property(schedules, steps, (schedule, taken) => {
        const driver = drive({ schedule, maxActiveRuns: 1 }, taken);
        drain(driver);
        const manual = driver.begun.filter(({ runType }) => runType === 'manual');
        expect(manual).toHaveLength(taken.filter(({ kind }) => kind === 'trigger').length);
        const asked = manual.map(({ run }) => run.logicalDate);
        expect(asked).toEqual(asked.toSorted());
        expect(new Set(manual.map(({ run }) => run.runId)).size).toBe(manual.length);
      }),
    );
  });

  test('a run that depends on the past ends up knowing how the run before ended', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const startDate = addSeconds(START, -50 * HOUR);
        const settings = { schedule: every('7h'), startDate, catchup: true, maxActiveRuns: 3 };
        const noReopening = taken.filter(({ kind }) => kind !== 'reopen');
        const driver = drive({ ...settings, dependsOnPast: true }, noReopening);
        drain(driver);
        const [first, ...others] = scheduledOf(driver);
        expect(first?.previous).toBeUndefined();
        const ends = new Map(driver.state.ended.map((run) => [run.runId, run.status]));
        others.forEach(({ previous, pasts }, index) => {
          const before = [first!, ...others][index]!;
          const known = (pasts.at(-1) ?? previous)!['copy'];
          const place = (runId: string): number =>
            driver.state.ended.findIndex((run) => run.runId === runId);
          // Nothing is told to a run that has ended itself.
          if (known !== 'waiting') expect(known).toBe(ends.get(before.run.runId));
          else expect(place(others[index]!.run.runId)).toBeGreaterThan(place(before.run.runId));
        });
      }),
    );
  });
});

describe('any backfill', () => {
  const range = fc.record({
    schedule: schedules,
    from: fc.integer({ min: 0, max: 500 }).map((hour) => addSeconds(START, -hour * HOUR)),
    length: fc.integer({ min: 1, max: 700 }),
    backwards: fc.boolean(),
    maxActiveRuns: fc.integer({ min: 1, max: 5 }),
    scope: fc.constantFrom('missing' as const, 'failed' as const, 'all' as const),
  });

  test('sees to it that each interval of its plan runs, in its order, beside the schedule', () => {
    fc.assert(
      fc.property(range, steps, ({ from, length, ...asked }, taken) => {
        const { schedule } = asked;
        const driver = drive({ schedule, maxActiveRuns: 2 }, taken);
        driver.change(unpaused);
        const order = { ...asked, from, to: addSeconds(from, length * HOUR) };
        const runs = new Map(
          [...driver.state.ended, ...driver.state.active].map((run) => [run.runId, run.status]),
        );
        const { plan, spans } = planBackfill(
          order,
          backfillIntervals(order),
          (runId) => {
            const status = runs.get(runId);
            if (status === undefined) return 'none';
            return status === 'running' ? 'active' : status === 'success' ? 'success' : 'failed';
          },
          driver.now,
        );
        expect(plan.total + plan.leftOutTotal).toBe(
          intervalsBetween(schedule, order.from, order.to).length,
        );
        const before = driver.begun.length;
        if (plan.total > 0) {
          const request = { ...order, dryRun: false, at: driver.now };
          driver.change((state) => backfillAdded(state, request, spans).state);
        }
        drain(driver);
        const filled = driver.begun
          .slice(before)
          .filter(({ runType }) => runType === 'backfill')
          .map(({ run }) => run.dataInterval);
        // What the schedule came to first in the meantime is not run twice.
        const others = driver.begun
          .slice(before)
          .filter(({ runType }) => runType === 'scheduled')
          .map(({ run }) => run.runId);
        const left = plan.intervals.filter(
          ({ start }) => !filled.some((interval) => interval.start === start),
        );
        expect(others).toEqual(expect.arrayContaining(left.map(({ start }) => start)));
        expect(filled).toEqual(plan.intervals.filter((interval) => !left.includes(interval)));
        for (const { waiting, done } of driver.state.backfills) {
          expect([waiting, done]).toEqual([[], plan.total]);
        }
      }),
    );
  });

  test('spans give back what was put in, from either end', () => {
    fc.assert(
      fc.property(range, fc.array(fc.boolean(), { maxLength: 50 }), ({ schedule, from }, gaps) => {
        const all = intervalsBetween(schedule, from, addSeconds(from, 400 * HOUR));
        const intervals = all.filter((_interval, at) => gaps[at % gaps.length] ?? true);
        let spans = spansOf(intervals);
        const [front, back]: Instant[][] = [[], []];
        for (let at = 0; spans.length > 0; at += 1) {
          const backwards = at % 3 === 0;
          const { interval, rest } = takeInterval(spans, backwards);
          if (backwards) back!.unshift(interval.start);
          else front!.push(interval.start);
          spans = rest;
        }
        expect([...front!, ...back!]).toEqual(intervals.map(({ start }) => start));
      }),
    );
  });
});

describe('any updates of assets', () => {
  const updates = fc.array(
    fc.record({
      asset: fc.constantFrom('a', 'b', 'c'),
      key: fc.nat(60),
      step: fc.constantFrom('pass', 'pause', 'unpause', 'finish', 'continueAsNew'),
    }),
    { maxLength: 80 },
  );
  const conditions = fc.constantFrom(
    asset('a'),
    and(asset('a'), asset('b')),
    or(asset('a'), and(asset('b'), asset('c'))),
  );

  test('each is taken by one run at most, none is lost, one run at a time', () => {
    fc.assert(
      fc.property(conditions, updates, (when, told) => {
        const driver = new SchedulerDriver(START);
        const dag = deployedAt(START, { schedule: assets(when), maxActiveRuns: 3 });
        driver.change((state) => deployed(state, dag));
        const expected = new Map<number, AssetEvent>();
        for (const { asset: name, key, step } of told) {
          driver.pass(60);
          const event: AssetEvent = { asset: name, at: driver.now };
          if (!expected.has(key)) expected.set(key, event);
          driver.change((state) => assetUpdated(state, { key: `${key}`, event }));
          const [run] = driver.state.active;
          expect(driver.state.active.length).toBeLessThanOrEqual(1);
          if (step === 'pause') driver.change(paused);
          if (step === 'unpause') driver.change(unpaused);
          if (step === 'continueAsNew') driver.continueAsNew();
          if (step === 'finish' && run !== undefined) driver.finish(run.runId, 'success');
        }
        drain(driver);
        const taken = driver.begun.flatMap(({ run }) => run.assetEvents);
        const kept = [...taken, ...driver.state.assetEvents];
        const followed = new Set(
          JSON.stringify(when)
            .match(/"name":"(\w)"/g)
            ?.map((text) => text.slice(-2, -1)),
        );
        const wanted = [...expected.values()].filter((event) => followed.has(event.asset));
        const text = (events: readonly AssetEvent[]): string[] =>
          events.map((event) => `${event.asset} ${event.at}`).sort();
        expect(text(kept)).toEqual(text(wanted));
        expect(new Set(driver.begun.map(({ run }) => run.runId)).size).toBe(driver.begun.length);
      }),
    );
  });
});

/** Owns which intervals a backfill takes and leaves. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { cron, every } from '../../../src/dag/index.js';
import { spansOf } from '../../../src/scheduling/backfill-spans.js';
import {
  backfillIntervals,
  MAX_BACKFILL_INTERVALS,
  MAX_LISTED_INTERVALS,
  planBackfill,
  type BackfillRange,
  type IntervalRun,
} from '../../../src/scheduling/plan-backfill.js';

const day = (date: number): string => `2026-05-0${date}T00:00:00Z`;
const RANGE: BackfillRange = {
  schedule: every('1d'),
  from: parseInstant(day(1))!,
  to: parseInstant(day(6))!,
  scope: 'missing',
  backwards: false,
};
const RUNS: Record<string, IntervalRun> = {
  [day(2)]: 'success',
  [day(3)]: 'failed',
  [day(4)]: 'active',
};

function planned(overrides: Partial<BackfillRange>) {
  const range = { ...RANGE, ...overrides };
  const { plan } = planBackfill(
    range,
    backfillIntervals(range),
    (runId) => RUNS[runId] ?? 'none',
    parseInstant('2026-05-05T12:00:00Z')!,
  );
  return {
    runs: plan.intervals.map(({ start }) => Number(start.slice(8, 10))),
    left: plan.leftOut.map(({ interval, why }) => [Number(interval.start.slice(8, 10)), why]),
  };
}

describe('the scope', () => {
  const active = [4, 'its run is under way'];
  const ahead = [5, 'it has not ended'];
  const good = [2, 'it has a run, which succeeded'];
  test.each([
    ['missing', [1], [good, [3, 'it has a run, which failed'], active, ahead]],
    ['failed', [1, 3], [good, active, ahead]],
    ['all', [1, 2, 3], [active, ahead]],
  ] as const)('%s', (scope, runs, left) => {
    expect(planned({ scope })).toEqual({ runs, left });
  });

  test('backwards the latest goes first', () => {
    expect(planned({ scope: 'all', backwards: true }).runs).toEqual([3, 2, 1]);
  });
});

test('intervals that are not whole within the range are not in it', () => {
  const range = { ...RANGE, from: parseInstant('2026-05-01T00:00:01Z')! };
  expect(backfillIntervals(range).map(({ start }) => start)).toEqual([2, 3, 4, 5].map(day));
});

test('a year of a zone with summer time is five spans', () => {
  const intervals = backfillIntervals({
    ...RANGE,
    schedule: cron('0 6 * * *', { timezone: 'Europe/Paris' }),
    from: parseInstant('2026-01-01T00:00:00Z')!,
    to: parseInstant('2027-01-01T00:00:00Z')!,
  });
  expect(intervals).toHaveLength(364);
  expect(spansOf(intervals).map(({ seconds, count }) => [seconds / 3600, count])).toEqual([
    [24, 86],
    [23, 1],
    [24, 209],
    [25, 1],
    [24, 67],
  ]);
});

test('a range of too many intervals is refused, with where to stop', () => {
  const range = { ...RANGE, schedule: every('1s'), to: parseInstant('2046-01-01T00:00:00Z')! };
  expect(() => backfillIntervals(range)).toThrow(/more than 10000 intervals/);
  const fits = { ...RANGE, schedule: every('10s'), to: parseInstant('2026-05-02T03:46:40Z')! };
  const intervals = backfillIntervals(fits);
  expect(intervals).toHaveLength(MAX_BACKFILL_INTERVALS);
  const { plan, spans } = planBackfill(fits, intervals, () => 'none', fits.to);
  expect([plan.total, plan.intervals.length]).toEqual([10_000, MAX_LISTED_INTERVALS]);
  expect(JSON.stringify(spans).length).toBeLessThan(100);
});

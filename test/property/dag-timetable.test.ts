/** Owns the laws of timetables: intervals tile time, and next and previous undo each other. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { instantOfSeconds } from '../../src/core/instant.js';
import { cron, every, intervalsBetween, nextInterval, type Schedule } from '../../src/dag/index.js';
import { matchesDay, parseCron } from '../../src/dag/timetable/cron-expression.js';
import { cronTimes } from '../../src/dag/timetable/cron-times.js';
import { offsetAt } from '../../src/dag/timetable/zoned-time.js';

const zones = fc.constantFrom(
  'UTC',
  'Europe/Paris',
  'America/New_York',
  'America/St_Johns',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'America/Santiago',
  'Pacific/Apia',
);
const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const field = (min: number, max: number) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant('*') },
    { weight: 3, arbitrary: number(min, max) },
    fc.tuple(number(min, max), number(min, max)).map(([one, other]) => `${one},${other}`),
    fc.integer({ min: 2, max: 20 }).map((step) => `*/${step}`),
    fc
      .tuple(fc.integer({ min, max }), fc.integer({ min, max }))
      .map(([one, other]) => `${Math.min(one, other)}-${Math.max(one, other)}`),
  );
const expressions = fc
  .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
  .map((fields) => fields.join(' '));
const instants = fc.integer({ min: 1_700_000_000, max: 1_900_000_000 });
const schedules: fc.Arbitrary<Schedule> = fc.oneof(
  fc.tuple(expressions, zones).map(([expression, timezone]) => cron(expression, { timezone })),
  fc.integer({ min: 60, max: 200_000 }).map((seconds) => every(`${seconds}s`)),
);

describe('any cron expression in any zone', () => {
  test('fires after the instant given, on a wall clock that matches or was skipped', () => {
    fc.assert(
      fc.property(expressions, zones, instants, (expression, zone, from) => {
        const fire = cronTimes(expression, zone).next(from * 1000)!;
        expect(fire).toBeGreaterThan(from * 1000);
        const fields = parseCron(expression);
        const wall = new Date(fire + offsetAt(zone, fire));
        const matches =
          matchesDay(fields, wall) &&
          fields.hours.includes(wall.getUTCHours()) &&
          fields.minutes.includes(wall.getUTCMinutes());
        // A clock that was put forward within a day before: the reading that matched was skipped.
        const moved = offsetAt(zone, fire) > offsetAt(zone, fire - 86_400_000);
        expect(matches || moved).toBe(true);
        expect(wall.getUTCSeconds()).toBe(0);
      }),
    );
  });

  test('next and previous undo each other', () => {
    fc.assert(
      fc.property(expressions, zones, instants, (expression, zone, from) => {
        const first = cronTimes(expression, zone).next(from * 1000)!;
        const second = cronTimes(expression, zone).next(first)!;
        expect(cronTimes(expression, zone).previous(second)).toBe(first);
        expect(cronTimes(expression, zone).previous(first)).toBeLessThanOrEqual(from * 1000);
      }),
    );
  });
});

describe('any schedule', () => {
  test('tiles time: each interval begins where the one before ended', () => {
    fc.assert(
      fc.property(schedules, instants, (schedule, from) => {
        const days = 1 + (from % 6);
        const [start, end] = [instantOfSeconds(from), instantOfSeconds(from + days * 86_400)];
        const intervals = intervalsBetween(schedule, start, end).slice(0, 500);
        intervals.forEach((interval, at) => {
          expect(interval.start < interval.end).toBe(true);
          if (at > 0) expect(interval.start).toBe(intervals[at - 1]!.end);
          expect(interval.start >= start && interval.end <= end).toBe(true);
        });
      }),
    );
  });

  test('with catchup, running each next interval runs those between, and no other', () => {
    fc.assert(
      fc.property(schedules, instants, (schedule, from) => {
        const limits = { catchup: true, startDate: instantOfSeconds(from) };
        const now = instantOfSeconds(from + 4 * 86_400);
        const expected = intervalsBetween(schedule, instantOfSeconds(from), now).slice(0, 20);
        let last = undefined as ReturnType<typeof nextInterval>;
        for (const interval of expected) {
          last = nextInterval(schedule, limits, last, now);
          expect(last).toEqual(interval);
        }
      }),
    );
  });
});

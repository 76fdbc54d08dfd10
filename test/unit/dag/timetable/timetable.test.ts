/** Owns examples of intervals: where they begin and end, which is next, across daylight saving. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant, type Instant } from '../../../../src/core/instant.js';
import {
  cron,
  every,
  intervalsBetween,
  manual,
  manualInterval,
  nextInterval,
} from '../../../../src/dag/index.js';

const at = (text: string): Instant => parseInstant(text)!;
const PARIS = { timezone: 'Europe/Paris' };

describe('intervals of a cron schedule', () => {
  test('end when it fires, and begin when it last fired', () => {
    const daily = cron('0 6 * * *', PARIS);
    expect(intervalsBetween(daily, at('2026-01-01T00:00:00Z'), at('2026-01-04T00:00:00Z'))).toEqual(
      [
        { start: '2026-01-01T05:00:00Z', end: '2026-01-02T05:00:00Z' },
        { start: '2026-01-02T05:00:00Z', end: '2026-01-03T05:00:00Z' },
      ],
    );
  });

  test.each([
    // Clocks go from 2:00 to 3:00 on 29 March: 2:30 does not exist and comes at 3:30.
    ['30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:30:00Z', '2026-03-30T00:30:00Z']],
    // Clocks go from 3:00 back to 2:00 on 25 October: 2:30 comes twice and counts the second time.
    ['30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T01:30:00Z', '2026-10-26T01:30:00Z']],
    // Every hour is every hour, 25 times that day.
    [
      '30 * * * *',
      '2026-10-24T23:45:00Z',
      ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z'],
    ],
    ['30 * * * *', '2026-03-29T00:00:00Z', ['2026-03-29T00:30:00Z', '2026-03-29T01:30:00Z']],
  ])('%s in Paris after %s fires at %j', (expression, from, fires) => {
    const end = at(fires.at(-1)!);
    const intervals = intervalsBetween(cron(expression, PARIS), at(from), end);
    expect([intervals[0]?.start ?? end, ...intervals.map((one) => one.end)]).toEqual(fires);
  });

  test('a restricted day of month and a restricted day of week are joined by OR', () => {
    const friday13 = cron('0 0 13 * 5');
    const starts = intervalsBetween(
      friday13,
      at('2026-01-09T00:00:00Z'),
      at('2026-01-23T00:00:00Z'),
    );
    expect(starts.map(({ start }) => start.slice(8, 10))).toEqual(['09', '13', '16']);
  });
});

describe('the next interval', () => {
  const hourly = cron('@hourly');
  const now = at('2026-05-01T10:20:00Z');

  test('without catchup is the latest that has ended', () => {
    const limits = { catchup: false, startDate: '2026-01-01T00:00:00Z' };
    expect(nextInterval(hourly, limits, undefined, now)).toEqual({
      start: '2026-05-01T09:00:00Z',
      end: '2026-05-01T10:00:00Z',
    });
    const last = { start: at('2026-05-01T09:00:00Z'), end: at('2026-05-01T10:00:00Z') };
    expect(nextInterval(hourly, limits, last, now)?.end).toBe('2026-05-01T11:00:00Z');
    const longAgo = { start: at('2026-04-01T09:00:00Z'), end: at('2026-04-01T10:00:00Z') };
    expect(nextInterval(hourly, limits, longAgo, now)?.start).toBe('2026-05-01T09:00:00Z');
  });

  test('with catchup is the first that has not run', () => {
    const limits = { catchup: true, startDate: '2026-01-01T00:30:00Z' };
    expect(nextInterval(hourly, limits, undefined, now)?.start).toBe('2026-01-01T01:00:00Z');
    const last = { start: at('2026-02-01T01:00:00Z'), end: at('2026-02-01T02:00:00Z') };
    expect(nextInterval(hourly, limits, last, now)?.start).toBe('2026-02-01T02:00:00Z');
  });

  test('is none after the end date, and none of a schedule without times', () => {
    const over = { catchup: false, endDate: '2026-05-01T08:00:00Z' };
    expect(nextInterval(hourly, over, undefined, now)).toBeUndefined();
    expect(nextInterval(manual(), { catchup: false }, undefined, now)).toBeUndefined();
  });

  test('of a fixed length lies on its anchor', () => {
    const schedule = every('90m', { anchor: '2026-05-01T00:15:00Z' });
    expect(nextInterval(schedule, { catchup: false }, undefined, now)).toEqual({
      start: '2026-05-01T07:45:00Z',
      end: '2026-05-01T09:15:00Z',
    });
  });
});

test('a run by hand is about the last interval that has ended', () => {
  const noon = at('2026-05-01T12:00:00Z');
  expect(manualInterval(cron('@daily'), noon)).toEqual({
    start: '2026-04-30T00:00:00Z',
    end: '2026-05-01T00:00:00Z',
  });
  expect(manualInterval(manual(), noon)).toEqual({ start: noon, end: noon });
});

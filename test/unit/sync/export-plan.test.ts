/** Owns the examples of plans for a freshness. */
import { describe, expect, test } from '@jest/globals';
import { AWS_LIMITS, scaledLimits } from '../../../src/core/service-limits.js';
import {
  exportPlanOf,
  exportSecondsOf,
  leastFreshness,
  quantile,
} from '../../../src/sync/export-plan.js';

const limits = AWS_LIMITS;
const minutes = (count: number): number => count * 60;

describe('exportPlanOf', () => {
  test.each([
    // asked, an export, a step, overlap, reached, under way
    [10, 5, 5, 10, 10, 2],
    [6, 5, 1, 14, 6, 6],
    [20, 5, 15, 0, 20, 2],
    [60, 5, 55, 0, 60, 2],
    [10, 9, 1, 14, 10, 10],
    // What cannot be had is come as near to as it can be.
    [3, 5, 1, 14, 6, 6],
  ])(
    '%i minutes with exports of %i: one every %i',
    (asked, takes, step, overlap, reached, inFlight) => {
      const order = { freshnessSeconds: minutes(asked), exportSeconds: minutes(takes), limits };
      expect(exportPlanOf(order)).toEqual({
        stepSeconds: minutes(step),
        overlapSeconds: minutes(overlap),
        exportsPerDay: 1440 / step,
        reachableSeconds: minutes(reached),
        inFlight,
      });
    },
  );

  test('an export that took some seconds more than usual changes no plan', () => {
    const planOf = (exportSeconds: number): number =>
      exportPlanOf({ freshnessSeconds: 600, exportSeconds, limits }).stepSeconds;
    expect([300, 310, 330].map(planOf)).toEqual([300, 300, 240]);
  });

  test('windows are never longer than the service takes them', () => {
    const order = { freshnessSeconds: 3 * 86_400, exportSeconds: 300, limits };
    expect(exportPlanOf(order).stepSeconds).toBe(86_400);
  });
});

test('the least freshness is an export and a minute', () => {
  expect(leastFreshness(300, limits)).toBe(360);
  expect(leastFreshness(5, scaledLimits(limits, 1))).toBe(6);
});

test('an export is taken to last as nine in ten of those measured, or five minutes', () => {
  expect(exportSecondsOf([], limits)).toBe(300);
  expect(exportSecondsOf([120, 130, 140, 150, 160, 170, 180, 190, 200, 900], limits)).toBe(200);
});

test('a quantile is the least value that so many do not exceed', () => {
  expect([0, 0.5, 0.95, 1].map((share) => quantile([3, 1, 2, 4], share))).toEqual([1, 2, 4, 4]);
});

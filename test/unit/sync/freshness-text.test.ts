/** Owns the examples of what is told of a freshness. */
import { expect, test } from '@jest/globals';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import { agesText, askedText } from '../../../src/sync/freshness-text.js';
import { initialState } from '../../../src/sync/table-sync-state.js';

const state = initialState();
const plain = { windowSeconds: 900, pollSeconds: 30, limits: AWS_LIMITS };
const settings = { ...plain, freshnessSeconds: 600 };

test('what was measured is told by its middle and by all but one in twenty', () => {
  expect(agesText({})).toBeUndefined();
  expect(agesText({ ages: [601] })).toBe('p50 10m 1s, p95 10m 1s over 1 commit');
  expect(agesText({ ages: [580, 3665, 600] })).toBe('p50 10m, p95 1h 1m 5s over 3 commits');
});

test('what was asked for is told with its plan, and with the nearest where it cannot be had', () => {
  expect(askedText(state, plain)).toBeUndefined();
  expect(askedText(state, settings)).toBe('10m by an export every 5m, 0 under way');
  expect(askedText({ ...state, exportTimes: [720] }, settings)).toBe(
    '10m by an export every 1m, 0 under way; 13m is the nearest, as long as exports take',
  );
});

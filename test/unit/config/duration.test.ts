/** Owns the check of durations as people write them. */
import { describe, expect, test } from '@jest/globals';
import { durationText, parseDuration } from '../../../src/config/duration.js';

describe('parseDuration', () => {
  test.each([
    ['90', 90],
    [90, 90],
    ['30s', 30],
    ['15m', 900],
    ['1h', 3600],
    ['7d', 604_800],
    [' 15m ', 900],
  ])('reads %p as %p seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  test.each(['', '0', '0m', '-5m', '1.5h', '15 minutes', 'm', '1w', '1h30m', -1, 0.5, Number.NaN])(
    'refuses %p',
    (text) => {
      expect(parseDuration(text)).toBeUndefined();
    },
  );
});

test.each([
  [900, '15m'],
  [86_400, '24h'],
  [90, '90s'],
  [3660, '61m'],
])('%p seconds are written %p', (seconds, text) => {
  expect(durationText(seconds)).toBe(text);
  expect(parseDuration(text)).toBe(seconds);
});

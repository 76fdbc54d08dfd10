/** Owns examples of durations as authors write them. */
import { expect, test } from '@jest/globals';
import { formatDuration, parseDuration } from '../../../src/dag/index.js';

test.each([
  ['250ms', 250],
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['0s', 0],
  ['5 m', undefined],
  ['-5m', undefined],
  ['5', undefined],
  ['1e3s', undefined],
])('%s is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms);
});

test.each([
  [300_000, '5m'],
  [90_000, '90s'],
  [86_400_000, '1d'],
  [1_500, '1500ms'],
  [0, '0ms'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

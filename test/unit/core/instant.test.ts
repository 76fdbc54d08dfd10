/** Owns the examples of instants: whole UTC seconds that sort as text. */
import { describe, expect, test } from '@jest/globals';
import {
  addSeconds,
  boundaryAfter,
  compactInstant,
  floorTo,
  instantOfMillis,
  microsOf,
  parseCompactInstant,
  parseInstant,
  secondsBetween,
} from '../../../src/core/instant.js';

const at = (text: string) => parseInstant(text)!;

describe('parseInstant', () => {
  test.each([
    ['2026-11-24T08:15:00Z', '2026-11-24T08:15:00Z'],
    ['2026-11-24T08:15Z', '2026-11-24T08:15:00Z'],
    ['2026-11-24T08:15:00.000Z', '2026-11-24T08:15:00Z'],
    ['2026-11-24T10:15:00+02:00', '2026-11-24T08:15:00Z'],
  ])('reads %s', (text, expected) => {
    expect(parseInstant(text)).toBe(expected);
  });

  test.each([
    '2026-11-24',
    '2026-11-24T08:15:00',
    '2026-11-24T08:15:00.5Z',
    '2026-13-24T08:15:00Z',
    'yesterday',
    '',
  ])('refuses %p', (text) => {
    expect(parseInstant(text)).toBeUndefined();
  });
});

test('parts of a second are cut off, never rounded up', () => {
  expect(instantOfMillis(Date.parse('2026-11-24T08:14:59.999Z'))).toBe('2026-11-24T08:14:59Z');
});

test('a boundary itself is followed by the next one', () => {
  expect(boundaryAfter(at('2026-11-24T08:15:00Z'), 900)).toBe('2026-11-24T08:30:00Z');
  expect(boundaryAfter(at('2026-11-24T08:15:01Z'), 900)).toBe('2026-11-24T08:30:00Z');
  expect(floorTo(at('2026-11-24T08:29:59Z'), 900)).toBe('2026-11-24T08:15:00Z');
});

test('microseconds, compact form and arithmetic', () => {
  const instant = at('2026-11-24T23:59:59Z');
  expect(microsOf(instant)).toBe(BigInt(Date.parse(instant)) * 1000n);
  expect(compactInstant(instant)).toBe('20261124T235959Z');
  expect(parseCompactInstant('20261124T235959Z')).toBe(instant);
  expect(parseCompactInstant('20261124T236059Z')).toBeUndefined();
  expect(addSeconds(instant, 1)).toBe('2026-11-25T00:00:00Z');
  expect(secondsBetween(instant, at('2026-11-24T23:59:00Z'))).toBe(-59);
});

/** Owns the check of the times that a single export is asked for with. */
import { describe, expect, test } from '@jest/globals';
import { planScope, type GivenTimes } from '../../../src/cli/export/plan-scope.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import type { Instant } from '../../../src/core/instant.js';
import type { PitrState } from '../../../src/export/table-exports.js';

const at = (time: string): Instant => `2026-11-24T${time}Z` as Instant;
const pitr: PitrState = {
  enabled: true,
  earliestRestorable: at('06:00:00'),
  latestRestorable: at('11:55:00'),
};
const context = {
  input: {
    tableName: 'orders',
    limits: AWS_LIMITS,
    view: 'NEW_IMAGE',
    windowSeconds: 900,
  } as const,
  pitr,
  nowMs: Date.parse(at('12:00:00')),
};

test('by default the whole table, as late as it can be restored', () => {
  expect(planScope({}, context)).toEqual({ kind: 'full', exportTime: at('11:55:00') });
});

test('a full export at a time, given in any zone', () => {
  expect(planScope({ at: '2026-11-24T09:00:00+01:00' }, context)).toEqual({
    kind: 'full',
    exportTime: at('08:00:00'),
  });
});

test.each<[GivenTimes, Instant, Instant]>([
  [{ from: at('08:00:00'), to: at('09:00:00') }, at('08:00:00'), at('09:00:00')],
  [{ from: at('11:30:00') }, at('11:30:00'), at('12:00:00')],
  [{ to: at('08:15:00') }, at('08:00:00'), at('08:15:00')],
])('an incremental export: %j', (given, from, to) => {
  const window = { from, to };
  expect(planScope(given, context)).toEqual({ kind: 'incremental', window, view: 'NEW_IMAGE' });
});

describe('what cannot be is told before DynamoDB is asked', () => {
  test.each<[GivenTimes, string]>([
    [{ at: 'yesterday' }, '--at is "yesterday"; it must be a time in whole seconds with its zone'],
    [{ at: '2026-11-24T08:00:00.5Z' }, 'it must be a time in whole seconds'],
    [{ from: '2026-11-24T08:00:00' }, '--from is "2026-11-24T08:00:00"; it must be a time'],
    [{ at: at('05:59:59') }, 'the table can be restored to 2026-11-24T06:00:00Z up to'],
    [{ at: at('11:55:01') }, 'the table can be restored to'],
    [{ from: at('09:00:00'), to: at('08:00:00') }, 'is not before --to'],
    [{ from: at('08:00:00'), to: at('08:00:00') }, 'is not before --to'],
    [{ from: at('08:00:00'), to: at('08:14:59') }, 'are 899s; a window lasts 15m to 24h.'],
    [{ from: at('11:50:00'), to: at('12:05:00') }, '--to 2026-11-24T12:05:00Z lies in the future.'],
    [{ from: at('05:30:00'), to: at('06:00:00') }, 'recovery of the table reaches back to'],
    [{ at: at('08:00:00'), from: at('08:00:00') }, '--at is for a full export'],
    [{ at: at('08:00:00'), to: at('08:00:00') }, '--at is for a full export'],
  ])('%j', (given, sentence) => {
    expect(() => planScope(given, context)).toThrow(sentence);
  });

  test('recovery that is off', () => {
    expect(() => planScope({}, { ...context, pitr: { enabled: false } })).toThrow(
      'Point-in-time recovery of orders is off, and exports need it.',
    );
  });
});

/** Owns the examples of exports under way ahead of their loads. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import type { Flight } from '../../../src/sync/flight.js';
import { currentPlan, departed, planFlight } from '../../../src/sync/flights.js';
import {
  committed,
  doubted,
  initialState,
  parked,
  signalled,
  type CommittedLoad,
  type TableSyncState,
} from '../../../src/sync/table-sync-state.js';
import { planNext } from '../../../src/sync/plan-sync.js';

const at = (time: string) => parseInstant(`2026-11-24T${time}:00Z`)!;
const settings = {
  freshnessSeconds: 600,
  windowSeconds: 900,
  limits: AWS_LIMITS,
  pollSeconds: 30,
};
const flight = (from: string, to: string): Flight => ({
  scope: {
    kind: 'incremental',
    window: { from: at(from), to: at(to) },
    view: 'NEW_IMAGE',
  },
  exportArn: `arn:${from}`,
  attempt: 1,
});
const load = (from: string, to: string, committedAt: string): CommittedLoad => ({
  kind: 'incremental',
  from: at(from),
  to: at(to),
  rows: 1,
  tombstones: 0,
  sizeBytes: 1,
  billedSizeBytes: 1,
  committedAt: at(committedAt),
});
const following = {
  ...initialState(),
  table: { tableName: 't', tableArn: 'arn', tableId: 'id', keyAttributes: ['pk'] },
  watermark: at('08:00'),
  baseExportTime: at('07:00'),
};
const flying = departed(departed(following, flight('08:00', '08:05')), flight('08:05', '08:10'));

const next = (state: TableSyncState, now: string) =>
  planFlight(
    { ...state, watermark: following.watermark },
    at(now),
    currentPlan(state, settings)!,
    AWS_LIMITS,
  );

describe('planFlight', () => {
  test('at 8:05 the export is of 7:50 to 8:05', () => {
    expect(next(following, '08:03')).toEqual({
      window: { from: at('08:00'), to: at('08:05') },
      exportFrom: at('07:50'),
    });
  });

  test('the next one follows what is under way, once there is room for it', () => {
    const one = departed(following, flight('08:00', '08:05'));
    expect(next({ ...one, watermark: at('08:00') }, '08:06')?.window).toEqual({
      from: at('08:05'),
      to: at('08:10'),
    });
    expect(next({ ...flying, watermark: at('08:00') }, '08:12')).toBeUndefined();
  });

  test('exports that take longer are asked for more often, and more are under way', () => {
    const slow = { ...following, exportTimes: [480, 480] };
    expect(next(slow, '08:01')?.window.to).toEqual(at('08:02'));
  });
});

test('a commit lands the first, and leaves those that follow it', () => {
  const state = committed(flying, load('08:00', '08:05', '08:10'), 1);
  expect(state.flights).toEqual([flight('08:05', '08:10')]);
  expect(state.ages).toEqual([600]);
});

test('a commit of others, further ahead, leaves none that would break the line', () => {
  expect(committed(flying, load('08:00', '08:07', '08:10'), 1).flights).toBeUndefined();
});

test('a doubt, a park and a new base ground all', () => {
  const reason = { code: 'X', message: 'x', since: at('08:00') };
  const base: CommittedLoad = { ...load('08:00', '09:00', '09:10'), kind: 'full' };
  for (const state of [doubted(flying), parked(flying, reason), committed(flying, base, 2)]) {
    expect(state.flights).toBeUndefined();
  }
});

test('a pause first loads what is under way; a resync and a stop leave it', () => {
  const paused = signalled(flying, 'pause');
  expect(planNext(paused, at('08:12'), settings).kind).toBe('follow');
  expect(planNext(signalled(following, 'pause'), at('08:12'), settings).kind).toBe(
    'wait-for-resume',
  );
  expect(planNext(signalled(flying, 'resync'), at('08:12'), settings).kind).toBe('reopen');
  expect(planNext(signalled(paused, 'stop'), at('08:12'), settings).kind).toBe('stop');
});

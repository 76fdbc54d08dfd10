/** Owns what schedulers refuse, and what they say to it. */
import { expect, test } from '@jest/globals';
import { parseInstant, type Instant } from '../../../src/core/instant.js';
import { asset, assets, every, manual } from '../../../src/dag/index.js';
import type {
  BackfillRequest,
  TriggerRequest,
} from '../../../src/scheduling/dag-scheduler-input.js';
import { planRuns } from '../../../src/scheduling/plan-runs.js';
import { backfillAdded, deployed, triggered } from '../../../src/scheduling/scheduler-events.js';
import {
  backfillRefusal,
  backfillTooMuch,
  MAX_BACKFILLS,
  MAX_QUEUED_RUNS,
  triggerRefusal,
} from '../../../src/scheduling/scheduler-requests.js';
import { initialScheduler, type SchedulerState } from '../../../src/scheduling/scheduler-state.js';
import { deployedAt, type ScheduledDag } from '../../support/scheduled-dag.js';

const AT = parseInstant('2026-05-10T08:00:00Z')!;
const NONE = initialScheduler('reports');
const wrong = (text: string): Instant => text as Instant;

function dagOf(settings: ScheduledDag): SchedulerState {
  return deployed(NONE, deployedAt(AT, settings));
}
const daily = dagOf({ schedule: every('1d'), maxActiveRuns: 1 });
const busy = planRuns(triggered(daily, { at: AT, runId: 'a' }).state).state;
const full = Array.from({ length: MAX_QUEUED_RUNS }).reduce<SchedulerState>(
  (state) => triggered(state, { at: AT }).state,
  daily,
);

test.each<[SchedulerState, Partial<TriggerRequest>, RegExp | undefined]>([
  [daily, {}, undefined],
  [daily, { runId: 'Retry_2.a:b+c-d', params: { tables: [] } }, undefined],
  [daily, { dataInterval: { start: AT, end: AT } }, undefined],
  [NONE, {}, /No worker serves DAG reports/],
  [daily, { at: wrong('today') }, /'today' \(at\) is no instant/],
  [daily, { params: [1] }, /\[1\] are no params/],
  [daily, { params: null }, /null are no params/],
  [daily, { runId: 'a/b' }, /Run id 'a\/b' has a form/],
  [daily, { runId: '' }, /has a form/],
  [daily, { runId: 'x'.repeat(201) }, /has a form/],
  [daily, { runId: AT }, /is the one of an interval/],
  [busy, { runId: 'a' }, /has a run 'a' already/],
  [
    daily,
    { dataInterval: { start: AT, end: wrong('2026-05-10T07:00:00Z') } },
    /interval .* is none/,
  ],
  [daily, { dataInterval: { start: wrong('soon'), end: AT } }, /interval .* is none/],
  [full, {}, /1000 runs of reports wait already/],
])('trigger %#', (state, request, expected) => {
  const refusal = triggerRefusal(state, { at: AT, ...request });
  if (expected === undefined) expect(refusal).toBeUndefined();
  else expect(refusal?.message).toMatch(expected);
  expect(refusal?.hint ?? 'Do it.').toMatch(/^[A-Z].*/);
});

const REQUEST: BackfillRequest = {
  from: wrong('2026-05-01T00:00:00Z'),
  to: AT,
  scope: 'missing',
  maxActiveRuns: 4,
  backwards: false,
  dryRun: false,
  at: AT,
};
const dependent = dagOf({ schedule: every('1d'), dependsOnPast: true });

test.each<[SchedulerState, Partial<BackfillRequest>, RegExp | undefined]>([
  [daily, {}, undefined],
  [daily, { backwards: true }, undefined],
  [dependent, {}, undefined],
  [NONE, {}, /No worker serves/],
  [dagOf({ schedule: manual() }), {}, /runs only by hand: it has no intervals/],
  [dagOf({ schedule: assets(asset('a')) }), {}, /runs by updates of assets/],
  [daily, { to: wrong('noon') }, /'noon' \(to\) is no instant/],
  [daily, { from: AT }, /There is no time from/],
  [daily, { scope: 'some' as 'all' }, /'some' is no scope/],
  [daily, { maxActiveRuns: 0 }, /cannot have 0 runs/],
  [daily, { maxActiveRuns: 101 }, /cannot have 101 runs/],
  [daily, { maxActiveRuns: 1.5 }, /cannot have 1.5 runs/],
  [dependent, { backwards: true }, /copy depends on the run before/],
  [daily, { params: 'x' }, /are no params/],
])('backfill %#', (state, request, expected) => {
  const refusal = backfillRefusal(state, { ...REQUEST, ...request });
  if (expected === undefined) expect(refusal).toBeUndefined();
  else expect(refusal?.message).toMatch(expected);
});

test('backfills that wait are bounded in number and size', () => {
  let state = daily;
  for (let count = 0; count < MAX_BACKFILLS; count += 1) {
    expect(backfillTooMuch(state, 10)).toBeUndefined();
    state = backfillAdded(state, REQUEST, [{ start: AT, seconds: 60, count: 10 }]).state;
  }
  expect(backfillTooMuch(state, 10)?.message).toMatch(/20 backfills of reports with 200 intervals/);
  const large = backfillAdded(daily, REQUEST, [{ start: AT, seconds: 60, count: 15_000 }]).state;
  expect(backfillTooMuch(large, 5_000)).toBeUndefined();
  expect(backfillTooMuch(large, 5_001)?.hint).toMatch(/20000 intervals/);
});

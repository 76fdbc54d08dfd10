/** Owns the check of when audits are due, and of what is said of them. */
import { expect, test } from '@jest/globals';
import { addSeconds, type Instant } from '../../../src/core/instant.js';
import {
  audited,
  auditing,
  auditsScheduled,
  auditText,
  auditToDo,
} from '../../../src/sync/audit-state.js';
import { initialState, type TableSyncState } from '../../../src/sync/table-sync-state.js';

const START = '2026-11-24T08:00:00Z' as Instant;
const WEEK = 7 * 24 * 3600;
const DUE = addSeconds(START, WEEK);
const run = (): string => 'run-1';

const following: TableSyncState = { ...initialState(), watermark: START };
const scheduled = auditsScheduled(following, START, WEEK);

test('the first audit is due a period after the start, whenever it is asked', () => {
  expect(scheduled.audit).toEqual({ dueAt: DUE });
  expect(auditsScheduled(scheduled, DUE, WEEK)).toBe(scheduled);
  expect(auditToDo(scheduled, addSeconds(DUE, -1), run)).toBeUndefined();
  expect(auditToDo(scheduled, DUE, run)).toEqual({ watermark: START, run: 'run-1' });
});

test('without a watermark there is nothing to compare', () => {
  const { watermark: _none, ...unloaded } = scheduled;
  expect(auditToDo(unloaded, DUE, run)).toBeUndefined();
});

test('an audit in hand goes on as it was begun, whatever the watermark is by now', () => {
  const inHand = { watermark: START, run: 'run-0', exportArn: 'arn:export' };
  const later = { ...auditing(scheduled, inHand), watermark: DUE };
  expect(auditToDo(later, DUE, run)).toEqual(inHand);
});

test('the next audit is due a period after the end of the last', () => {
  const endedAt = addSeconds(DUE, 600);
  const last = { watermark: START, endedAt, tableItems: 3, lakeRows: 2, differences: 1 };
  const after = audited(auditing(scheduled, { watermark: START, run: 'run-0' }), last, WEEK);
  expect(after.audit).toEqual({ dueAt: addSeconds(endedAt, WEEK), last });
});

test.each([
  [{ tableItems: 1200, lakeRows: 1200, differences: 0 }, /^equal at .*, 1,200 rows compared$/],
  [
    { tableItems: 3, lakeRows: 2, differences: 1 },
    /^table and lake differ on 1 key at .* \(3 items, 2 rows\); `tidemark verify orders` tells which$/,
  ],
  [{ failure: 'no such bucket' }, /^none at .*: no such bucket$/],
])('%j reads as what happened', (findings, text) => {
  expect(auditText('orders', { watermark: START, endedAt: DUE, ...findings })).toMatch(text);
});

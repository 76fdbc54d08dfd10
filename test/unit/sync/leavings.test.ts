/** Owns the examples of which exports are to be deleted, and when. */
import { expect, test } from '@jest/globals';
import { addSeconds, parseInstant, type Instant } from '../../../src/core/instant.js';
import type { ExportScope } from '../../../src/export/table-exports.js';
import {
  deletable,
  exportAsked,
  leavingsDue,
  MAX_LEAVINGS,
  outlived,
  settledLeavings,
  undeletable,
} from '../../../src/sync/leavings.js';
import { initialState, type TableSyncState } from '../../../src/sync/table-sync-state.js';

const start = parseInstant('2026-11-24T08:00:00Z')!;
const at = (minutes: number): Instant => addSeconds(start, minutes * 60);
const windowAt = (minutes: number): ExportScope => ({
  kind: 'incremental',
  window: { from: at(minutes), to: at(minutes + 15) },
  view: 'NEW_IMAGE',
});
const arn = (n: number): string => `arn:aws:dynamodb:eu-west-1:1:table/orders/export/0${n}`;
const asked = (state: TableSyncState, minutes: number, n: number): TableSyncState =>
  exportAsked(state, windowAt(minutes), arn(n));
const dueIds = (state: TableSyncState, now: Instant): readonly string[] =>
  leavingsDue(state, now).map(({ id }) => id);

test('an export is due once a commit has passed what it holds, and as long after as it is kept', () => {
  const two = asked(asked(asked(initialState(), 0, 1), 15, 2), 15, 2);
  expect(two.leavings).toHaveLength(2);
  expect(dueIds(outlived({ ...two, watermark: at(14) }, at(20), 0), at(20))).toEqual([]);
  const first = outlived({ ...two, watermark: at(15) }, at(20), 600);
  expect(dueIds(first, at(29))).toEqual([]);
  expect(dueIds(first, at(30))).toEqual(['01']);
  const second = outlived({ ...first, watermark: at(30) }, at(36), 600);
  expect(dueIds(second, at(45))).toEqual(['01']);
  expect(dueIds(second, at(46))).toEqual(['01', '02']);
  expect(settledLeavings(second, ['01']).leavings).toHaveLength(1);
  expect(settledLeavings(second, ['01', '02'])).not.toHaveProperty('leavings');
});

test('a full export is due with the windows that it has passed', () => {
  const overruled = asked(initialState(), 0, 1);
  const full = exportAsked(overruled, { kind: 'full', exportTime: at(30) }, arn(2));
  expect(dueIds(outlived({ ...full, watermark: at(30) }, at(40), 0), at(40))).toEqual(['01', '02']);
});

test('no more are remembered than a run can be handed on with; the oldest are forgotten', () => {
  let state = initialState();
  for (let n = 0; n < MAX_LEAVINGS + 5; n++) state = asked(state, 15 * n, n);
  state = outlived({ ...state, watermark: at(15 * MAX_LEAVINGS + 100) }, at(0), 86_400);
  expect(state.leavings).toHaveLength(MAX_LEAVINGS);
  expect(state.leavings?.[0]?.id).toBe('05');
  expect(JSON.stringify(state).length).toBeLessThan(200_000);
});

test('a refusal is of its first time, until a deletion has gone well', () => {
  const again = undeletable(undeletable(initialState(), 'one', at(1)), 'two', at(2));
  expect(again.undeleted).toEqual({ message: 'two', since: at(1) });
  expect(deletable(again)).not.toHaveProperty('undeleted');
});

/** Owns the examples of what a person is told: each change of state once, and nothing else. */
import { expect, test } from '@jest/globals';
import { addSeconds, parseInstant, type Instant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import type { AlertKind } from '../../../src/sync/alert-kinds.js';
import { alertsDue, nextAlertAt } from '../../../src/sync/alerts.js';
import { deletable, undeletable } from '../../../src/sync/leavings.js';
import {
  attemptSpent,
  baseCalledFor,
  ended,
  initialState,
  parked,
  probed,
  signalled,
  type TableSyncState,
} from '../../../src/sync/table-sync-state.js';

const start = parseInstant('2026-11-24T08:00:00Z')!;
const later = (hours: number): Instant => addSeconds(start, hours * 3600);
const settings = {
  region: 'eu-west-1',
  tableName: 'orders',
  limits: AWS_LIMITS,
  alerts: { lagSeconds: 7200 },
};
const following: TableSyncState = { ...initialState(), watermark: start, epoch: 1 };
const reason = { code: 'ExportFailed', message: 'No bucket.', hint: 'Make it.', since: later(1) };

/** The kinds told at `now`, and the state that knows of it. */
function tell(state: TableSyncState, now: Instant): [AlertKind[], TableSyncState] {
  const { due, told } = alertsDue(state, now, settings);
  return [due.map(({ kind }) => kind), { ...state, told }];
}

test('a sync that follows tells nothing', () => {
  expect(tell(following, later(1))[0]).toEqual([]);
});

test('a park is told once, looks by itself are not, and its end is', () => {
  const state = parked(following, reason);
  const [first, told] = tell(state, later(1));
  expect(first).toEqual(['parked']);
  expect(tell(told, later(1))[0]).toEqual([]);
  const looking = probed(told);
  expect(tell(looking, later(2))[0]).toEqual([]);
  const again = parked(looking, { ...reason, since: later(2) });
  expect(tell(again, later(2))[0]).toEqual([]);

  const [over, toldOver] = tell({ ...following, watermark: later(2), told: told.told! }, later(2));
  expect(over).toEqual(['recovered']);
  expect(tell(toldOver, later(2))[0]).toEqual([]);
  expect(tell(parked(toldOver, { ...reason, since: later(3) }), later(3))[0]).toEqual(['parked']);
});

test('an alert has all that a person needs, and an id that stands for this change of state alone', () => {
  const [alert] = alertsDue(parked(following, reason), later(1), settings).due;
  expect(alert).toEqual({
    kind: 'parked',
    id: 'eu-west-1/orders parked ExportFailed 2026-11-24T09:00:00Z',
    region: 'eu-west-1',
    tableName: 'orders',
    message: 'The sync of orders is parked: No bucket.',
    hint: 'Make it.',
    watermark: start,
    at: later(1),
  });
});

test('a lag is told once, and again after it was made up for; a pause is no lag', () => {
  const [first, told] = tell(following, later(2));
  expect(first).toEqual(['lagging']);
  expect(tell(told, later(5))[0]).toEqual([]);
  const [none, caughtUp] = tell({ ...told, watermark: later(5) }, later(5));
  expect(none).toEqual([]);
  expect(tell(caughtUp, later(8))[0]).toEqual(['lagging']);
  expect(tell(signalled(following, 'pause'), later(5))[0]).toEqual([]);
});

test('exports that fail are told from the third in a row on', () => {
  const scope = { kind: 'full', exportTime: start } as const;
  const failed = (times: number): TableSyncState =>
    Array.from({ length: times }).reduce<TableSyncState>(
      (state) => attemptSpent(state, scope),
      following,
    );
  expect(tell(failed(2), later(1))[0]).toEqual([]);
  const [first, told] = tell(failed(3), later(1));
  expect(first).toEqual(['failing']);
  expect(tell(attemptSpent(told, scope), later(1))[0]).toEqual([]);
});

test('a table that is loaded anew is told of, its first load is not', () => {
  expect(tell(baseCalledFor(initialState(), 'nothing is there'), later(1))[0]).toEqual([]);
  const [first, told] = tell(baseCalledFor(following, 'recovery was off'), later(1));
  expect(first).toEqual(['resyncing']);
  expect(tell(told, later(1))[0]).toEqual([]);
});

test('recovery that runs out is told days before, even of a pause, by its own length', () => {
  const paused = signalled(following, 'pause');
  expect(tell(paused, later(29 * 24))[0]).toEqual([]);
  expect(tell(paused, later(30 * 24))[0]).toEqual(['running-out']);
  const short = { ...paused, recoveryPeriodDays: 4 };
  expect(tell(short, later(71))[0]).toEqual([]);
  expect(tell(short, later(72))[0]).toEqual(['running-out']);
  expect(nextAlertAt(short, start, settings)).toBe(later(72));
});

test('a sync that ends by itself tells that alone, once', () => {
  const reason = { code: 'TableNotFound', message: 'The table is gone.', since: later(1) };
  const state = ended(parked(following, { ...reason, since: later(0) }), reason);
  const [first, told] = tell(state, later(40 * 24));
  expect(first).toEqual(['ended']);
  expect(tell(told, later(41 * 24))[0]).toEqual([]);
});

test('exports that cannot be deleted are told once, until they can and cannot again', () => {
  const refused = undeletable(following, 'Access Denied', later(1));
  const [first, told] = tell(refused, later(1));
  expect(first).toEqual(['undeleted']);
  const again = undeletable(told, 'Access Denied', later(1.2));
  expect(tell(again, later(1.2))[0]).toEqual([]);
  const [none, mended] = tell(deletable(again), later(1.3));
  expect(none).toEqual([]);
  expect(tell(undeletable(mended, 'Access Denied', later(1.5)), later(1.5))[0]).toEqual([
    'undeleted',
  ]);
});

/** Owns the examples of the sync's decisions. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import type { PitrState, TableIdentity } from '../../../src/export/table-exports.js';
import { planFailedExport } from '../../../src/sync/plan-failed-export.js';
import { planNext, planStart, remedyFor } from '../../../src/sync/plan-sync.js';
import type { LossAnswers } from '../../../src/sync/loss-answers.js';
import {
  attemptSpent,
  baseCalledFor,
  exportAttempt,
  initialState,
  opened,
  parked,
  signalled,
  type TableSyncState,
} from '../../../src/sync/table-sync-state.js';

const at = (time: string) => parseInstant(`2026-11-24T${time}:00Z`)!;
const table: TableIdentity = {
  tableName: 'orders',
  tableArn: 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders',
  tableId: 'id-1',
  keyAttributes: ['pk'],
};
const pitr: PitrState = {
  enabled: true,
  earliestRestorable: at('07:00'),
  latestRestorable: at('09:00'),
};
const lake = { watermark: at('08:00'), epoch: 1, tableId: 'id-1' };
const following = opened(initialState(), table, lake);
const settings = { windowSeconds: 900, limits: AWS_LIMITS, pollSeconds: 30 };

describe('planStart', () => {
  const cases: [string, Parameters<typeof planStart>, string][] = [
    ['an empty lake', [table, pitr, undefined, initialState()], 'full'],
    ['a lake that recovery still reaches', [table, pitr, lake, initialState()], 'follow'],
    [
      'a watermark at the very edge',
      [table, pitr, { ...lake, watermark: at('07:00') }, initialState()],
      'follow',
    ],
    ['a gap', [table, pitr, { ...lake, watermark: at('06:59') }, initialState()], 'full'],
    [
      'another table of the same name',
      [{ ...table, tableId: 'id-2' }, pitr, lake, initialState()],
      'full',
    ],
    [
      'a base that was taken within a second',
      [table, pitr, { ...lake, takenAt: '2026-11-24T08:00:00.608Z' }, initialState()],
      'full',
    ],
    ['PITR off', [table, { enabled: false }, lake, initialState()], 'full'],
    ['a resync signal', [table, pitr, lake, signalled(initialState(), 'resync')], 'full'],
    [
      'a full load that has yet to commit',
      [table, pitr, lake, baseCalledFor(following, 'x')],
      'full',
    ],
  ];
  test.each(cases)('%s', (_name, args, kind) => {
    expect(planStart(...args).kind).toBe(kind);
  });
});

describe('planNext', () => {
  const now = at('08:05');
  const step = (state: TableSyncState) => planNext(state, now, settings).kind;

  test('a new sync opens its table', () => {
    expect(step(initialState())).toBe('reopen');
  });
  test('a following one takes the window after its watermark', () => {
    expect(planNext(following, now, settings)).toEqual({
      kind: 'window',
      window: { from: '2026-11-24T08:00:00Z', to: '2026-11-24T08:15:00Z' },
    });
  });
  test('a paused one asks for nothing, not even a resync, but can be stopped', () => {
    const paused = signalled(signalled(following, 'pause'), 'resync');
    expect(step(paused)).toBe('wait-for-resume');
    expect(step(signalled(paused, 'stop'))).toBe('stop');
    expect(step(signalled(paused, 'resume'))).toBe('reopen');
  });
  test('a parked one waits; resume makes it look at the table afresh', () => {
    const state = parked(following, { code: 'AccessDenied', message: 'no', since: now });
    expect(step(state)).toBe('wait-for-resume');
    expect(step(signalled(state, 'pause'))).toBe('wait-for-resume');
    expect(step(signalled(state, 'resume'))).toBe('reopen');
    expect(step(signalled(state, 'resync'))).toBe('reopen');
  });
  test('resume of a running one changes nothing', () => {
    expect(signalled(following, 'resume')).toEqual(following);
  });
});

test('a resync signal that comes while a full load is under way is not lost', () => {
  const loading = baseCalledFor(signalled(following, 'resync'), 'a resync was asked for');
  expect(loading.resyncRequested).toBe(false);
  expect(signalled(loading, 'resync').resyncRequested).toBe(true);
});

describe('remedyFor', () => {
  const followed = { wasFollowed: true };
  const chosen = (answers: LossAnswers) => ({ answers, wasFollowed: true });

  test.each(['WindowOutOfReach', 'PitrUnavailable', 'TableReplaced', 'KeyOutgrown'])(
    'a lost past is mended by a resync: %s',
    (code) => {
      expect(remedyFor(code, followed)).toBe('resync');
    },
  );
  test('a lake that stands elsewhere is read anew', () => {
    expect(remedyFor('BrokenContinuity', followed)).toBe('reopen');
  });
  test.each(['AccessDenied', 'BucketNotFound', 'TableNotFound', 'whatever'])(
    'everything else needs a person: %s',
    (code) => {
      expect(remedyFor(code, followed)).toBe('park');
    },
  );
  test('an export that does not verify is taken anew, then a person must look', () => {
    const remedies = [0, 1, 2].map((spoilt) =>
      remedyFor('CorruptExport', { wasFollowed: true, spoilt }),
    );
    expect(remedies).toEqual(['again', 'again', 'park']);
  });
  test('what befell the table is answered as its user chose', () => {
    expect(remedyFor('TableReplaced', chosen({ onTableReplaced: 'park' }))).toBe('park');
    expect(remedyFor('PitrUnavailable', chosen({ onRecoveryOff: 'end' }))).toBe('end');
    expect(remedyFor('TableNotFound', chosen({ onTableDeleted: 'end' }))).toBe('end');
  });
  test('a table that was never seen is no deleted one, but a wrong name', () => {
    const never = { answers: { onTableDeleted: 'end' }, wasFollowed: false } as const;
    expect(remedyFor('TableNotFound', never)).toBe('park');
  });
});

describe('planFailedExport', () => {
  test.each(['S3NoSuchBucket', 'S3AccessDenied', 'KmsNotFoundException', 'AccessDenied'])(
    '%s parks',
    (code) => {
      expect(
        planFailedExport({ failureCode: code, failures: 1, bucket: 'lake' }, 30),
      ).toMatchObject({ kind: 'park', hint: expect.stringContaining('lake') });
    },
  );
  test('anything else is tried again, later each time, an hour at most', () => {
    for (const code of ['UNKNOWN', 'S3SlowDown', 'KmsThrottlingException']) {
      const delays = [1, 2, 3, 20].map((failures) =>
        planFailedExport({ failureCode: code, failures, bucket: 'lake' }, 30),
      );
      expect(delays).toEqual(
        [30, 60, 120, 3600].map((delaySeconds) => ({ kind: 'again', delaySeconds })),
      );
    }
  });
});

test('an attempt that is spent stays spent, over a park, for this scope alone', () => {
  const window = { from: at('08:00'), to: at('08:15') };
  const scope = { kind: 'incremental', window, view: 'NEW_IMAGE' } as const;
  const reason = { code: 'ExportFailed', message: 'no', since: at('08:20') };
  const spent = signalled(parked(attemptSpent(following, scope), reason), 'resume');
  expect(exportAttempt(following, scope)).toBe(1);
  expect(exportAttempt(spent, scope)).toBe(2);
  expect(exportAttempt(spent, { ...scope, view: 'NEW_AND_OLD_IMAGES' })).toBe(1);
});

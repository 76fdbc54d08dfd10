/** Owns the rules by which runs begin: one table for each. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant, type Instant } from '../../../src/core/instant.js';
import { and, asset, assets, every, lake, manual } from '../../../src/dag/index.js';
import {
  hasWork,
  MAX_EVENTS_OF_RUN,
  needsClock,
  planRuns,
  wakeAt,
} from '../../../src/scheduling/plan-runs.js';
import {
  assetUpdated,
  backfillAdded,
  deployed,
  paused,
  reached,
  runChanged,
  told,
  triggered,
  unpaused,
} from '../../../src/scheduling/scheduler-events.js';
import {
  initialScheduler,
  MAX_WAITING_EVENTS,
  type SchedulerState,
} from '../../../src/scheduling/scheduler-state.js';
import { clockQuestion, readTimetable } from '../../../src/scheduling/scheduler-timetable.js';
import { deployedAt, type ScheduledDag } from '../../support/scheduled-dag.js';

const at = (time: string): Instant => parseInstant(`2026-05-${time}:00Z`)!;
const BACKFILL = {
  from: at('01T00:00'),
  to: at('06T00:00'),
  scope: 'missing' as const,
  maxActiveRuns: 2,
  backwards: false,
  dryRun: false,
  at: at('10T08:00'),
};
const DAY = { schedule: every('1d') } satisfies ScheduledDag;

function deployedState(settings: ScheduledDag, time = '10T08:00'): SchedulerState {
  return deployed(initialScheduler('reports'), deployedAt(at(time), settings));
}

/** What begins when the clock says `time`. */
function plan(state: SchedulerState, time: string) {
  const question = needsClock(state) ? clockQuestion(state) : undefined;
  return planRuns(state, question && readTimetable(question, at(time)));
}

const begun = (state: SchedulerState, time: string): string[] =>
  plan(state, time).starts.map(({ run }) => run.runId);

function ended(state: SchedulerState, runId: string, past = {}): SchedulerState {
  const change = { runId, status: 'success' as const, atMs: 0, past, failed: [] };
  return runChanged(state, change);
}

describe('the schedule', () => {
  const from = { startDate: '2026-05-07T00:00:00Z' };
  test.each<[string, ScheduledDag, string[]]>([
    ['catchup off: the latest interval that has ended', DAY, ['2026-05-09T00:00:00Z']],
    ['catchup off: not before the start date', { ...DAY, startDate: '2026-05-10T00:00:00Z' }, []],
    [
      'catchup on: every interval since the start date',
      { ...DAY, ...from, catchup: true, maxActiveRuns: 9 },
      ['2026-05-07T00:00:00Z', '2026-05-08T00:00:00Z', '2026-05-09T00:00:00Z'],
    ],
    [
      'catchup on: as many at once as may be',
      { ...DAY, ...from, catchup: true, maxActiveRuns: 2 },
      ['2026-05-07T00:00:00Z', '2026-05-08T00:00:00Z'],
    ],
    [
      'the end date is the start of the last',
      { ...DAY, ...from, endDate: '2026-05-08T00:00:00Z', catchup: true, maxActiveRuns: 9 },
      ['2026-05-07T00:00:00Z', '2026-05-08T00:00:00Z'],
    ],
    ['by hand: none', { schedule: manual() }, []],
  ])('%s', (_rule, settings, expected) => {
    expect(begun(deployedState(settings), '10T08:00')).toEqual(expected);
  });

  test('is woken at the end of the interval to come, not while it is paused', () => {
    const { state } = plan(deployedState(DAY), '10T08:00');
    expect(wakeAt(state)).toBe(at('11T00:00'));
    expect(wakeAt(paused(state))).toBeUndefined();
    expect(hasWork(state)).toBe(false);
    expect(hasWork(reached(state, at('11T00:00')))).toBe(true);
  });

  test('what came due while every place was taken: without catchup only the latest', () => {
    const { state } = plan(deployedState({ ...DAY, maxActiveRuns: 1 }), '10T08:00');
    const late = reached(state, at('11T00:00'));
    expect(hasWork(late)).toBe(false);
    expect(wakeAt(late)).toBeUndefined();
    expect(begun(ended(late, '2026-05-09T00:00:00Z'), '13T12:00')).toEqual([
      '2026-05-12T00:00:00Z',
    ]);
  });

  test('after a pause: without catchup the latest interval, with it each of the pause', () => {
    const during = (settings: ScheduledDag): string[] => {
      const { state } = plan(deployedState(settings), '10T08:00');
      const quiet = ended(paused(state), '2026-05-09T00:00:00Z');
      expect(hasWork(quiet)).toBe(false);
      return begun(unpaused(quiet), '13T12:00');
    };
    const start = { startDate: '2026-05-09T00:00:00Z' };
    expect(during({ ...DAY, ...start })).toEqual(['2026-05-12T00:00:00Z']);
    expect(during({ ...DAY, ...start, catchup: true })).toHaveLength(3);
  });

  test('a clock behind the server is waited for, not argued with', () => {
    const { state } = plan(deployedState(DAY), '10T08:00');
    const woken = reached(state, at('11T00:00'));
    const early = plan(woken, '10T23:59');
    expect(early.starts).toEqual([]);
    expect(hasWork(early.state)).toBe(false);
    expect(wakeAt(early.state)).toBe(at('11T00:00'));
  });

  test('an interval that has a run is passed over', () => {
    const settings = { ...DAY, startDate: '2026-05-08T00:00:00Z', catchup: true };
    const first = plan(deployedState(settings), '10T08:00').state;
    const { last: _forgotten, next: _read, ...rest } = first;
    expect(begun(rest, '11T08:00')).toEqual(['2026-05-10T00:00:00Z']);
  });

  test('a new schedule goes on from where the old one stood', () => {
    const { state } = plan(deployedState(DAY), '10T08:00');
    const hourly = deployedAt(at('10T08:30'), {
      schedule: every('1h'),
      catchup: true,
      startDate: '2026-05-01T00:00:00Z',
    });
    expect(begun(deployed(state, hourly), '10T02:30')).toEqual([
      '2026-05-10T00:00:00Z',
      '2026-05-10T01:00:00Z',
    ]);
  });
});

describe('the queue', () => {
  test('the oldest goes first, be it by hand or by schedule', () => {
    const { state } = plan(deployedState({ ...DAY, maxActiveRuns: 1 }), '10T08:00');
    const early = triggered(state, { at: at('10T23:00'), runId: 'early' }).state;
    const both = triggered(early, { at: at('11T01:00'), runId: 'late' }).state;
    let free = ended(reached(both, at('11T00:00')), '2026-05-09T00:00:00Z');
    const order: string[] = [];
    while (hasWork(free)) {
      const { state: next, starts } = plan(free, '11T02:00');
      const [start] = starts;
      order.push(start!.run.runId);
      free = ended(next, start!.run.runId);
    }
    expect(order).toEqual(['early', '2026-05-10T00:00:00Z', 'late']);
  });

  test('a paused DAG keeps what was asked for', () => {
    const waiting = triggered(paused(deployedState({ schedule: manual() })), {
      at: at('10T09:00'),
    }).state;
    expect(hasWork(waiting)).toBe(false);
    expect(begun(unpaused(waiting), '10T10:00')).toEqual(['manual-2026-05-10T09:00:00Z']);
  });
});

describe('a backfill', () => {
  test('has places of its own, and leaves the DAG its', () => {
    const spans = [{ start: at('01T00:00'), seconds: 86_400, count: 5 }];
    const asked = deployedState({ ...DAY, maxActiveRuns: 1 });
    const { starts } = plan(backfillAdded(asked, BACKFILL, spans).state, '10T08:00');
    expect(starts.map(({ run, runType }) => [run.runId, runType])).toEqual([
      ['2026-05-01T00:00:00Z', 'backfill'],
      ['2026-05-02T00:00:00Z', 'backfill'],
      ['2026-05-09T00:00:00Z', 'scheduled'],
    ]);
  });
});

test('a backlog is read as far as there are places', () => {
  const settings = { ...DAY, startDate: '2020-01-01T00:00:00Z', catchup: true, maxActiveRuns: 3 };
  const reading = readTimetable(clockQuestion(deployedState(settings))!, at('10T08:00'));
  expect(reading.upcoming).toHaveLength(3);
  expect(reading.more).toBe(true);
});

describe('runs by assets', () => {
  const event = (name: string, time: string, extra?: unknown) => ({
    key: `${name} ${time}`,
    event: { asset: name, at: at(time), ...(extra === undefined ? {} : { extra }) },
  });

  test('wait for all assets of an and, and are about what the windows tell', () => {
    const when = and(lake('orders'), asset('prices'));
    let state = deployedState({ schedule: assets(when) });
    const window = { from: '2026-05-10T08:00:00Z', to: '2026-05-10T08:15:00Z' };
    state = assetUpdated(state, event('lake/orders', '10T08:20', window));
    expect(hasWork(state)).toBe(false);
    state = assetUpdated(state, event('prices', '10T08:10'));
    const [start] = plan(state, '10T09:00').starts;
    expect(start).toMatchObject({
      runType: 'asset',
      run: {
        dataInterval: { start: at('10T08:00'), end: at('10T08:15') },
        logicalDate: at('10T08:00'),
      },
    });
    expect(start!.run.runId).toMatch(/^asset-2026-05-10T08:20:00Z-\d+$/);
    expect(start!.run.assetEvents).toHaveLength(2);
  });

  test('an update told twice, or of an asset that is not followed, is none', () => {
    const state = deployedState({ schedule: assets(asset('a')), maxActiveRuns: 1 });
    const once = assetUpdated(state, event('a', '10T08:20'));
    expect(assetUpdated(once, event('a', '10T08:20')).assetEvents).toHaveLength(1);
    expect(assetUpdated(once, event('b', '10T08:20')).assetEvents).toHaveLength(1);
  });

  test('a run takes a bounded number; of too many that wait, the oldest are dropped', () => {
    let state = paused(deployedState({ schedule: assets(asset('a')) }));
    for (let count = 0; count < MAX_WAITING_EVENTS + 5; count += 1) {
      state = assetUpdated(state, {
        key: `${count}`,
        event: { asset: 'a', at: at('10T08:00'), extra: count },
      });
    }
    expect(state.assetEvents).toHaveLength(MAX_WAITING_EVENTS);
    const { starts, state: next } = plan(unpaused(state), '10T09:00');
    expect(starts[0]!.run.assetEvents.map(({ extra }) => extra).slice(0, 2)).toEqual([5, 6]);
    expect(starts[0]!.run.assetEvents).toHaveLength(MAX_EVENTS_OF_RUN);
    expect(next.assetEvents).toHaveLength(MAX_WAITING_EVENTS - MAX_EVENTS_OF_RUN);
  });
});

describe('tasks that depend on the past', () => {
  const settings = {
    ...DAY,
    startDate: '2026-05-08T00:00:00Z',
    catchup: true,
    maxActiveRuns: 2,
    dependsOnPast: true,
  };

  test('the first run has no past; one whose run before has not ended waits for it', () => {
    const { starts, state } = plan(deployedState(settings), '10T08:00');
    expect(starts.map(({ previous }) => previous)).toEqual([undefined, { copy: 'waiting' }]);
    const told = ended(state, '2026-05-08T00:00:00Z', { copy: 'failed' });
    expect(told.tells).toMatchObject([{ runId: '2026-05-09T00:00:00Z', past: { copy: 'failed' } }]);
  });

  test('a run whose run before has ended is given how', () => {
    const { state } = plan(deployedState({ ...settings, maxActiveRuns: 1 }), '10T08:00');
    const next = ended(state, '2026-05-08T00:00:00Z', { copy: 'skipped' });
    expect(plan(next, '10T09:00').starts[0]?.previous).toEqual({ copy: 'skipped' });
  });

  test('an interval that is run again goes by the one before it, not by itself', () => {
    const { state } = plan(deployedState(settings), '10T08:00');
    const [one, two] = ['2026-05-08T00:00:00Z', '2026-05-09T00:00:00Z'];
    const over = ended(ended(state, one, { copy: 'success' }), two, { copy: 'failed' });
    const spans = [{ start: at('09T00:00'), seconds: 86_400, count: 1 }];
    const again = backfillAdded(over, { ...BACKFILL, scope: 'failed' }, spans).state;
    expect(plan(again, '10T09:00').starts[0]).toMatchObject({
      again: true,
      run: { runId: two },
      previous: { copy: 'success' },
    });
  });

  test('two words for one run are one, the latest', () => {
    const { state } = plan(deployedState(settings), '10T08:00');
    const first = ended(state, '2026-05-08T00:00:00Z', { copy: 'failed' });
    const then = ended(first, '2026-05-08T00:00:00Z', { copy: 'success' });
    expect(then.tells).toMatchObject([{ past: { copy: 'success' } }]);
    expect(told(then, first.tells[0]!)).toBe(then);
  });

  test('runs by hand are no part of the chain', () => {
    const state = triggered(deployedState(settings), { at: at('01T00:00'), runId: 'hand' }).state;
    const { starts } = plan(state, '10T08:00');
    expect(starts.map(({ run, previous }) => [run.runId, previous])).toEqual([
      ['hand', undefined],
      ['2026-05-08T00:00:00Z', undefined],
    ]);
  });
});

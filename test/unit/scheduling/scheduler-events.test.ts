/** Owns what word from outside does to a scheduler. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { every, manual } from '../../../src/dag/index.js';
import type { RunChange } from '../../../src/scheduling/dag-run-input.js';
import { planRuns } from '../../../src/scheduling/plan-runs.js';
import { readDeployedDag, readRunChange } from '../../../src/scheduling/read-scheduler-signals.js';
import {
  backfillAdded,
  deployed,
  foundEnded,
  runChanged,
  triggered,
} from '../../../src/scheduling/scheduler-events.js';
import {
  freeRuns,
  initialScheduler,
  REMEMBERED_RUNS,
  type SchedulerState,
} from '../../../src/scheduling/scheduler-state.js';
import { deployedAt } from '../../support/scheduled-dag.js';

const AT = parseInstant('2026-05-10T08:00:00Z')!;
const LATER = parseInstant('2026-05-10T09:00:00Z')!;
const byHand = deployedAt(AT, { schedule: manual(), maxActiveRuns: 1 });

function running(...runIds: string[]): SchedulerState {
  let state = deployed(initialScheduler('reports'), { ...byHand });
  for (const runId of runIds) {
    state = planRuns(triggered(state, { at: AT, runId }).state).state;
  }
  return state;
}

const change = (runId: string, status: RunChange['status']): RunChange => ({
  runId,
  status,
  atMs: 5,
  past: {},
  failed:
    status === 'failed'
      ? Array.from({ length: 9 }, () => ({ name: 'copy', attempt: 1, message: 'x'.repeat(999) }))
      : [],
});

describe('a deploy', () => {
  const daily = deployedAt(LATER, { schedule: every('1d') });

  test('the newest wins, whichever comes last', () => {
    const state = deployed(deployed(initialScheduler('reports'), daily), byHand);
    expect(state.deployed).toBe(daily);
  });

  test('of other times makes the timetable unread; of other tasks or the same not', () => {
    const read: SchedulerState = {
      ...deployed(initialScheduler('reports'), daily),
      next: null,
    };
    const same = { ...daily, graphHash: 'other' };
    expect(deployed(read, same).next).toBeNull();
    const hourly = deployedAt(LATER, { schedule: every('1h') });
    expect(deployed(read, hourly)).not.toHaveProperty('next');
  });
});

describe('word of a run', () => {
  test('its end frees the place, and keeps little of what failed', () => {
    const state = runChanged(running('a'), change('a', 'failed'));
    expect(freeRuns(state)).toBe(1);
    const [run] = state.ended;
    expect(run).toMatchObject({ runId: 'a', status: 'failed', endedAtMs: 5 });
    expect(run!.failed).toHaveLength(3);
    expect(run!.failed![0]!.message).toHaveLength(300);
  });

  test('opened again it takes a place again, and frees it once more', () => {
    const over = runChanged(running('a'), change('a', 'success'));
    const open = runChanged(over, change('a', 'running'));
    expect(freeRuns(open)).toBe(0);
    expect(open.ended).toEqual([]);
    expect(open.active[0]).not.toHaveProperty('endedAtMs');
    expect(runChanged(open, change('a', 'success')).ended).toHaveLength(1);
  });

  test('of a run nobody remembers is passed over', () => {
    expect(runChanged(running(), change('z', 'success')).ended).toEqual([]);
    expect(runChanged(running(), change('z', 'running')).active).toEqual([]);
  });

  test('the server’s word counts for the stint it is about', () => {
    const state = running('a');
    const [first] = state.active;
    const again = runChanged(runChanged(state, change('a', 'failed')), change('a', 'running'));
    expect(foundEnded(again, first!, 'failed', 'terminated')).toBe(again);
    const found = foundEnded(again, again.active[0]!, 'failed', 'terminated');
    expect(found.ended[0]).toMatchObject({ failed: [{ name: 'run', message: 'terminated' }] });
  });

  test('few ended runs are remembered', () => {
    let state = running();
    for (let count = 0; count < REMEMBERED_RUNS + 3; count += 1) {
      state = planRuns(triggered(state, { at: AT, runId: `r${count}` }).state).state;
      state = runChanged(state, change(`r${count}`, 'success'));
    }
    expect(state.ended).toHaveLength(REMEMBERED_RUNS);
    expect(state.ended[0]?.runId).toBe(`r${REMEMBERED_RUNS + 2}`);
  });
});

test('two triggers in one second are two runs', () => {
  const once = triggered(running(), { at: AT });
  const twice = triggered(once.state, { at: AT });
  expect(twice.run.runId).not.toBe(once.run.runId);
  expect(twice.run.runId.startsWith(once.run.runId)).toBe(true);
});

test('backfills that are done stay in sight for a while', () => {
  const request = {
    from: AT,
    to: LATER,
    scope: 'all' as const,
    maxActiveRuns: 1,
    backwards: false,
    dryRun: false,
    at: AT,
  };
  let state = running();
  for (let count = 0; count < 30; count += 1) {
    state = backfillAdded(state, request, [{ start: AT, seconds: 3600, count: 1 }]).state;
    state = planRuns(state).state;
    state = runChanged(state, change(AT, 'success'));
  }
  expect(state.backfills).toHaveLength(20);
  expect(state.backfills.at(-1)).toMatchObject({ done: 1 });
});

describe('signals that cannot be read', () => {
  test.each([null, 7, {}, { runId: 'a' }, { ...change('a', 'success'), past: null }])(
    'no word of a run: %j',
    (value) => {
      expect(readRunChange(value)).toBeUndefined();
    },
  );
  test.each([null, 'x', {}, { ...byHand, at: 'noon' }, { ...byHand, graph: null }])(
    'no deploy: %j',
    (value) => {
      expect(readDeployedDag('reports', value)).toBeUndefined();
    },
  );
  test('what is whole passes, a deploy for its own DAG alone', () => {
    expect(readRunChange(change('a', 'success'))).toEqual(change('a', 'success'));
    expect(readDeployedDag('reports', byHand)).toBe(byHand);
    expect(readDeployedDag('other', byHand)).toBeUndefined();
  });
});

/** Owns how a scheduler shows itself: to queries, and on its page. */
import { expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { and, asset, assets, cron, every, lake, manual, or } from '../../../src/dag/index.js';
import { planRuns } from '../../../src/scheduling/plan-runs.js';
import { renderScheduler, scheduleText } from '../../../src/scheduling/render-scheduler.js';
import {
  backfillAdded,
  deployed,
  paused,
  reached,
  runChanged,
  triggered,
} from '../../../src/scheduling/scheduler-events.js';
import { initialScheduler } from '../../../src/scheduling/scheduler-state.js';
import { clockQuestion, readTimetable } from '../../../src/scheduling/scheduler-timetable.js';
import { schedulerView } from '../../../src/scheduling/scheduler-view.js';
import { deployedAt } from '../../support/scheduled-dag.js';

const AT = parseInstant('2026-05-10T08:00:00Z')!;

function busyView(isPaused: boolean) {
  let state = deployed(
    initialScheduler('reports'),
    deployedAt(AT, { schedule: every('1d'), maxActiveRuns: 1 }),
  );
  state = planRuns(state, readTimetable(clockQuestion(state)!, AT)).state;
  const failed = [{ name: 'copy[3]', attempt: 2, message: 'no | such\ntable' }];
  const runId = '2026-05-09T00:00:00Z';
  const change = {
    runId,
    status: 'failed' as const,
    atMs: Date.parse(AT) + 90_000,
    past: {},
    failed,
  };
  state = runChanged(state, change);
  for (const name of ['first', 'second']) {
    state = triggered(state, { at: AT, runId: name }).state;
    state = planRuns(state).state;
  }
  const request = {
    from: AT,
    to: AT,
    scope: 'all' as const,
    maxActiveRuns: 2,
    backwards: false,
    dryRun: false,
    at: AT,
  };
  const spans = [{ start: parseInstant('2026-05-01T00:00:00Z')!, seconds: 86_400, count: 5 }];
  state = planRuns(backfillAdded(state, request, spans).state).state;
  state = reached(state, parseInstant('2026-05-11T00:00:00Z')!);
  return schedulerView(isPaused ? paused(state) : state)!;
}

test('the view: what is under way, what waits and is due, oldest first, what ended', () => {
  const view = busyView(false);
  expect(view.active.map(({ runId, status }) => `${runId} ${status}`)).toEqual([
    'first running',
    '2026-05-01T00:00:00Z running',
    '2026-05-02T00:00:00Z running',
    'second queued',
    '2026-05-10T00:00:00Z queued',
  ]);
  expect(view.next).toEqual({ start: '2026-05-10T00:00:00Z', end: '2026-05-11T00:00:00Z' });
  expect(view.ended).toHaveLength(1);
  expect(view.backfills).toMatchObject([{ waiting: 3, active: 2, done: 0, maxActiveRuns: 2 }]);
  expect(JSON.stringify(view)).not.toContain('stint');
  expect(busyView(true).active).toHaveLength(4);
});

test('the page', () => {
  expect(renderScheduler(busyView(true)).replace(/`[0-9a-f]{12}`/, '`hash`')).toBe(
    `**Paused**: no run begins until it is unpaused.

|  |  |
|---|---|
| Schedule | \`every 1d\` |
| Next | 2026-05-10 00:00 – 2026-05-11 00:00, at its end |
| Catchup | off |
| Runs at once | 1 |
| Tasks | 1 |
| Graph | \`hash\` |

| Under way and waiting | Kind | State | Interval | Began, took | Failed |
|---|---|---|---|---|---|
| \`first\` | manual | running | 2026-05-09 00:00 – 2026-05-10 00:00 | 2026-05-10 08:01:30 |  |
| \`2026-05-01T00:00:00Z\` | backfill | running | 2026-05-01 00:00 – 2026-05-02 00:00 | 2026-05-10 08:01:30 |  |
| \`2026-05-02T00:00:00Z\` | backfill | running | 2026-05-02 00:00 – 2026-05-03 00:00 | 2026-05-10 08:01:30 |  |
| \`second\` | manual | queued | 2026-05-09 00:00 – 2026-05-10 00:00 | — |  |

| Last runs | Kind | State | Interval | Began, took | Failed |
|---|---|---|---|---|---|
| \`2026-05-09T00:00:00Z\` | scheduled | failed | 2026-05-09 00:00 – 2026-05-10 00:00 | 2026-05-10 08:00, 90 s | \`copy[3]\`: no \\| such table |

| Backfill | Done | Under way | Waiting |
|---|---|---|---|
| backfill-3 | 0 | 2 of 2 | 3 |`,
  );
});

test.each([
  [manual(), 'by hand'],
  [cron('0 6 * * *', { timezone: 'Europe/Paris' }), '0 6 * * * (Europe/Paris)'],
  [every('90s'), 'every 90s'],
  [assets(lake('orders')), 'when lake/orders'],
  [assets(or(asset('a'), and(asset('b'), asset('c')))), 'when a or (b and c)'],
])('a schedule in words %#', (schedule, text) => {
  expect(scheduleText(schedule)).toBe(text);
});

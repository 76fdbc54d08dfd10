/** Owns the check of how runs of DAGs read: their tasks, their changes, what failed and why. */
import { describe, expect, test } from '@jest/globals';
import { changeLines } from '../../../src/cli/dag/follow-run.js';
import { graphLines, taskLines } from '../../../src/cli/dag/run-text.js';
import { knownRuns } from '../../../src/cli/dag/runs.js';
import { Output } from '../../../src/cli/output.js';
import type { Instant } from '../../../src/core/instant.js';
import { dag, testDag, type Script, type TaskView } from '../../../src/dag/index.js';
import type { DagRunView } from '../../../src/scheduling/dag-run-input.js';
import type { ScheduledRun, SchedulerView } from '../../../src/scheduling/dag-scheduler-input.js';
import type { ListedRun } from '../../../src/temporal/dag-runs.js';
import { TextSink } from '../../support/text-sink.js';

const sample = dag('sample', { pools: { db: 1 } }, (d) => {
  const list = d.task('list', async (): Promise<number[]> => [1, 2, 3]);
  const copy = d.task('copy', async (input: { n: number }) => input.n, { retries: 1, pool: 'db' });
  const report = d.task('report', async (input: { all: number[] }) => input.all.length);
  report({ all: copy.map({ n: list({}) }) });
});
const START_MS = Date.parse('2026-01-01T00:00:00Z');

async function tasksWith(outcomes: Readonly<Record<string, Script>>): Promise<readonly TaskView[]> {
  const run = await testDag(sample, { outcomes });
  return sample.graph.tasks.map(({ id }) => run.tasks[id]!);
}

function outputTo(answers = new TextSink()): Output {
  return new Output({ json: false, verbose: false }, { answers, notes: new TextSink() });
}

const textOf = (tasks: readonly TaskView[], waitingForPool: DagRunView['waitingForPool'] = []) =>
  taskLines({ graph: sample.graph, tasks, waitingForPool }, outputTo(), START_MS + 400_000);

describe('the table of tasks', () => {
  test('a run that succeeded has no word on failures', async () => {
    expect(textOf(await tasksWith({}))).toEqual([
      'task    state    try  items  took',
      'list    success    1         0 ms',
      'copy    success    1    3/3  0 ms',
      'report  success    1         0 ms',
    ]);
  });

  test('which item failed, at which attempt, and why', async () => {
    const tasks = await tasksWith({
      copy: ({ mapIndex }) => (mapIndex === 1 ? { fail: 'disk full' } : 'run'),
    });
    expect(textOf(tasks)).toEqual([
      'task    state            try          items   took',
      'list    success            1                  0 ms',
      'copy    failed             2  2/3, 1 failed  5 min',
      'report  upstream_failed',
      '',
      '✗ copy[1], attempt 2: disk full',
    ]);
  });

  test('why a task was skipped, and what it waits for', async () => {
    const skipped = await tasksWith({ list: { skip: 'nothing new' } });
    expect(textOf(skipped)[1]).toBe('list    skipped    1         0 ms  nothing new');
    const [first = '', , third = ''] = textOf(skipped, [{ name: 'copy[2]', pool: 'db' }]);
    expect(first).toContain('note');
    expect(third).toContain('waits for pool db');
  });

  test('of many failures the first twenty, and how many more', () => {
    const failures = Array.from({ length: 100 }, (_, mapIndex) => ({
      mapIndex,
      attempt: 1,
      error: { message: 'no' },
    }));
    const items = { count: 900, success: 0, skipped: 0, failed: 900, active: 0, failures };
    const lines = textOf([{ id: 'copy', state: 'failed', attempt: 1, items }]);
    expect(lines).toHaveLength(2 + 1 + 20 + 1);
    expect(lines.at(-1)).toBe('  … and 880 more');
  });
});

test('the graph has colours on a terminal that shows them, and only there', async () => {
  const tasks = await tasksWith({});
  const plain = graphLines(sample.graph, outputTo(), tasks).join('\n');
  const coloured = graphLines(sample.graph, outputTo(new TextSink(true)), tasks).join('\n');
  expect(plain).not.toContain('\u001b');
  expect(coloured).toContain('\u001b[32m');
});

describe('changes of a run that is followed', () => {
  const view = (tasks: readonly TaskView[]): DagRunView => ({
    dagId: 'sample',
    runId: 'r',
    runType: 'manual',
    graphHash: '',
    dataInterval: {
      start: '2026-01-01T00:00:00Z' as Instant,
      end: '2026-01-01T00:00:00Z' as Instant,
    },
    logicalDate: '2026-01-01T00:00:00Z' as Instant,
    params: null,
    status: 'running',
    cancelling: false,
    startedAtMs: START_MS,
    tasks,
    waitingForPool: [],
  });
  const list: TaskView = { id: 'list', state: 'waiting', attempt: 0 };

  test('what waits from the start is no change', () => {
    expect(changeLines(undefined, view([list]), outputTo())).toEqual([]);
  });

  test('each state once; a retry tells its attempt and the error before', () => {
    const running: TaskView = { ...list, state: 'running', attempt: 1, startedAtMs: START_MS };
    expect(changeLines(view([list]), view([running]), outputTo())).toEqual(['list running']);
    expect(changeLines(view([running]), view([running]), outputTo())).toEqual([]);
    const retrying: TaskView = { ...running, state: 'up_for_retry', error: { message: 'no' } };
    expect(changeLines(view([running]), view([retrying]), outputTo())).toEqual([
      'list up_for_retry  no',
    ]);
    const done: TaskView = { ...running, state: 'success', attempt: 2, endedAtMs: START_MS + 3000 };
    expect(changeLines(view([retrying]), view([done]), outputTo())).toEqual([
      'list success  attempt 2, 3 s',
    ]);
  });
});

describe('the runs of a DAG', () => {
  const interval = {
    start: '2026-01-01T00:00:00Z' as Instant,
    end: '2026-01-02T00:00:00Z' as Instant,
  };
  const listed = (
    runId: string,
    startedAtMs: number,
    execution: ListedRun['execution'],
  ): ListedRun => ({
    dagId: 'sample',
    runId,
    workflowId: `tidemark/dag/sample/${runId}`,
    executionId: 'x',
    taskQueue: 'q',
    execution,
    startedAtMs,
  });
  const scheduled = (runId: string, run: Partial<ScheduledRun>): ScheduledRun => ({
    runId,
    runType: 'manual',
    dataInterval: interval,
    status: 'running',
    ...run,
  });

  test('the scheduler knows more, visibility knows longer', () => {
    const view = {
      active: [scheduled('queued', { status: 'queued' }), scheduled('b', { startedAtMs: 20 })],
      ended: [scheduled('c', { status: 'success', startedAtMs: 30, endedAtMs: 40 })],
    } as unknown as SchedulerView;
    const runs = knownRuns(view, [
      listed('c', 30, 'RUNNING'),
      listed('b', 20, 'RUNNING'),
      listed('a', 10, 'TERMINATED'),
    ]);
    expect(runs.map(({ runId, status }) => `${runId} ${status}`)).toEqual([
      'queued queued',
      'c success',
      'b running',
      'a failed',
    ]);
    expect(runs[1]).toMatchObject({ workflowId: 'tidemark/dag/sample/c', runType: 'manual' });
  });

  test('without a scheduler that answers, visibility alone', () => {
    const runs = knownRuns(undefined, [listed('a', 10, 'COMPLETED')]);
    expect(runs).toMatchObject([{ runId: 'a', status: 'success' }]);
  });
});

/** Owns what a run does next, command by command, and what each decision may cost. */

import { describe, expect, test } from '@jest/globals';
import {
  asset,
  dag,
  inputsOf,
  loadInputs,
  sourcesOf,
  viewRun,
  type Outcome,
  type RunCommand,
} from '../../../../src/dag/index.js';
import { Teller } from '../../../support/run-teller.js';
import { assertLawful, LAWFUL_STEPS } from '../../../../src/dag/engine/run-state.js';

const work = async (): Promise<void> => {};
const started = (commands: readonly RunCommand[]): string[] =>
  commands.flatMap((one) =>
    one.type === 'startTask'
      ? [`${one.task}${one.mapIndex < 0 ? '' : `[${one.mapIndex}]`}#${one.attempt}`]
      : [],
  );

const chainOf3 = dag('three', {}, (d) => {
  const a = d.task('a', async () => 'out')();
  const b = d.task('b', async (x: { a: string }) => x.a, { retries: 1, outlets: [asset('b')] })({
    a,
  });
  d.task('c', async (x: { b: string }) => x.b)({ b });
}).graph;

describe('decide', () => {
  test('starts what may run, retries, and completes', () => {
    const run = new Teller(chainOf3);
    expect(started(run.tell({ type: 'runStarted' }))).toEqual(['a#1']);
    expect(started(run.succeed('a', 'x'))).toEqual(['b#1']);
    expect(run.fail('b')).toEqual([
      {
        type: 'startTimer',
        afterMs: 300_000,
        timer: { kind: 'retry', task: 'b', mapIndex: -1, attempt: 1 },
      },
    ]);
    const timer = { kind: 'retry', task: 'b', mapIndex: -1, attempt: 1 } as const;
    expect(started(run.tell({ type: 'timerFired', timer }))).toEqual(['b#2']);
    expect(run.succeed('b', 'y', -1, 2)).toMatchObject([
      { type: 'updateAssets', assets: ['b'] },
      { type: 'startTask', task: 'c' },
    ]);
    expect(run.succeed('c', 'z')).toEqual([{ type: 'completeRun', status: 'success' }]);
    expect(run.state).toMatchObject({ status: 'success', unfinished: 0, active: 0 });
  });

  test('ignores answers and timers of attempts that are over, and of tasks that are not there', () => {
    const run = new Teller(chainOf3);
    run.tell({ type: 'runStarted' });
    run.succeed('a', 'x');
    run.fail('b');
    const before = run.state;
    expect(run.succeed('b', 'late')).toEqual([]);
    expect(run.succeed('nobody', 'x')).toEqual([]);
    expect(
      run.tell({
        type: 'timerFired',
        timer: { kind: 'retry', task: 'b', mapIndex: -1, attempt: 7 },
      }),
    ).toEqual([]);
    expect(run.tell({ type: 'shardFinished', task: 'b', from: 0, items: [1] })).toEqual([]);
    expect(run.state.tasks).toBe(before.tasks);
  });

  test('an item of 500 costs one chunk of items, not the list', () => {
    const { graph } = dag('wide', { maxActiveTasks: 1_000 }, (d) => {
      const items = Array.from({ length: 500 }, (_, n) => n);
      d.task('item', async (a: { n: number }) => a.n).map({ n: items }, { maxActive: 100 });
    });
    const run = new Teller(graph);
    expect(started(run.tell({ type: 'runStarted' }))).toHaveLength(100);
    const before = run.state.tasks[0]![0]!.items!.list;
    expect(started(run.succeed('item', undefined, 3))).toEqual(['item[100]#1']);
    const after = run.state.tasks[0]![0]!.items!.list;
    expect(after.filter((chunk, at) => chunk !== before[at])).toHaveLength(2);
    for (let at = 0; at < 500; at += 1) if (at !== 3) run.succeed('item', undefined, at);
    expect(run.state.status).toBe('success');
    expect(JSON.stringify(run.state).length).toBeLessThan(2_000);
  });

  test('takes the length of a kept list, and fails on more items than the limit or no list', () => {
    const { graph } = dag('kept', {}, (d) => {
      const list = d.task('list', async () => ['x'])();
      d.task('item', async (a: { n: string }) => a.n).map({ n: list }, { limit: 3 });
    });
    const listed = (length?: number): Teller => {
      const run = new Teller(graph);
      run.tell({ type: 'runStarted' });
      const output = { ref: 's3://kept', ...(length === undefined ? {} : { length }) };
      run.tell({ type: 'taskSucceeded', task: 'list', mapIndex: -1, attempt: 1, output });
      return run;
    };
    expect(listed(3).states).toEqual({ list: 'success', item: 'running' });
    expect(listed(4).states).toEqual({ list: 'success', item: 'failed' });
    expect(listed().states).toEqual({ list: 'success', item: 'failed' });
    expect(inputsOf(sourcesOf(graph, listed(2).state, 'item'), 1)).toEqual({
      n: { kind: 'ref', ref: 's3://kept', item: 1 },
    });
  });

  test('gives a cross product in order, and outcomes where a rule is loose', async () => {
    const { graph } = dag('cross', {}, (d) => {
      const pair = d
        .task('pair', async (a: { x: string; y: number; z: string }) => a.x)
        .partial({ z: 'same' })
        .map({ x: ['a', 'b'], y: [1, 2, 3] });
      d.task(
        'sum',
        async (a: { all: Outcome<string[]>; each: Outcome<string>[] }) => a.each.length,
        {
          triggerRule: 'all_done',
        },
      )({ all: pair, each: pair.outcomes });
    });
    const run = new Teller(graph);
    run.tell({ type: 'runStarted' });
    const load = (ref: string): Promise<never> => Promise.reject(new Error(ref));
    const inputs = await loadInputs(inputsOf(sourcesOf(graph, run.state, 'pair'), 4), load);
    expect(inputs).toEqual({ x: 'b', y: 2, z: 'same' });
    for (let at = 0; at < 5; at += 1) run.succeed('pair', `v${at}`, at);
    run.fail('pair', 5);
    const given = await loadInputs(inputsOf(sourcesOf(graph, run.state, 'sum'), -1), load);
    expect(given['all']).toEqual({
      state: 'failed',
      error: { message: '1 of 6 items failed; the first: no', type: 'ItemsFailed' },
    });
    expect(given['each']).toEqual([
      ...[0, 1, 2, 3, 4].map((at) => ({ state: 'success', value: `v${at}` })),
      { state: 'failed', error: { message: 'no' } },
    ]);
  });
});

describe('operations', () => {
  const finished = (): Teller => {
    const run = new Teller(chainOf3);
    run.tell({ type: 'runStarted' });
    run.succeed('a', 'x');
    run.tell({
      type: 'taskFailed',
      task: 'b',
      mapIndex: -1,
      attempt: 1,
      error: { message: 'no' },
      retryable: false,
    });
    return run;
  };

  test('retryFailed runs what failed again, and reuses the rest', () => {
    const run = finished();
    expect(run.states).toEqual({ a: 'success', b: 'failed', c: 'upstream_failed' });
    expect(started(run.tell({ type: 'retryFailed' }))).toEqual(['b#2']);
    run.succeed('b', 'y', -1, 2);
    expect(run.succeed('c', 'z')).toEqual([{ type: 'completeRun', status: 'success' }]);
  });

  test('clear takes upstream or downstream along when told to', () => {
    const cleared = (scope: object): Readonly<Record<string, string>> => {
      const run = finished();
      run.tell({ type: 'clear', tasks: ['b'], ...scope });
      return run.states;
    };
    expect(cleared({})).toEqual({ a: 'success', b: 'running', c: 'upstream_failed' });
    expect(cleared({ downstream: true })).toEqual({ a: 'success', b: 'running', c: 'waiting' });
    expect(cleared({ upstream: true })).toEqual({
      a: 'running',
      b: 'waiting',
      c: 'upstream_failed',
    });
  });

  test('clearing a running task stops its attempt and starts another', () => {
    const run = new Teller(chainOf3);
    run.tell({ type: 'runStarted' });
    expect(run.tell({ type: 'clear', tasks: ['a'] })).toMatchObject([
      { type: 'cancelTask', task: 'a', attempt: 1 },
      { type: 'startTask', task: 'a', attempt: 2 },
    ]);
    expect(run.succeed('a', 'late')).toEqual([]);
  });

  test('mark as success lets downstream go on with what is given', async () => {
    const run = finished();
    const commands = run.tell({
      type: 'mark',
      task: 'b',
      as: 'success',
      output: { value: 'by hand' },
    });
    expect(started(commands)).toEqual(['c#1']);
    const inputs = inputsOf(sourcesOf(chainOf3, run.state, 'c'), -1);
    expect(await loadInputs(inputs, () => Promise.reject(new Error('none')))).toEqual({
      b: 'by hand',
    });
  });

  test('mark as failed fails what depends on it', () => {
    const run = new Teller(chainOf3);
    run.tell({ type: 'runStarted' });
    expect(run.tell({ type: 'mark', task: 'a', as: 'failed' })).toEqual([
      { type: 'cancelTask', task: 'a', mapIndex: -1, attempt: 1 },
      { type: 'completeRun', status: 'failed' },
    ]);
  });

  test('of a mapped task, only the items that failed run again', () => {
    const { graph } = dag('items', {}, (d) => {
      const item = d.task('item', async (a: { n: number }) => a.n).map({ n: [1, 2, 3] });
      d.task('all', async (a: { n: number[] }) => a.n.length)({ n: item });
    });
    const run = new Teller(graph);
    run.tell({ type: 'runStarted' });
    run.succeed('item', 'a', 0);
    run.fail('item', 1);
    expect(run.succeed('item', 'c', 2)).toMatchObject([{ type: 'completeRun', status: 'failed' }]);
    expect(started(run.tell({ type: 'retryFailed' }))).toEqual(['item[1]#2']);
    expect(started(run.succeed('item', 'b', 1, 2))).toEqual(['all#1']);
    expect(viewRun(graph, run.state)[0]).toMatchObject({
      state: 'success',
      attempt: 2,
      items: { success: 3 },
    });
  });

  test('cancel stops what runs, skips what waits, and says so', () => {
    const run = new Teller(chainOf3);
    run.tell({ type: 'runStarted' });
    expect(run.tell({ type: 'cancel' })).toEqual([
      { type: 'cancelTask', task: 'a', mapIndex: -1, attempt: 1 },
      { type: 'completeRun', status: 'cancelled' },
    ]);
    expect(run.states).toEqual({ a: 'failed', b: 'skipped', c: 'skipped' });
  });

  test('on what is not there say so, and change nothing', () => {
    const run = finished();
    const before = run.state;
    expect(() => run.tell({ type: 'clear', tasks: ['nobody'] })).toThrow(/no task 'nobody'/);
    expect(() => run.tell({ type: 'mark', task: 'b', mapIndex: 3, as: 'success' })).toThrow(
      /no item 3/,
    );
    expect(run.state).toBe(before);
  });
});

test('clearing a task clears the setups around it and their teardowns', () => {
  const { graph } = dag('around', {}, (d) => {
    const make = d.setup('make', work)();
    const use = d.task('use', work)().after(make);
    d.teardown('drop', work, { setups: make })().after(use);
  });
  const run = new Teller(graph);
  run.tell({ type: 'runStarted' });
  for (const task of ['make', 'use', 'drop']) run.succeed(task);
  expect(run.state.status).toBe('success');
  run.tell({ type: 'clear', tasks: ['use'] });
  expect(run.states).toEqual({ make: 'running', use: 'waiting', drop: 'waiting' });
});

test('no step but the lawful ones', () => {
  expect(() => {
    assertLawful('success', 'ready');
  }).toThrow(/steps from success to ready/);
  for (const [from, steps] of Object.entries(LAWFUL_STEPS)) expect(steps).not.toContain(from);
});

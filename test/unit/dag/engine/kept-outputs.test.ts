/** Owns outputs that are kept elsewhere: how a run remembers them, and what downstream is given. */
import { expect, test } from '@jest/globals';
import {
  dag,
  inputsOf,
  loadInputs,
  sourcesOf,
  type Json,
  type Outcome,
  type RunCommand,
} from '../../../../src/dag/index.js';
import { Teller } from '../../../support/run-teller.js';

test('10,000 items go by shards, two at once for 100 items at once, and leave 25 kB a task', () => {
  const { graph } = dag('wide', {}, (d) => {
    const items = Array.from({ length: 10_000 }, (_, n) => n);
    const all = d
      .task('item', async (a: { n: number }) => a.n)
      .map({ n: items }, { maxActive: 100 });
    d.task('sum', async (a: { of: number[] }) => a.of.length)({ of: all });
    d.task('next', async (a: { n: number }) => a.n).map({ n: all });
  });
  const run = new Teller(graph);
  const shards = (commands: readonly RunCommand[]): number[] =>
    commands.flatMap((command) =>
      command.type === 'startShard' && command.task === 'item' ? [command.from] : [],
    );
  let waiting = shards(run.tell({ type: 'runStarted' }));
  expect(waiting).toEqual([0, 500]);
  while (waiting.length > 0) {
    const [from = 0, ...others] = waiting;
    const items = Array.from({ length: 500 }, () => 1);
    const kept = `kept-${from}`;
    const next = run.tell({ type: 'shardFinished', task: 'item', from, items, kept });
    waiting = [...others, ...shards(next)];
  }
  expect(run.states).toEqual({ item: 'success', sum: 'running', next: 'running' });
  expect(JSON.stringify(run.state).length).toBeLessThan(50_000);
  const { of } = inputsOf(sourcesOf(graph, run.state, 'sum'), -1);
  expect(of).toMatchObject({ kind: 'list', of: { length: 20 } });
  const { n } = inputsOf(sourcesOf(graph, run.state, 'next'), 777);
  expect(n).toEqual({ kind: 'kept', ref: 'kept-500', item: 277 });
});

test('kept outputs are read by slices, around items that failed or ran again', async () => {
  const { graph } = dag('kept', {}, (d) => {
    const items = d
      .task('item', async (a: { n: number }) => a.n)
      .map({ n: [0, 1, 2, 3, 4, 5] }, { shardSize: 3, maxActive: 100 });
    const after = { triggerRule: 'all_done' as const };
    d.task(
      'each',
      async (a: { of: Outcome<number>[] }) => a.of.length,
      after,
    )({
      of: items.outcomes,
    });
    d.task('values', async (a: { of: Outcome<number[]> }) => a.of.state, after)({ of: items });
  });
  const run = new Teller(graph);
  run.tell({ type: 'runStarted' });
  const broken = {
    state: 'failed',
    attempt: 1,
    lastAttempt: 1,
    error: { message: 'no' },
  } as const;
  run.tell({ type: 'shardFinished', task: 'item', from: 3, items: [1, 1, 1], kept: 'b' });
  run.tell({ type: 'shardFinished', task: 'item', from: 0, items: [1, broken, 1], kept: 'a' });
  const lists: Record<string, Json> = {
    a: [{ value: 10 }, null, { value: 12 }],
    b: [{ value: 13 }, { ref: 'large' }, null],
    large: 14,
  };
  const load = (ref: string): Promise<Json> => Promise.resolve(lists[ref] ?? null);
  const given = async (task: string): Promise<unknown> =>
    (await loadInputs(inputsOf(sourcesOf(graph, run.state, task), -1), load))['of'];
  const success = (value: number | null): unknown => ({ state: 'success', value });
  const failed = { state: 'failed', error: { message: 'no' } };
  const each = [success(10), failed, success(12), success(13), success(14), success(null)];
  expect(await given('each')).toEqual(each);
  run.tell({ type: 'clear', tasks: ['item'], mapIndexes: [0, 1] });
  run.tell({ type: 'taskSucceeded', task: 'item', mapIndex: 0, attempt: 2 });
  run.succeed('item', 21, 1, 2);
  expect(await given('each')).toEqual([success(null), success(21), ...each.slice(2)]);
  expect(await given('values')).toEqual({
    state: 'success',
    value: [null, 21, 12, 13, 14, null],
  });
});

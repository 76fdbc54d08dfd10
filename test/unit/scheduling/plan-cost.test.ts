/** Owns the check of the estimate of what a run costs, and of the limits it comes near. */
import { describe, expect, test } from '@jest/globals';
import { asset, dag, type Dag } from '../../../src/dag/index.js';
import { estimateRun } from '../../../src/scheduling/plan-cost.js';

const nothing = async (): Promise<void> => undefined;

/** A DAG of tasks in a row. */
function row(length: number, options: { local?: boolean; pool?: 'db' } = {}): Dag {
  return dag('row', { pools: { db: 2 } }, (d) => {
    let last = d.task('t0', nothing, options)({});
    for (let at = 1; at < length; at += 1) {
      last = d.task(`t${at}`, nothing, options)({}).after(last);
    }
  });
}

/** What one more task adds. */
function added(options: { local?: boolean; pool?: 'db' } = {}): object {
  const [one, two] = [row(1, options), row(2, options)].map(
    (each) => estimateRun(each.graph).least,
  );
  return { events: two!.events - one!.events, actions: two!.actions - one!.actions };
}

describe('what a task adds', () => {
  test('an activity: scheduled, started, completed, and the workflow task it wakes', () => {
    expect(added()).toEqual({ events: 6, actions: 1 });
  });

  test('a local one: a marker and a workflow task', () => {
    expect(added({ local: true })).toEqual({ events: 4, actions: 1 });
  });

  test('a lease: asked for, granted, given back', () => {
    expect(added({ pool: 'db' })).toEqual({ events: 14, actions: 4 });
  });
});

test('a run itself costs a start and an end, and an asset one signal', () => {
  const plain = estimateRun(row(1).graph);
  expect(plain.least).toEqual({ events: 15, actions: 4 });
  expect(plain.most).toEqual(plain.least);
  const updating = dag('row', {}, (d) => {
    d.task('t0', nothing, { outlets: [asset('prices')] })({});
  });
  expect(estimateRun(updating.graph).least).toEqual({ events: 17, actions: 5 });
});

describe('mapped tasks', () => {
  function mapped(
    items: number | 'unknown',
    options: { local?: boolean; shardSize?: number } = {},
  ): Dag {
    const { shardSize, local = false } = options;
    return dag('m', {}, (d) => {
      const list = d.task('list', async (): Promise<number[]> => []);
      const each = d.task('each', async (input: { n: number }) => input.n, { local });
      const limits = { limit: 1_200, ...(shardSize === undefined ? {} : { shardSize }) };
      if (items === 'unknown') each.map({ n: list({}) }, limits);
      else {
        list({});
        each.map({ n: Array.from({ length: items }, (_, at) => at) }, limits);
      }
    });
  }

  test('of known length: so many items', () => {
    const { least, most, tasks } = estimateRun(mapped(10).graph);
    expect(least.events).toBe(15 + 60);
    expect(most).toEqual(least);
    expect(tasks[1]).toMatchObject({ task: 'each', items: 10 });
  });

  test('of unknown length: from one item to the limit, which is cut in shards', () => {
    const { least, most, tasks } = estimateRun(mapped('unknown').graph);
    expect(least).toEqual({ events: 15 + 6, actions: 5 });
    // 1,200 items are three shards of 500 at most, each a child of its own.
    expect(most).toEqual({ events: 15 + 1_200 * 6 + 3 * 11, actions: 4 + 1_200 + 3 });
    expect(tasks[1]).toMatchObject({ upTo: 1_200 });
  });

  test('local items share workflow tasks', () => {
    const { least } = estimateRun(mapped(300, { local: true }).graph);
    expect(least).toEqual({ events: 15 + 300, actions: 4 + 3 });
  });

  test('the nearest limit comes first: what waits, not what fails', () => {
    const [first, ...others] = estimateRun(mapped(1_100).graph).limits;
    expect(first).toMatchObject({ limit: 'items of each', uses: 1_100, allows: 1_200 });
    expect(others.map(({ limit }) => limit)).toContain('events of one history');
    const shares = estimateRun(mapped(1_100).graph).limits.map(({ uses, allows }) => uses / allows);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });
});

test('tasks in a row are one at once, side by side all', () => {
  const atOnce = (one: Dag): number | undefined =>
    estimateRun(one.graph).limits.find(({ limit }) => limit.includes('maxActiveTasks'))?.uses;
  expect(atOnce(row(5))).toBe(1);
  const fan = dag('fan', {}, (d) => {
    for (let at = 0; at < 7; at += 1) d.task(`t${at}`, nothing)({});
  });
  expect(atOnce(fan)).toBe(7);
});

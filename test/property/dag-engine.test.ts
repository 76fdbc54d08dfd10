/** Owns the laws of runs: any graph, any outcomes, in any order, across restarts and operations. */

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  dag,
  isEnd,
  TriggerRule,
  viewRun,
  type DagGraph,
  type RunOperation,
  type RunState,
  type TaskTriggerRule,
} from '../../src/dag/index.js';
import { TidemarkError } from '../../src/core/errors.js';
import { chooser, Driver } from './dag-run-driver.js';

const RULES = Object.values(TriggerRule).filter(
  (rule): rule is TaskTriggerRule => rule !== 'all_done_setup_success',
);

interface TaskPlan {
  readonly kind: 'task' | 'mapped' | 'sharded' | 'branch' | 'gate' | 'sensor' | 'setup';
  readonly rule: TaskTriggerRule;
  readonly retries: number;
  readonly items: number;
  readonly priority: number;
  /** Which of the earlier tasks are upstream, by bit. */
  readonly upstream: number;
}

const taskPlans = fc.record({
  kind: fc.constantFrom<TaskPlan['kind'][]>(
    'task',
    'task',
    'task',
    'mapped',
    'sharded',
    'branch',
    'gate',
    'sensor',
    'setup',
  ),
  rule: fc.oneof(
    { weight: 2, arbitrary: fc.constant('all_success' as const) },
    fc.constantFrom(...RULES),
  ),
  retries: fc.nat(2),
  items: fc.nat(5),
  priority: fc.nat(3),
  upstream: fc.nat(63),
});

const graphs = fc
  .record({
    tasks: fc.array(taskPlans, { minLength: 1, maxLength: 8 }),
    maxActiveTasks: fc.integer({ min: 1, max: 4 }),
    maxActive: fc.integer({ min: 1, max: 3 }),
  })
  .map(({ tasks, maxActiveTasks, maxActive }) => graphOf(tasks, maxActiveTasks, maxActive));

function graphOf(plans: readonly TaskPlan[], maxActiveTasks: number, maxActive: number): DagGraph {
  return dag('any', { maxActiveTasks }, (d) => {
    const setups: { at: number; ref: ReturnType<ReturnType<typeof d.setup>> }[] = [];
    const done: ReturnType<ReturnType<typeof d.task>>[] = [];
    plans.forEach((plan, at) => {
      const id = `t${at}`;
      const { retries, priority } = plan;
      const options = { triggerRule: plan.rule, retries, priority };
      const upstream = done.filter((_ref, other) => (plan.upstream >> (other % 6)) % 2 === 1);
      const list = Array.from({ length: plan.items }, (_, n) => n);
      const mapOptions = { maxActive, ...(plan.kind === 'sharded' ? { shardSize: 2 } : {}) };
      const make = {
        task: () => d.task(id, async () => {}, options)(),
        mapped: () =>
          d.task(id, async (a: { n: number }) => a.n, options).map({ n: list }, mapOptions),
        sharded: () =>
          d.task(id, async (a: { n: number }) => a.n, options).map({ n: list }, mapOptions),
        branch: () => d.task(id, async () => {}, options)(),
        gate: () =>
          d.shortCircuit(id, async () => true, {
            ...options,
            ignoreDownstreamTriggerRules: plan.items > 2,
          })(),
        sensor: () =>
          d.sensor(id, async () => true, { ...options, timeout: '3m', softFail: plan.items > 2 })(),
        setup: () => d.setup(id, async () => {}, { retries, priority })(),
      };
      const ref = make[plan.kind]().after(...upstream) as (typeof done)[number];
      if (plan.kind === 'setup') setups.push({ at, ref: ref as never });
      done.push(ref);
    });
    const last = done[done.length - 1]!;
    for (const { at, ref } of setups) {
      const teardown = d.teardown(`down${at}`, async () => {}, { setups: ref })();
      if (at < done.length - 1) teardown.after(last);
    }
    plans.forEach((plan, at) => {
      // A branch leads to what comes right after it, when that does not come before it too.
      const targets = done.slice(at + 1, at + 3);
      if (plan.kind !== 'branch' || targets.length < 2) return;
      d.branch(`b${at}`, async () => 'one' as const, {
        one: targets[0]!,
        two: targets[1]!,
      })().after(done[at]!);
    });
  }).graph;
}

/** The run's state by its leaves, counted from the graph alone. */
function expectedStatus(graph: DagGraph, state: RunState): string {
  const states = Object.fromEntries(viewRun(graph, state).map((task) => [task.id, task.state]));
  const counts = graph.tasks.filter((node) => node.kind !== 'teardown');
  const leaves = counts.filter((node) => !counts.some((other) => other.upstream.includes(node.id)));
  return leaves.some(({ id }) => ['failed', 'upstream_failed'].includes(String(states[id])))
    ? 'failed'
    : 'success';
}

const choices = fc.array(fc.nat(1_000), { minLength: 20, maxLength: 80 });

const operations = (graph: DagGraph): fc.Arbitrary<RunOperation> => {
  const task = fc.constantFrom(...graph.tasks.map(({ id }) => id));
  const mapIndex = fc.integer({ min: -1, max: 4 });
  return fc.oneof(
    fc.record({
      type: fc.constant('clear' as const),
      tasks: fc.array(task, { minLength: 1, maxLength: 2 }),
      upstream: fc.boolean(),
      downstream: fc.boolean(),
    }),
    fc.record({
      type: fc.constant('clear' as const),
      tasks: fc.array(task, { minLength: 1, maxLength: 1 }),
      mapIndexes: fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      type: fc.constant('mark' as const),
      task,
      mapIndex,
      as: fc.constantFrom('success' as const, 'failed' as const),
    }),
    fc.constant({ type: 'retryFailed' as const }),
    fc.constant({ type: 'cancel' as const }),
  );
};

describe('any run of any graph', () => {
  test('ends once, each task in a lawful state, none started before its rule allows', () => {
    fc.assert(
      fc.property(graphs, choices, (graph, picks) => {
        const driver = new Driver(graph, chooser(picks));
        driver.tell({ type: 'runStarted' });
        while (driver.step());
        expect(driver.completed).toEqual([expectedStatus(graph, driver.state)]);
        expect(driver.state.status).toBe(driver.completed[0]);
        const starts = driver.starts.map(
          ({ task, mapIndex, attempt }) => `${task}[${mapIndex}]#${attempt}`,
        );
        for (const node of graph.tasks) {
          if (node.kind === 'sensor') continue;
          const own = starts.filter((name) => name.startsWith(`${node.id}[`));
          expect(new Set(own).size).toBe(own.length);
        }
        for (const task of viewRun(graph, driver.state)) {
          expect(isEnd(task.state)).toBe(true);
          const { retries } = graph.tasks.find(({ id }) => id === task.id)!;
          expect(task.attempt).toBeLessThanOrEqual(retries + 1);
        }
      }),
      { numRuns: 400 },
    );
  });

  test('ends all the same when people clear, mark, retry and cancel', () => {
    fc.assert(
      fc.property(
        graphs.chain((graph) =>
          fc.tuple(
            fc.constant(graph),
            choices,
            fc.array(operations(graph), { minLength: 1, maxLength: 4 }),
          ),
        ),
        ([graph, picks, todo]) => {
          const choose = chooser(picks);
          const driver = new Driver(graph, choose);
          driver.tell({ type: 'runStarted' });
          for (const operation of todo) {
            for (let steps = choose(12); steps > 0; steps -= 1) driver.step();
            try {
              driver.tell(operation);
            } catch (error) {
              // Items that are not there; the state is as it was.
              if (!(error instanceof TidemarkError)) throw error;
            }
          }
          while (driver.step());
          expect(['success', 'failed', 'cancelled']).toContain(driver.state.status);
          expect(driver.completed.at(-1)).toBe(driver.state.status);
          expect(driver.state.unfinished).toBe(0);
          for (const task of viewRun(graph, driver.state)) expect(isEnd(task.state)).toBe(true);
        },
      ),
      { numRuns: 400 },
    );
  });
});

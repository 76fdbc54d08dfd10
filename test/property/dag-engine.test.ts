/** Owns the laws of runs: any graph, any outcomes, in any order, across restarts and operations. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  isEnd,
  viewRun,
  type DagGraph,
  type RunOperation,
  type RunState,
} from '../../src/dag/index.js';
import { TidemarkError } from '../../src/core/errors.js';
import { graphs } from '../support/random-graphs.js';
import { chooser, Driver } from './dag-run-driver.js';

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
        while (driver.step()) driver.sometimesDie();
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
            driver.sometimesDie();
            try {
              driver.tell(operation);
            } catch (error) {
              // Items that are not there; the state is as it was.
              if (!(error instanceof TidemarkError)) throw error;
            }
          }
          while (driver.step()) driver.sometimesDie();
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

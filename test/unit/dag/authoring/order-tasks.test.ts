/** Owns examples of order: upstreams first, the given order else, cycles named along the arrows. */
import { expect, test } from '@jest/globals';
import { orderTasks } from '../../../../src/dag/authoring/order-tasks.js';

const order = (graph: Readonly<Record<string, readonly string[]>>) => {
  const result = orderTasks(Object.entries(graph).map(([id, upstream]) => ({ id, upstream })));
  return 'cycle' in result
    ? `cycle ${result.cycle.join('>')}`
    : result.ordered.map(({ id }) => id).join('');
};

test.each([
  [{ a: [], b: [], c: [] }, 'abc'],
  [{ a: ['c'], b: [], c: ['b'] }, 'bca'],
  [{ a: ['a'] }, 'cycle a>a'],
  [{ a: ['c'], b: ['a'], c: ['b'], d: ['c'] }, 'cycle a>b>c>a'],
  [{ x: [], d: ['c', 'x'], c: ['b'], b: ['c'] }, 'cycle c>b>c'],
])('%j is %s', (graph, expected) => {
  expect(order(graph)).toBe(expected);
});

/** Owns examples of layout: columns by the longest path, and free cells for what passes a column. */
import { expect, test } from '@jest/globals';
import { dag } from '../../../../src/dag/index.js';
import { layOut } from '../../../../src/dag/draw/layout.js';

const work = (): Promise<void> => Promise.resolve();

test('a task lies right of all it waits for; a dependency past a column has a cell of its own', () => {
  const { graph } = dag('d', {}, (d) => {
    const a = d.task('a', work)();
    const b = d.task('b', work)().after(a);
    d.task('c', work)().after(a, b);
  });
  const { cells, routes, columns, rows } = layOut(graph);
  expect(cells.map(({ column }) => column)).toEqual([0, 1, 2]);
  const passing = routes.find(({ from, to }) => from === 0 && to === 2);
  expect(passing?.via).toEqual([{ column: 1, row: expect.any(Number) }]);
  expect(passing?.via[0]?.row).not.toBe(cells[1]?.row);
  expect([columns, rows]).toEqual([[1, 2, 1], 2]);
});

test('two tasks that swap sides do not cross', () => {
  const { graph } = dag('d', {}, (d) => {
    const [a, b] = ['a', 'b'].map((id) => d.task(id, work)());
    d.task('y', work)().after(b!);
    d.task('x', work)().after(a!);
  });
  const { cells } = layOut(graph);
  const rowOf = (id: string): number => cells[graph.tasks.findIndex((node) => node.id === id)]!.row;
  expect(rowOf('x') < rowOf('y')).toBe(rowOf('a') < rowOf('b'));
});

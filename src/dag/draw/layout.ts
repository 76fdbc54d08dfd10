/** Owns where tasks go in a drawing: in layers from left to right, with few crossings. */
import { findPlace } from '../engine/graph-index.js';
import type { DagGraph } from '../graph.js';

/** A column (a task's longest path from a root) and a row within it, both from 0. */
export interface Cell {
  readonly column: number;
  readonly row: number;
}

/** A dependency, and the free cells it passes between its two tasks, from left to right. */
export interface Route {
  readonly from: number;
  readonly to: number;
  readonly via: readonly Cell[];
}

/** Every task's cell, by its place in the graph, and every dependency's way. */
export interface Layout {
  readonly cells: readonly Cell[];
  readonly routes: readonly Route[];
  /** How many cells each column has, those that are only passed included. */
  readonly columns: readonly number[];
  readonly rows: number;
}

const SWEEPS = 6;

/** Tasks and, for dependencies that skip columns, a stop in each column they pass. */
interface Stops {
  readonly columnOf: number[];
  readonly upstream: number[][];
  readonly routes: {
    readonly from: number;
    readonly to: number;
    readonly stops: readonly number[];
  }[];
}

/** Puts `graph` in layers and orders each layer by where its neighbours are. */
export function layOut(graph: DagGraph): Layout {
  const { columnOf, upstream, routes } = makeStops(graph);
  const columns: number[][] = [];
  columnOf.forEach((column, stop) => (columns[column] ??= []).push(stop));
  const downstream: number[][] = columnOf.map(() => []);
  upstream.forEach((stops, stop) => {
    for (const other of stops) downstream[other]?.push(stop);
  });
  const rowOf: number[] = [];
  columns.forEach((column) => {
    numberRows(column, rowOf);
  });
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const neighbours = sweep % 2 === 0 ? upstream : downstream;
    for (const column of sweep % 2 === 0 ? columns : columns.toReversed()) {
      const middles = new Map(
        column.map((stop) => [stop, middleOf(neighbours[stop] ?? [], rowOf, stop)]),
      );
      column.sort((left, right) => (middles.get(left) ?? 0) - (middles.get(right) ?? 0));
      numberRows(column, rowOf);
    }
  }
  const cellOf = (stop: number): Cell => ({ column: columnOf[stop] ?? 0, row: rowOf[stop] ?? 0 });
  return {
    cells: graph.tasks.map((_node, place) => cellOf(place)),
    routes: routes.map(({ from, to, stops }) => ({ from, to, via: stops.map(cellOf) })),
    columns: columns.map((column) => column.length),
    rows: columns.reduce((most, column) => Math.max(most, column.length), 0),
  };
}

function makeStops(graph: DagGraph): Stops {
  const columnOf: number[] = [];
  const waitsFor = graph.tasks.map((node) => node.upstream.map((id) => findPlace(graph, id) ?? 0));
  waitsFor.forEach((places, place) => {
    columnOf[place] = places.reduce((most, other) => Math.max(most, (columnOf[other] ?? 0) + 1), 0);
  });
  const upstream: number[][] = graph.tasks.map(() => []);
  const routes = waitsFor.flatMap((places, to) =>
    places.map((from) => {
      const stops: number[] = [];
      let before = from;
      for (let column = (columnOf[from] ?? 0) + 1; column < (columnOf[to] ?? 0); column += 1) {
        const stop = columnOf.push(column) - 1;
        upstream[stop] = [before];
        stops.push(stop);
        before = stop;
      }
      upstream[to]?.push(before);
      return { from, to, stops };
    }),
  );
  return { columnOf, upstream, routes };
}

function numberRows(column: readonly number[], rowOf: number[]): void {
  column.forEach((stop, row) => {
    rowOf[stop] = row;
  });
}

/** The mean row of a stop's neighbours; its own where it has none. */
function middleOf(neighbours: readonly number[], rowOf: readonly number[], stop: number): number {
  if (neighbours.length === 0) return rowOf[stop] ?? 0;
  return neighbours.reduce((sum, other) => sum + (rowOf[other] ?? 0), 0) / neighbours.length;
}

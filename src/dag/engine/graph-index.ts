/** Owns what is worked out once of a graph, so that each event costs what it touches and no more. */
import { assert } from '../../core/assert.js';
import type { DagGraph, TaskNode } from '../graph.js';

/** Places in `graph.tasks`, by place. */
export interface GraphIndex {
  readonly graph: DagGraph;
  readonly nodes: readonly TaskNode[];
  readonly downstream: readonly (readonly number[])[];
  readonly upstream: readonly (readonly number[])[];
  /** Tasks besides the direct downstream ones to look at when a task ends. */
  readonly watchers: readonly (readonly number[])[];
  /** Setups that must have succeeded before a task may run, besides direct upstreams. */
  readonly setupsOf: readonly (readonly number[])[];
  /** Of a teardown: all that lies between it and its setups, besides direct upstreams. */
  readonly scopeOf: readonly (readonly number[])[];
  /** Branches and short-circuits directly upstream. */
  readonly decidersOf: readonly (readonly number[])[];
  /** Tasks whose end decides the run's: Airflow's effective leaves. */
  readonly leaves: readonly number[];
}

const indexes = new WeakMap<DagGraph, GraphIndex>();
const places = new WeakMap<DagGraph, ReadonlyMap<string, number>>();

/** The index of `graph`, made once for each graph object. */
export function indexOf(graph: DagGraph): GraphIndex {
  const known = indexes.get(graph);
  if (known !== undefined) return known;
  const index = makeIndex(graph);
  indexes.set(graph, index);
  return index;
}

/** The place of a task; throws when the graph has no such task. */
export function placeOf(graph: DagGraph, id: string): number {
  const place = findPlace(graph, id);
  assert(place !== undefined, `graph '${graph.id}' has a task '${id}'`);
  return place;
}

/** The place of a task; undefined when the graph has no such task. */
export function findPlace(graph: DagGraph, id: string): number | undefined {
  let known = places.get(graph);
  if (known === undefined) {
    known = new Map(graph.tasks.map((node, place) => [node.id, place]));
    places.set(graph, known);
  }
  return known.get(id);
}

/** Everything reachable from `start` along `edges`, without `start` unless a path leads back. */
export function reach(
  edges: readonly (readonly number[])[],
  start: readonly number[],
): ReadonlySet<number> {
  const found = new Set<number>();
  const open = start.flatMap((place) => edges[place] ?? []);
  for (const place of open) {
    if (found.has(place)) continue;
    found.add(place);
    for (const next of edges[place] ?? []) if (!found.has(next)) open.push(next);
  }
  return found;
}

function makeIndex(graph: DagGraph): GraphIndex {
  const nodes = graph.tasks;
  const upstream = nodes.map((node) => node.upstream.map((id) => placeOf(graph, id)));
  const downstream: number[][] = nodes.map(() => []);
  upstream.forEach((places_, place) => {
    for (const other of places_) downstream[other]?.push(place);
  });
  const is = (place: number, ...kinds: readonly string[]): boolean =>
    kinds.includes(String(nodes[place]?.kind));
  const setupsOf = nodes.map((): readonly number[] => []);
  const scopeOf = nodes.map((): readonly number[] => []);
  if (nodes.some((node) => node.kind === 'setup')) {
    nodes.forEach((node, place) => {
      if (node.kind !== 'teardown') {
        const direct = new Set(upstream[place]);
        setupsOf[place] = relevantSetups({ nodes, upstream, downstream }, place).filter(
          (setup) => !direct.has(setup),
        );
      } else scopeOf[place] = teardownScope({ nodes, upstream, downstream }, place);
    });
  }
  const watchers: number[][] = nodes.map(() => []);
  for (const lists of [setupsOf, scopeOf]) {
    lists.forEach((list, place) => {
      for (const other of list) watchers[other]?.push(place);
    });
  }
  return {
    graph,
    nodes,
    upstream,
    downstream,
    watchers,
    setupsOf,
    scopeOf,
    decidersOf: upstream.map((list) =>
      list.filter((other) => is(other, 'branch', 'short_circuit')),
    ),
    leaves: leavesOf(nodes, downstream),
  };
}

interface Edges {
  readonly nodes: readonly TaskNode[];
  readonly upstream: readonly (readonly number[])[];
  readonly downstream: readonly (readonly number[])[];
}

/**
 * The setups upstream of a task that concern it: those with a teardown downstream of the task, or
 * with none at all (Airflow's get_upstreams_only_setups).
 */
export function relevantSetups(
  { nodes, upstream, downstream }: Edges,
  place: number,
): readonly number[] {
  const setups = [...reach(upstream, [place])].filter((other) => nodes[other]?.kind === 'setup');
  if (setups.length === 0) return [];
  const after = reach(downstream, [place]);
  return setups.filter((setup) => {
    const teardowns = (downstream[setup] ?? []).filter(
      (other) => nodes[other]?.kind === 'teardown',
    );
    return teardowns.length === 0 || teardowns.some((other) => after.has(other));
  });
}

function teardownScope({ nodes, upstream, downstream }: Edges, place: number): readonly number[] {
  const direct = upstream[place] ?? [];
  const before = reach(upstream, [place]);
  const fromSetups = reach(
    downstream,
    direct.filter((other) => nodes[other]?.kind === 'setup'),
  );
  return [...before].filter((other) => fromSetups.has(other) && !direct.includes(other));
}

function leavesOf(
  nodes: readonly TaskNode[],
  downstream: readonly (readonly number[])[],
): readonly number[] {
  const ignorable = (place: number): boolean =>
    nodes[place]?.kind === 'teardown' && nodes[place].onFailureFailDagRun !== true;
  const all = nodes.map((_node, place) => place);
  const leaves = all.filter(
    (place) => !ignorable(place) && (downstream[place] ?? []).every((other) => ignorable(other)),
  );
  return leaves.length > 0 ? leaves : all.filter((place) => downstream[place]?.length === 0);
}

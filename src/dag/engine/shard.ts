/** Owns shards: a stretch of a mapped task's items as a small run of its own. */
import type { DagGraph } from '../graph.js';
import { chunkedAt, chunkedEntries, makeChunked } from './chunked-list.js';
import { createRun } from './decide.js';
import { placeOf } from './graph-index.js';
import type { RunCommand } from './messages.js';
import type { ItemRun, NodeRun, RunState } from './run-state.js';
import { shardsOf } from './shard-plan.js';
import { without } from './without.js';

/**
 * The graph and state of a shard. Drive it as any run, beginning with runStarted; indexes in its
 * commands are those of the whole map, and its inputs those of the whole run ({@link sourcesOf}
 * there, inputsOf here). When it completes, answer the `startShard` with {@link shardItems}.
 */
export function createShard(
  graph: DagGraph,
  { task, from, to, attempt }: Extract<RunCommand, { type: 'startShard' }>,
): { readonly graph: DagGraph; readonly state: RunState } {
  const node = graph.tasks[placeOf(graph, task)];
  if (node?.map === undefined) throw new TypeError(`Task '${task}' is not mapped.`);
  const shard: DagGraph = {
    ...without(graph, 'deadline'),
    callbacks: {},
    tasks: [
      {
        ...node,
        upstream: [],
        triggerRule: 'always',
        dependsOnPast: false,
        outlets: [],
        map: {
          ...without(node.map, 'shardSize'),
          maxActive:
            shardsOf(node.map, node.map.limit, graph.maxActiveTasks)?.maxActive ??
            node.map.maxActive,
          offset: from,
          count: to - from,
          limit: to - from,
        },
      },
    ],
  };
  const run = createRun(shard);
  const first = chunkedAt(run.tasks, 0) as NodeRun;
  return { graph: shard, state: { ...run, tasks: makeChunked(1, () => ({ ...first, attempt })) } };
}

/** How each item of a completed shard ended, in order. */
export function shardItems(state: RunState): readonly ItemRun[] {
  const list = chunkedAt(state.tasks, 0)?.items?.list ?? [];
  return [...chunkedEntries(list)];
}

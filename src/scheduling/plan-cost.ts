/** Owns the estimate of what a run costs on Temporal, and of the limits it comes near. */
import { canonicalJson, type DagGraph, type TaskNode } from '../dag/graph.js';
import { shardsOf } from '../dag/engine/shard-plan.js';

/** History events, and Actions as Temporal Cloud bills them. */
export interface Cost {
  readonly events: number;
  readonly actions: number;
}

/** What one task adds to a run. */
export interface TaskCost {
  readonly task: string;
  /** Of a task that is not mapped, or of one item of a mapped one. */
  readonly each: Cost;
  /** Items of a mapped task, when the graph itself says how many. */
  readonly items?: number;
  /** Items there can be at most, when only the run will know. */
  readonly upTo?: number;
}

/** A limit, how near a run comes to it, and what happens there. */
export interface LimitUse {
  readonly limit: string;
  readonly uses: number;
  readonly allows: number;
  readonly unit: 'bytes' | 'count';
  readonly beyond: string;
}

/** What a run costs when every task succeeds at once. */
export interface RunEstimate {
  /** With each mapped task of unknown length as one item. */
  readonly least: Cost;
  /** With each at its limit. */
  readonly most: Cost;
  readonly tasks: readonly TaskCost[];
  /** The nearest first. */
  readonly limits: readonly LimitUse[];
}

/**
 * Terms of the estimate. Events are those of one execution's history; a workflow task is scheduled,
 * started and completed (docs.temporal.io/workflow-execution/event). Actions are billed for each
 * start of a workflow, activity, timer and for each signal; local activities of one workflow task
 * count as one for every hundred (docs.temporal.io/cloud/actions).
 */
const WORKFLOW_TASK = 3;
const ACTIVITY = 3;
const CHILD = 3;
const SIGNAL_OUT = 2;
const SIGNAL_IN = 1;
const TIMER = 2;
const MARKER = 1;
const LOCAL_PER_ACTION = 100;

/** Started, a first workflow task, completed; and the signals that tell the scheduler. */
const WHOLE_RUN: Cost = { events: 2 + WORKFLOW_TASK + 2 * SIGNAL_OUT, actions: 1 + 2 };

/** A lease is asked for, granted by a signal that wakes the run, and given back. */
const LEASE: Cost = { events: 2 * SIGNAL_OUT + SIGNAL_IN + WORKFLOW_TASK, actions: 3 };

/**
 * A payload ends at 2 MiB (`limit.blobSize.error`, docs.temporal.io/self-hosted-guide/defaults), and
 * a run's start holds params and states besides its graph.
 */
export const LARGEST_GRAPH_BYTES = 1_000_000;
/** Default of `limit.numPendingActivities.error` (docs.temporal.io/workflow-execution/limits). */
const PENDING_ACTIVITIES = 2_000;
/** docs.temporal.io/workflow-execution/limits. */
const HISTORY_EVENTS = 51_200;
/** A run goes on in a new execution about here. */
const CONTINUES_AFTER_EVENTS = 4_000;

/** What a run of `graph` costs, by the shape of the graph alone. */
export function estimateRun(graph: DagGraph): RunEstimate {
  const tasks = graph.tasks.map(taskCost);
  const outlets = new Set(graph.tasks.flatMap((node) => node.outlets)).size;
  const fixed = sum([
    WHOLE_RUN,
    times({ events: SIGNAL_OUT, actions: 1 }, outlets),
    graph.deadline === undefined ? NOTHING : { events: TIMER, actions: 1 },
    graph.callbacks.onSuccess === undefined ? NOTHING : activity(),
  ]);
  const total = (countOf: (task: TaskCost) => number): Cost => {
    const parts = tasks.map((task, place) => {
      const count = countOf(task);
      return spread(graph.tasks[place], task.each, count);
    });
    const { events, actions } = sum([fixed, ...parts]);
    return { events, actions: Math.ceil(actions) };
  };
  const most = total(({ items, upTo }) => items ?? upTo ?? 1);
  return {
    least: total(({ items }) => items ?? 1),
    most,
    tasks,
    limits: limitsOf(graph, tasks, most).sort((a, b) => b.uses / b.allows - a.uses / a.allows),
  };
}

const NOTHING: Cost = { events: 0, actions: 0 };

function taskCost(node: TaskNode): TaskCost {
  const callback = node.callbacks.onSuccess === undefined ? NOTHING : activity();
  const own = node.local
    ? // Its workflow task is shared by those that are ready together; alone it is the whole of it.
      { events: MARKER + WORKFLOW_TASK, actions: 1 }
    : activity();
  const lease = node.pool === undefined ? NOTHING : LEASE;
  const each = sum([own, lease, callback]);
  if (node.map === undefined) return { task: node.id, each };
  const itemCost = node.local
    ? sum([{ events: MARKER, actions: 1 / LOCAL_PER_ACTION }, callback])
    : each;
  const items = literalItems(node);
  return {
    task: node.id,
    each: itemCost,
    ...(items === undefined ? { upTo: node.map.limit } : { items }),
  };
}

/** An answer wakes the run: at most one workflow task for each, fewer when answers come together. */
function activity(): Cost {
  return { events: ACTIVITY + WORKFLOW_TASK, actions: 1 };
}

/** `count` items, in the run itself or over shards, each a child that begins and ends once. */
function spread(node: TaskNode | undefined, each: Cost, count: number): Cost {
  const shards =
    node?.map === undefined ? undefined : shardsOf(node.map, count, node.map.maxActive);
  if (shards === undefined) return times(each, count);
  const children = Math.ceil(count / shards.size);
  return sum([
    times(each, count),
    times({ events: CHILD + WORKFLOW_TASK + 2 + WORKFLOW_TASK, actions: 1 }, children),
  ]);
}

/** The number of items, when every list mapped over is written in the graph. */
function literalItems(node: TaskNode): number | undefined {
  let items = 1;
  for (const { source } of node.map?.over ?? []) {
    if (source.kind !== 'value' || !Array.isArray(source.value)) return undefined;
    items *= source.value.length;
  }
  return items;
}

function limitsOf(graph: DagGraph, tasks: readonly TaskCost[], most: Cost): LimitUse[] {
  const wide = widest(graph);
  const maps = tasks.flatMap(({ task, items }, place): LimitUse[] => {
    const limit = graph.tasks[place]?.map?.limit;
    if (limit === undefined || items === undefined) return [];
    return [
      {
        limit: `items of ${task}`,
        uses: items,
        allows: limit,
        unit: 'count',
        beyond: 'the DAG does not load; raise `limit` of the map',
      },
    ];
  });
  return [
    ...maps,
    {
      limit: 'tasks at once (maxActiveTasks)',
      uses: wide,
      allows: graph.maxActiveTasks,
      unit: 'count',
      beyond: 'tasks wait for their turn',
    },
    {
      limit: 'activities at once of one workflow',
      uses: Math.min(wide, graph.maxActiveTasks),
      allows: PENDING_ACTIVITIES,
      unit: 'count',
      beyond: 'the run stands still; lower maxActiveTasks',
    },
    {
      limit: 'events of one history',
      uses: Math.min(most.events, CONTINUES_AFTER_EVENTS),
      allows: HISTORY_EVENTS,
      unit: 'count',
      beyond: 'not met: a run goes on in a new execution long before',
    },
    {
      limit: 'bytes of the graph',
      uses: canonicalJson(graph).length,
      allows: LARGEST_GRAPH_BYTES,
      unit: 'bytes',
      beyond: 'no worker takes the DAG; map over a list instead of listing tasks',
    },
  ];
}

/** The most tasks and items that are equally far from the start, and so may run side by side. */
function widest(graph: DagGraph): number {
  const depths = new Map<string, number>();
  const widths: number[] = [];
  for (const node of graph.tasks) {
    const depth = node.upstream.reduce((most, id) => Math.max(most, (depths.get(id) ?? 0) + 1), 0);
    depths.set(node.id, depth);
    widths[depth] = (widths[depth] ?? 0) + atOnce(node);
  }
  return Math.max(0, ...widths);
}

/** How many of a task could run at once; of an unknown map all that it lets. */
function atOnce(node: TaskNode): number {
  if (node.map === undefined) return 1;
  return Math.min(node.map.maxActive, literalItems(node) ?? node.map.limit);
}

function sum(costs: readonly Cost[]): Cost {
  return costs.reduce((total, { events, actions }) => ({
    events: total.events + events,
    actions: total.actions + actions,
  }));
}

function times({ events, actions }: Cost, count: number): Cost {
  return { events: events * count, actions: actions * count };
}

/** Owns reading a run's state: how each task stands, for people and for drawing. */
import type { DagGraph } from '../graph.js';
import type { TaskError } from '../outcome.js';
import { chunkedAt, chunkedEntries } from './chunked-list.js';
import type { ItemRun, NodeRun, RunState, TaskState } from './run-state.js';

/** An item that failed. */
export interface ItemFailure {
  readonly mapIndex: number;
  readonly attempt: number;
  readonly error: TaskError;
}

/** How a task stands. */
export interface TaskView {
  readonly id: string;
  readonly state: TaskState;
  /** Attempts begun; of a mapped task the most any item has begun. */
  readonly attempt: number;
  /** Of a mapped task that has its items. */
  readonly items?: {
    readonly count: number;
    readonly success: number;
    readonly skipped: number;
    readonly failed: number;
    readonly active: number;
    /** The items that failed, the first hundred of them. */
    readonly failures: readonly ItemFailure[];
  };
  readonly error?: TaskError;
  /** Why it was skipped. */
  readonly reason?: string;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

const SHOWN_FAILURES = 100;

/** Every task in the graph's order. */
export function viewRun(graph: DagGraph, state: RunState): readonly TaskView[] {
  return graph.tasks.map((node, place) => {
    const run = chunkedAt(state.tasks, place) as NodeRun;
    return {
      id: node.id,
      state: run.state,
      attempt: run.attempt,
      ...(run.error === undefined ? {} : { error: run.error }),
      ...(run.reason === undefined ? {} : { reason: run.reason }),
      ...(run.startedAtMs === undefined ? {} : { startedAtMs: run.startedAtMs }),
      ...(run.endedAtMs === undefined ? {} : { endedAtMs: run.endedAtMs }),
      ...viewItems(run, node.map?.offset ?? 0),
    };
  });
}

/** The state of every task by id. */
export function taskStates(graph: DagGraph, state: RunState): Readonly<Record<string, TaskState>> {
  return Object.fromEntries(viewRun(graph, state).map((task) => [task.id, task.state]));
}

function viewItems(run: NodeRun, offset: number): Partial<TaskView> {
  if (run.items === undefined) return {};
  const { count, success, skipped, failed, active, list } = run.items;
  const failures: ItemFailure[] = [];
  let attempt = 0;
  let at = 0;
  for (const item of chunkedEntries<ItemRun>(list)) {
    attempt = Math.max(attempt, typeof item === 'number' ? item : item.attempt);
    if (typeof item !== 'number' && item.state === 'failed' && failures.length < SHOWN_FAILURES) {
      const error = item.error ?? { message: 'Its reason stands in the history of its shard.' };
      failures.push({ mapIndex: at + offset, attempt: item.attempt, error });
    }
    at += 1;
  }
  return { attempt, items: { count, success, skipped, failed, active, failures } };
}

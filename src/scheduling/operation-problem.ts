/** Owns whether an operation can be asked of a run, told before the run takes it on. */
import { chunkedAt } from '../dag/engine/chunked-list.js';
import { findPlace } from '../dag/engine/graph-index.js';
import type { RunOperation } from '../dag/engine/messages.js';
import type { RunState } from '../dag/engine/run-state.js';
import { taskStates } from '../dag/engine/run-view.js';
import type { DagGraph } from '../dag/graph.js';

/** One sentence on what is wrong with `operation`; undefined when it can be carried out. */
export function operationProblem(
  graph: DagGraph,
  state: RunState,
  operation: RunOperation,
): string | undefined {
  switch (operation.type) {
    case 'clear':
      if (operation.tasks.length === 0) return 'No task is named to be cleared.';
      if (operation.mapIndexes !== undefined && operation.tasks.length !== 1) {
        return 'Items can be cleared of one task at a time.';
      }
      return first(operation.tasks, (task) =>
        taskProblem(graph, state, task, operation.mapIndexes),
      );
    case 'mark': {
      const { task, mapIndex } = operation;
      if (!['success', 'failed'].includes(operation.as)) {
        return `A task can be marked as success or failed, not as '${operation.as}'.`;
      }
      return taskProblem(graph, state, task, mapIndex === undefined ? undefined : [mapIndex]);
    }
    case 'retryFailed': {
      const failed = Object.values(taskStates(graph, state)).some(
        (task) => task === 'failed' || task === 'upstream_failed',
      );
      return failed ? undefined : 'No task of this run has failed.';
    }
    case 'cancel':
      return state.status === 'running' ? undefined : `The run is over: ${state.status}.`;
    default:
      return `A run knows no operation '${String((operation as { type?: unknown }).type)}'.`;
  }
}

function taskProblem(
  graph: DagGraph,
  state: RunState,
  task: string,
  mapIndexes: readonly number[] | undefined,
): string | undefined {
  const place = findPlace(graph, task);
  if (place === undefined) {
    const known = graph.tasks.map(({ id }) => id).join(', ');
    return `DAG '${graph.id}' has no task '${task}'; it has ${known}.`;
  }
  const count = chunkedAt(state.tasks, place)?.items?.count;
  return first(mapIndexes ?? [], (at) => {
    if (count === undefined) return `Task '${task}' has no items (yet).`;
    const isItem = Number.isInteger(at) && at >= 0 && at < count;
    return isItem ? undefined : `Task '${task}' has items 0 to ${count - 1}, not ${at}.`;
  });
}

function first<T>(
  list: readonly T[],
  problemOf: (one: T) => string | undefined,
): string | undefined {
  for (const one of list) {
    const problem = problemOf(one);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

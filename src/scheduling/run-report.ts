/** Owns what a run tells of itself: to people, to its scheduler, as its result. */
import type { RunState, TaskState } from '../dag/engine/run-state.js';
import { taskStates, viewRun } from '../dag/engine/run-view.js';
import type { DagGraph } from '../dag/graph.js';
import type { DagRunInput, DagRunView, FailedTask, RunChange } from './dag-run-input.js';

const FAILURES_TOLD = 100;

/** A run as a query shows it. */
export function viewOf(
  { graph, graphHash, run, runType }: DagRunInput,
  state: RunState,
  waitingForPool: DagRunView['waitingForPool'],
): DagRunView {
  const { dagId, runId, dataInterval, logicalDate, params } = run;
  const { status, cancelling, startedAtMs, endedAtMs } = state;
  return {
    dagId,
    runId,
    runType,
    graphHash,
    dataInterval,
    logicalDate,
    params,
    status,
    cancelling,
    startedAtMs,
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    tasks: viewRun(graph, state),
    waitingForPool,
  };
}

/** Tasks and items that failed: which, at which attempt, why. The first hundred. */
export function failedTasks(graph: DagGraph, state: RunState): readonly FailedTask[] {
  const failed: FailedTask[] = [];
  for (const { id, state: taskState, attempt, error, items } of viewRun(graph, state)) {
    if (taskState !== 'failed') continue;
    for (const item of items?.failures ?? []) {
      failed.push({
        name: `${id}[${item.mapIndex}]`,
        attempt: item.attempt,
        message: item.error.message,
      });
    }
    if ((items?.failures.length ?? 0) === 0) {
      failed.push({ name: id, attempt, message: error?.message ?? 'it did not say why' });
    }
  }
  return failed.slice(0, FAILURES_TOLD);
}

/** What a run tells its scheduler. */
export function changeOf(graph: DagGraph, runId: string, state: RunState, atMs: number): RunChange {
  const states = taskStates(graph, state);
  const past: Record<string, TaskState> = {};
  for (const { id, dependsOnPast } of graph.tasks) {
    const taskState = states[id];
    if (dependsOnPast && taskState !== undefined) past[id] = taskState;
  }
  return { runId, status: state.status, atMs, past, failed: failedTasks(graph, state) };
}

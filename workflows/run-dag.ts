/** Owns running a DAG inside another workflow. */
import { CancellationScope, CancelledFailure, workflowInfo } from '@temporalio/workflow';
import type { AnyBody } from '../src/dag/authoring/definition.js';
import type { RunState, RunStatus } from '../src/dag/engine/run-state.js';
import type { DagGraph } from '../src/dag/graph.js';
import type { RunFacts } from '../src/scheduling/dag-run-input.js';
import { DagRunner } from './dag-runner.js';

export { dagShard } from './dag-shard.js';

/** A DAG to run: its graph, and those of its bodies that run here; other bodies are activities. */
export interface DagToRun {
  readonly graph: DagGraph;
  readonly bodies?: Readonly<Record<string, AnyBody>>;
}

/** How a run inside another workflow ended. */
export interface DagEnd {
  readonly status: RunStatus;
  readonly state: RunState;
  /** What the first body that runs here and failed for good threw. */
  readonly thrown: unknown;
}

/**
 * Runs a DAG to its end. A cancellation of the scope it is called in cancels the run; it is thrown
 * once the run has ended.
 *
 * @param nowMs - the latest time that the caller knows of
 * @param shards - where the items of a map of more than 500 run: in this workflow, whose history they
 *   fill, or as `children`; then this workflow's bundle has to export {@link dagShard}
 * @param onChange - called after each event
 */
export async function runDag(
  { graph, bodies }: DagToRun,
  run: Omit<RunFacts, 'dagId'>,
  options: {
    readonly nowMs?: number;
    readonly shards?: 'children' | 'here';
    readonly onChange?: (runner: DagRunner) => void;
  } = {},
): Promise<DagEnd> {
  const { nowMs = workflowInfo().startTime.getTime(), shards = 'here', onChange } = options;
  const runner = new DagRunner({
    graph,
    run: { ...run, dagId: graph.id },
    here: bodies,
    shards,
    nowMs,
    ...(onChange === undefined ? {} : { onChange }),
  });
  const scope = CancellationScope.current();
  scope.cancelRequested.catch(() => {
    if (!runner.hasEnded) runner.tell({ type: 'cancel' });
  });
  runner.begin();
  await runner.rest();
  runner.close();
  if (scope.consideredCancelled) throw new CancelledFailure(`${graph.id} was cancelled.`);
  return { status: runner.state.status, state: runner.state, thrown: runner.thrown };
}

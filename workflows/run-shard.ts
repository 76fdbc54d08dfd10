/** Owns running a stretch of a mapped task's items as a child workflow. */
import {
  ChildWorkflowFailure,
  executeChild,
  isCancellation,
  workflowInfo,
} from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';
import type { RunCommand } from '../src/dag/engine/messages.js';
import type { TaskSources } from '../src/dag/engine/resolve-inputs.js';
import type { ItemRun, RunState } from '../src/dag/engine/run-state.js';
import type { DagGraph } from '../src/dag/graph.js';
import { DagWorkflow } from '../src/scheduling/dag-names.js';
import type { CarriedRun, RunFacts } from '../src/scheduling/dag-run-input.js';

/** Argument of the workflow `dagShard`. */
export interface DagShardInput {
  readonly graph: DagGraph;
  readonly state: RunState;
  readonly sources: TaskSources;
  readonly run: RunFacts;
  readonly carried?: CarriedRun;
}

/** Result of the workflow `dagShard`. */
export interface DagShardResult {
  readonly items: readonly ItemRun[];
  /** Where the outputs of the items that are numbers are kept. */
  readonly kept?: string;
  readonly endedAtMs?: number;
}

/**
 * Never fails but by cancellation: items of a shard that broke have failed.
 *
 * @param number - of all shards this execution started: a cleared one is begun again before it ends
 */
export async function runShard(
  { task, from, to, attempt }: Extract<RunCommand, { type: 'startShard' }>,
  input: DagShardInput,
  number: number,
): Promise<DagShardResult> {
  try {
    return await executeChild<(input: DagShardInput) => Promise<DagShardResult>>(
      DagWorkflow.shard,
      {
        workflowId: `${workflowInfo().workflowId}/${task}/${from}-${to - 1}/${number}`,
        args: [input],
        staticSummary: `${task} ${from} to ${to - 1}`,
      },
    );
  } catch (thrown) {
    if (isCancellation(thrown)) throw thrown;
    const cause = thrown instanceof ChildWorkflowFailure ? thrown.cause : thrown;
    const error = { message: `Its shard broke: ${messageOf(cause)}`, type: 'ShardBroken' };
    const broken = {
      state: 'failed',
      attempt: attempt + 1,
      lastAttempt: attempt + 1,
      error,
    } as const;
    return { items: Array.from({ length: to - from }, () => broken) };
  }
}

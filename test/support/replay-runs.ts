/** Owns replaying what workflows did in a test: nothing they decided may differ the second time. */
import type { Client } from '@temporalio/client';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { runsOf } from './workflow-runs.js';

/**
 * Replays all runs of each workflow, along continue-as-new, and gives how many there were. Throws
 * what a worker would be stuck with.
 */
export async function replayRuns(
  client: Client,
  workflowBundle: WorkflowBundle,
  workflowIds: Iterable<string>,
): Promise<number> {
  let count = 0;
  for (const workflowId of workflowIds) {
    const { raw, runId } = await client.workflow.getHandle(workflowId).describe();
    const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? runId;
    for (const events of await runsOf(client, workflowId, firstRunId)) {
      await Worker.runReplayHistory({ workflowBundle }, { events }, workflowId);
      count += 1;
    }
  }
  return count;
}

/** Owns starting a table's sync: one workflow a table, however often it is started. */
import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
} from '@temporalio/client';
import {
  TABLE_SYNC_WORKFLOW,
  workflowIdOf,
  type TableSyncInput,
} from '../sync/table-sync-input.js';
import type { tableSync } from '../../workflows/table-sync.js';

/** Whether a sync was started, or was running before. */
export interface StartedSync {
  readonly workflowId: string;
  readonly outcome: 'started' | 'already-running';
}

/** Starts the sync of `input`'s table; leaves a running one as it is, with its own settings. */
export async function startTableSync(
  client: Client,
  input: TableSyncInput,
  taskQueue: string,
): Promise<StartedSync> {
  const workflowId = workflowIdOf(input.region, input.tableName);
  try {
    await client.workflow.start<typeof tableSync>(TABLE_SYNC_WORKFLOW, {
      workflowId,
      taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      // A sync that was stopped may be started again and goes on from the lake's watermark.
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      staticSummary: `keeps s3://${input.lakeBucket}/${input.lakePrefix} in step with ${input.tableName}`,
    });
    return { workflowId, outcome: 'started' };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    return { workflowId, outcome: 'already-running' };
  }
}

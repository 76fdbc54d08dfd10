/** Owns the look at how runs' workflows stand. */
import { Context, getClient } from '@temporalio/activity';
import {
  WorkflowNotFoundError,
  type WorkflowClient,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { runWorkflowIdOf } from '../../src/scheduling/dag-names.js';
import type { CheckedRun, RunsToCheck, SchedulerActivities } from './scheduler-activities.js';

/** Questions to the server at once. */
const CONCURRENCY = 16;

/** Whatever else the server may come to say of a workflow, it is not over. */
const ENDED: Partial<Record<WorkflowExecutionStatusName, CheckedRun['status']>> = {
  COMPLETED: 'success',
  FAILED: 'failed',
  TERMINATED: 'failed',
  TIMED_OUT: 'failed',
  CANCELLED: 'cancelled',
};

/** Asks through the worker's own client. */
export const checkRuns: SchedulerActivities['checkRuns'] = (runs) => describeRuns(runs);

/** How each run's workflow stands, the latest of its id; shows that it is alive. */
export async function describeRuns({ dagId, runIds }: RunsToCheck): Promise<readonly CheckedRun[]> {
  const { workflow } = getClient();
  const { cancellationSignal } = Context.current();
  const checked: CheckedRun[] = [];
  const waiting = runIds[Symbol.iterator]();
  const askOneByOne = async (): Promise<void> => {
    for (const runId of waiting) {
      cancellationSignal.throwIfAborted();
      checked.push(await describeRun(workflow, dagId, runId));
      Context.current().heartbeat(checked.length);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, askOneByOne));
  return checked;
}

async function describeRun(
  workflow: WorkflowClient,
  dagId: string,
  runId: string,
): Promise<CheckedRun> {
  try {
    const { status } = await workflow.getHandle(runWorkflowIdOf(dagId, runId)).describe();
    return { runId, status: ENDED[status.name] ?? 'running', word: status.name };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return { runId, status: 'missing', word: 'NOT FOUND' };
  }
}

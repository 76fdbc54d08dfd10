/** Owns a question to a workflow that may have nobody to answer it. */
import { isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { messageOf } from '../core/errors.js';
import type { TemporalAccess } from './connect.js';

/** What a workflow said, or why it said nothing, as one sentence. */
export type Answer<Said> = { readonly said: Said } | { readonly silence: string };

/** How long a query may take; a worker that is there answers in milliseconds. */
const QUERY_TIMEOUT_MS = 4000;

/** Asks a workflow; undefined when none of this id is running. Bounded in time, worker or not. */
export async function askWorkflow<Said>(
  access: TemporalAccess,
  workflowId: string,
  query: string,
): Promise<Answer<Said> | undefined> {
  const handle = access.client.workflow.getHandle(workflowId);
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  if (description?.status.name !== 'RUNNING') return undefined;
  return askExecution(access, description, query);
}

/** Asks one execution, which may have ended. Bounded in time, worker or not. */
export async function askExecution<Said>(
  access: TemporalAccess,
  execution: { readonly workflowId: string; readonly runId: string; readonly taskQueue: string },
  query: string,
): Promise<Answer<Said>> {
  const handle = access.client.workflow.getHandle(execution.workflowId, execution.runId);
  try {
    const said = await access.connection.withDeadline(Date.now() + QUERY_TIMEOUT_MS, () =>
      handle.query<Said>(query),
    );
    return { said };
  } catch (error) {
    return { silence: silenceOf(error, execution.taskQueue) };
  }
}

/** A query that nobody answers is a worker that is not there, unless it says otherwise. */
function silenceOf(error: unknown, taskQueue: string): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return isGrpcServiceError(error) || isGrpcServiceError(cause)
    ? `No worker of task queue "${taskQueue}" answered; start one with \`tidemark worker\`.`
    : `It did not answer: ${messageOf(error)}`;
}

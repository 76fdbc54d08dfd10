/** Owns the look at the workflows that hold a pool's leases. */
import { getClient } from '@temporalio/activity';
import {
  WorkflowNotFoundError,
  type WorkflowClient,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { instantOfMillis } from '../../src/core/instant.js';
import type { PoolHolder } from '../../src/scheduling/pool-messages.js';
import type { PoolActivities } from './pool-activities.js';

/** Questions to the server at once. */
const CONCURRENCY = 16;

/** Whatever else the server may come to say of a workflow, it is not over. */
const ENDED: ReadonlySet<WorkflowExecutionStatusName> = new Set<WorkflowExecutionStatusName>([
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'TERMINATED',
  'TIMED_OUT',
]);

/** Asks through the worker's own client. */
export const checkHolders: PoolActivities['checkHolders'] = async (holders) => {
  const { workflow } = getClient();
  const gone: PoolHolder[] = [];
  const waiting = holders[Symbol.iterator]();
  const askOneByOne = async (): Promise<void> => {
    for (const holder of waiting) {
      if (await isGone(workflow, holder)) gone.push(holder);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, askOneByOne));
  return { gone, at: instantOfMillis(Date.now()) };
};

async function isGone(workflow: WorkflowClient, asked: PoolHolder): Promise<boolean> {
  try {
    const { status, raw } = await workflow.getHandle(asked.holder).describe();
    if (ENDED.has(status.name)) return true;
    const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? '';
    // Not every server says it.
    if (asked.holderFirstRunId === undefined || firstRunId === '') return false;
    return firstRunId !== asked.holderFirstRunId;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return true;
    throw error;
  }
}

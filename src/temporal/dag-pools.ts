/** Owns what a client tells pools and sees of them. */
import type { Client } from '@temporalio/client';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { DagWorkflow, poolIdOf, PoolMessage } from '../scheduling/dag-names.js';
import type { PoolSize, PoolView } from '../scheduling/pool-messages.js';
import type { dagPool } from '../../workflows/dag-pool.js';
import { askWorkflow, type Answer } from './ask-workflow.js';
import type { TemporalAccess } from './connect.js';

/** A pool as it should be. */
export interface PoolSetting {
  readonly pool: string;
  /** A whole number from 0 on. */
  readonly slots: number;
  /** The queue that the pool runs on. */
  readonly taskQueue: string;
}

/** A pool that runs: its view, or why it did not answer. */
export type SeenPool = { readonly pool: string } & Answer<PoolView>;

/** Gives a pool its size; starts it when it does not run. */
export async function resizePool(client: Client, setting: PoolSetting): Promise<void> {
  const { pool, slots, taskQueue } = setting;
  if (!Number.isSafeInteger(slots) || slots < 0) {
    throw new TidemarkError(`Pool ${pool} cannot have ${slots} slots.`, {
      code: ErrorCode.InvalidUsage,
      subject: pool,
      hint: 'Give a whole number from 0 on.',
    });
  }
  await client.workflow.signalWithStart<typeof dagPool, [PoolSize]>(DagWorkflow.pool, {
    workflowId: poolIdOf(pool),
    taskQueue,
    args: [{ pool }],
    signal: PoolMessage.resize,
    signalArgs: [{ slots }],
    staticSummary: `lends the slots of pool ${pool} to whoever asks`,
  });
}

/** One pool; NotFound when it does not run. Bounded in time, worker or not. */
export async function seePool(access: TemporalAccess, pool: string): Promise<SeenPool> {
  const answer = await askWorkflow<PoolView>(access, poolIdOf(pool), PoolMessage.view);
  if (answer !== undefined) return { pool, ...answer };
  throw new TidemarkError(`There is no pool ${pool}.`, {
    code: ErrorCode.NotFound,
    subject: pool,
    hint: 'A worker starts the pools that its DAGs declare.',
  });
}

/** Every pool that runs, by name. */
export async function listPools(access: TemporalAccess): Promise<readonly SeenPool[]> {
  const query = `WorkflowType = "${DagWorkflow.pool}" AND ExecutionStatus = "Running"`;
  const prefix = poolIdOf('');
  const names = new Set<string>();
  for await (const { workflowId } of access.client.workflow.list({ query })) {
    if (workflowId.startsWith(prefix)) names.add(workflowId.slice(prefix.length));
  }
  const pools = await Promise.all(
    [...names].sort().map(async (pool) => {
      const answer = await askWorkflow<PoolView>(access, poolIdOf(pool), PoolMessage.view);
      return answer === undefined ? [] : [{ pool, ...answer }];
    }),
  );
  return pools.flat();
}

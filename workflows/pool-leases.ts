/** Owns a workflow's leases of pools: asks for them, waits for the grant, gives them back. */
import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  log,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';
import { poolIdOf, PoolMessage, RunMessage } from '../src/scheduling/dag-names.js';
import type { PoolRequest } from '../src/scheduling/pool-messages.js';

const leasedSignal = defineSignal<[string]>(RunMessage.leased);

/** What is asked of a pool; who asks is this workflow. */
export interface LeaseRequest extends Omit<PoolRequest, 'holder' | 'holderFirstRunId'> {
  readonly pool: string;
  /** Makes sure that the pool is there, before it is asked, and asked again each hour; absent where it always is. */
  readonly open?: () => Promise<void>;
}

/** A pool that somebody terminated is found missing by then. */
const ASK_AGAIN = '1 hour';

// Of the workflow, not of a run: several runs in one workflow share the signal.
const granted = new Set<string>();

/** The leases of one run. */
export class PoolLeases {
  readonly #awaited = new Set<string>();
  #givingBack = 0;

  /**
   * Whether every pool knows what was given back. A workflow must not end before: what it says in
   * its last task, the server does not pass on.
   */
  get isSettled(): boolean {
    return this.#givingBack === 0;
  }

  /** Whether the lease was asked for and not granted yet. */
  isAwaited(leaseId: string): boolean {
    return this.#awaited.has(leaseId);
  }

  /** Does `work` under a lease; afterwards, and when cancelled while it waits, it is given back. */
  async hold<Result>(
    { pool, open, ...request }: LeaseRequest,
    work: () => Promise<Result>,
  ): Promise<Result> {
    const { leaseId } = request;
    const { workflowId: holder, firstExecutionRunId: holderFirstRunId } = workflowInfo();
    setHandler(leasedSignal, (id) => void granted.add(id));
    const handle = getExternalWorkflowHandle(poolIdOf(pool));
    this.#awaited.add(leaseId);
    try {
      const ask = (): Promise<void> =>
        handle.signal(PoolMessage.acquire, { ...request, holder, holderFirstRunId });
      const isGranted = (): boolean => granted.has(leaseId);
      // No await more than this where the pool is always there: recorded runs of DAGs go by it.
      if (open === undefined) {
        await ask();
        await condition(isGranted);
      } else {
        do {
          await open();
          await ask();
        } while (!(await condition(isGranted, ASK_AGAIN)));
      }
      this.#awaited.delete(leaseId);
      return await work();
    } finally {
      granted.delete(leaseId);
      this.#awaited.delete(leaseId);
      this.#giveBack(pool, leaseId);
    }
  }

  /** Gives a lease back, or the request for it, without waiting: {@link PoolLeases.isSettled} tells. */
  #giveBack(pool: string, leaseId: string): void {
    this.#givingBack += 1;
    void CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(poolIdOf(pool)).signal(PoolMessage.release, { leaseId }),
    )
      .catch((error: unknown) => {
        log.warn(`lease of pool ${pool} not given back: ${messageOf(error)}`);
      })
      .finally(() => {
        this.#givingBack -= 1;
      });
  }
}

/** Owns one pool: the leases that tasks of all runs of all DAGs share. */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  isCancellation,
  log,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { PoolActivities } from '../activities/dag/pool-activities.js';
import { messageOf } from '../src/core/errors.js';
import { PoolMessage, RunMessage } from '../src/scheduling/dag-names.js';
import {
  readPoolRelease,
  readPoolRequest,
  readPoolSize,
  type PoolView,
} from '../src/scheduling/pool-messages.js';
import {
  acquired,
  emptyPool,
  freed,
  holdersOf,
  knownIn,
  released,
  resized,
  toldOf,
  untold,
  viewPool,
  type PoolLease,
  type PoolState,
} from '../src/scheduling/pool-state.js';
import { renderPool } from '../src/scheduling/render-pool.js';
import { shouldContinueAsNew } from './history-limit.js';
import type { Letter } from './outbox.js';
import { SignalledState } from './signalled-state.js';

/** Argument of the workflow `dagPool`. */
export interface DagPoolInput {
  readonly pool: string;
  readonly carried?: PoolState;
}

export const poolViewQuery = defineQuery<PoolView>(PoolMessage.view);

// Few attempts, since the next look comes by itself.
const { checkHolders } = proxyActivities<PoolActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { maximumAttempts: 5 },
});

const FIRST_PAUSE_MS = 30_000;
const LONGEST_PAUSE_MS = 300_000;

/** Lends a pool's slots, for ever. Workflow id: `tidemark/pool/<pool>`. */
export async function dagPool({ pool: name, carried }: DagPoolInput): Promise<void> {
  const pool: SignalledState<PoolState> = new SignalledState(carried ?? emptyPool(), {
    page: renderPool,
    letters: (state) => lettersOf(pool, state),
  });
  pool.on(PoolMessage.resize, readPoolSize, (state, { slots }) => resized(state, slots));
  pool.on(PoolMessage.acquire, readPoolRequest, acquired);
  pool.on(PoolMessage.release, readPoolRelease, (state, { leaseId }) => released(state, leaseId));
  setHandler(poolViewQuery, () => viewPool(name, pool.state));
  pool.show();

  const isFull = condition(() => shouldContinueAsNew() && pool.outbox.isIdle());
  await Promise.race([isFull, lookAfterHolders(pool, carried === undefined ? FIRST_PAUSE_MS : 0)]);
  await condition(allHandlersFinished);
  await continueAsNew<typeof dagPool>({ pool: name, carried: pool.state });
}

function lettersOf(pool: SignalledState<PoolState>, state: PoolState): readonly Letter[] {
  const leases = untold(state);
  if (leases.length === 0) return [];
  const known = knownIn(state);
  return leases.map((lease) => letterOf(pool, lease, known));
}

function letterOf(
  pool: SignalledState<PoolState>,
  lease: PoolLease,
  known: ReadonlySet<string>,
): Letter {
  const { leaseId, holder } = lease;
  return {
    key: leaseId,
    workflowId: holder,
    signal: RunMessage.leased,
    argument: leaseId,
    delivered: () => {
      pool.update((state) => toldOf(state, leaseId, true));
    },
    undeliverable: () => {
      logGone(holder);
      pool.update((state) => freed(state, [lease], known));
    },
  };
}

/**
 * While somebody waits, frees what dead holders left, after growing pauses. After continuing as new
 * the first pause is none, so that a busy pool, which does so often, looks at all.
 */
async function lookAfterHolders(
  pool: SignalledState<PoolState>,
  firstPauseMs: number,
): Promise<never> {
  const waits = (): boolean => pool.state.queue.length > 0;
  let pauseMs = firstPauseMs;
  for (;;) {
    await condition(waits);
    const summary = 'look after holders';
    if (pauseMs > 0 && (await condition(() => !waits(), pauseMs, { summary }))) {
      pauseMs = FIRST_PAUSE_MS;
      continue;
    }
    await look(pool);
    pauseMs = pauseMs === 0 ? FIRST_PAUSE_MS : Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }
}

async function look(pool: SignalledState<PoolState>): Promise<void> {
  const holders = holdersOf(pool.state);
  const known = knownIn(pool.state);
  try {
    const { gone, at } = await checkHolders.executeWithOptions(
      { summary: `are ${holders.length} holders running?` },
      [holders],
    );
    for (const { holder } of gone) logGone(holder);
    pool.update((state) => ({ ...freed(state, gone, known), checkedAt: at }));
  } catch (error) {
    if (isCancellation(error)) throw error;
    log.warn(`holders could not be looked after: ${messageOf(error)}`);
  }
}

function logGone(holder: string): void {
  log.info(`${holder} is gone; what it held is free`);
}

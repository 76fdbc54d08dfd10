/** Owns a pool's decisions: who holds slots, who is next, what a dead holder leaves. */
import type { Instant } from '../core/instant.js';
import type { PoolEntry, PoolHolder, PoolRequest, PoolView } from './pool-messages.js';

/** A lease that was granted. */
export interface PoolLease extends PoolRequest {
  /** Whether its holder knows. */
  readonly told: boolean;
}

/** All that a pool knows; plain JSON, carried from run to run. */
export interface PoolState {
  readonly slots: number;
  /** In the order they were granted. */
  readonly leases: readonly PoolLease[];
  /** By priority, the highest first, and within one by arrival. */
  readonly queue: readonly PoolRequest[];
  /** Leases released before they were asked for, the latest last: what comes late is not served. */
  readonly withdrawn: readonly string[];
  readonly checkedAt?: Instant;
}

/** How many withdrawn leases are remembered; the two messages of one are seconds apart at most. */
const WITHDRAWN_LIMIT = 200;

/** A pool of which nothing is known yet: it has no slots. */
export function emptyPool(): PoolState {
  return { slots: 0, leases: [], queue: [], withdrawn: [] };
}

/** The pool has `slots` from now on; leases above them stay until they are released. */
export function resized(state: PoolState, slots: number): PoolState {
  return served({ ...state, slots });
}

/** A request came; one that is known already changes nothing, but a lease is told of again. */
export function acquired(state: PoolState, request: PoolRequest): PoolState {
  const { leaseId } = request;
  const isSame = (entry: PoolRequest): boolean => entry.leaseId === leaseId;
  if (state.withdrawn.includes(leaseId)) {
    return { ...state, withdrawn: state.withdrawn.filter((id) => id !== leaseId) };
  }
  if (state.leases.some(isSame)) return toldOf(state, leaseId, false);
  if (state.queue.some(isSame)) return state;
  const after = state.queue.findIndex(({ priority }) => priority < request.priority);
  return served({
    ...state,
    queue: state.queue.toSpliced(after < 0 ? state.queue.length : after, 0, request),
  });
}

/** A lease was given back, or its request withdrawn. */
export function released(state: PoolState, leaseId: string): PoolState {
  const isOther = (entry: PoolRequest): boolean => entry.leaseId !== leaseId;
  const leases = state.leases.filter(isOther);
  const queue = state.queue.filter(isOther);
  const isKnown = leases.length < state.leases.length || queue.length < state.queue.length;
  if (isKnown) return served({ ...state, leases, queue });
  if (state.withdrawn.includes(leaseId)) return state;
  return { ...state, withdrawn: [...state.withdrawn, leaseId].slice(-WITHDRAWN_LIMIT) };
}

/** Whether the holder of a lease knows of it. */
export function toldOf(state: PoolState, leaseId: string, told: boolean): PoolState {
  return {
    ...state,
    leases: state.leases.map((lease) => (lease.leaseId === leaseId ? { ...lease, told } : lease)),
  };
}

/** Leases whose holders are still to be told. */
export function untold(state: PoolState): readonly PoolLease[] {
  return state.leases.filter(({ told }) => !told);
}

/** Ids of all leases and requests there are. */
export function knownIn({ leases, queue }: PoolState): ReadonlySet<string> {
  return new Set([...leases, ...queue].map(({ leaseId }) => leaseId));
}

/** Every workflow that holds a lease or waits for one, each once. */
export function holdersOf({ leases, queue }: PoolState): readonly PoolHolder[] {
  const distinct = new Map([...leases, ...queue].map((entry) => [holderKey(entry), entry]));
  return [...distinct.values()].map(({ holder, holderFirstRunId }) =>
    holderFirstRunId === undefined ? { holder } : { holder, holderFirstRunId },
  );
}

/**
 * Frees what holders that are gone hold and ask for. Only `among` the leases that were known before
 * anybody looked: a new workflow of the same id may have asked since.
 */
export function freed(
  state: PoolState,
  gone: readonly PoolHolder[],
  among: ReadonlySet<string>,
): PoolState {
  const dead = new Set(gone.map(holderKey));
  const stays = (entry: PoolRequest): boolean =>
    !among.has(entry.leaseId) || !dead.has(holderKey(entry));
  return served({
    ...state,
    leases: state.leases.filter(stays),
    queue: state.queue.filter(stays),
  });
}

/** The pool as a query shows it. */
export function viewPool(pool: string, state: PoolState): PoolView {
  const { slots, leases, checkedAt } = state;
  const { fitting, blocked } = waitersIn(state);
  return {
    pool,
    slots,
    used: usedSlots(state),
    leases: leases.map(entryOf),
    queue: [
      ...fitting.map((request, index) => ({ ...entryOf(request), position: index + 1 })),
      ...blocked.map((request) => ({ ...entryOf(request), blocked: whyBlocked(request, state) })),
    ],
    ...(checkedAt === undefined ? {} : { checkedAt }),
  };
}

/** Who waits, in the order of service; and who asks for more slots than there are. */
export function waitersIn({ slots, queue }: PoolState): {
  readonly fitting: readonly PoolRequest[];
  readonly blocked: readonly PoolRequest[];
} {
  return {
    fitting: queue.filter((request) => request.slots <= slots),
    blocked: queue.filter((request) => request.slots > slots),
  };
}

/** What a person reads of a request that cannot be served. */
export function whyBlocked(request: PoolRequest, { slots }: PoolState): string {
  return `needs ${request.slots} of the pool's ${slots} slots`;
}

/** Slots that are taken. */
export function usedSlots({ leases }: PoolState): number {
  return leases.reduce((sum, lease) => sum + lease.slots, 0);
}

/**
 * Grants leases in the order of the queue for as long as the next one fits. One that does not fit
 * what is free holds back those after it, so that its slots gather: were smaller ones let past, a
 * large one might wait for ever. One that does not fit the pool at all holds back nobody.
 */
function served(state: PoolState): PoolState {
  let free = state.slots - usedSlots(state);
  let isHeldBack = false;
  const granted: PoolLease[] = [];
  const queue = state.queue.filter((request) => {
    if (isHeldBack || request.slots > state.slots) return true;
    if (request.slots > free) {
      isHeldBack = true;
      return true;
    }
    free -= request.slots;
    granted.push({ ...request, told: false });
    return false;
  });
  return granted.length === 0 ? state : { ...state, leases: [...state.leases, ...granted], queue };
}

function holderKey({ holder, holderFirstRunId = '' }: PoolHolder): string {
  return `${holder} ${holderFirstRunId}`;
}

function entryOf({ leaseId, holder, slots, priority, label }: PoolRequest): PoolEntry {
  return { leaseId, holder, slots, priority, label };
}

/** Owns what a pool is told and what it says of itself. */
import type { Instant } from '../core/instant.js';

/** Argument of the signal `resize`. */
export interface PoolSize {
  /** A whole number from 0 on; with 0 nothing new is served. */
  readonly slots: number;
}

/** A workflow that holds leases or waits for them. */
export interface PoolHolder {
  /** The workflow that is told of the lease, by the signal `leased`, and whose end frees it. */
  readonly holder: string;
  /**
   * `workflowInfo().firstExecutionRunId` of the holder: tells it from a later workflow of the same
   * id. Without it the leases of one that was killed stay taken while a later one runs.
   */
  readonly holderFirstRunId?: string;
}

/** Argument of the signal `acquire`. */
export interface PoolRequest extends PoolHolder {
  /** Unique among all requests; asking twice is asking once, and is answered again. */
  readonly leaseId: string;
  /** A whole number from 1 on. */
  readonly slots: number;
  /** The higher goes first; within one the earlier. */
  readonly priority: number;
  /** For people: `orders_daily copy[3]`. */
  readonly label: string;
}

/** Argument of the signal `release`: gives a lease back, or withdraws the request for it. */
export interface PoolRelease {
  readonly leaseId: string;
}

/** One lease, or one that waits for it. */
export interface PoolEntry {
  readonly leaseId: string;
  readonly holder: string;
  readonly slots: number;
  readonly priority: number;
  readonly label: string;
}

/** One that waits for a lease: it has either a position or a reason why it has none. */
export interface PoolWaiter extends PoolEntry {
  /** From 1. */
  readonly position?: number;
  /** Why it cannot be served, whatever is released; a sentence without a full stop. */
  readonly blocked?: string;
}

/** A pool as a query shows it. */
export interface PoolView {
  readonly pool: string;
  readonly slots: number;
  /** More than `slots` for a while after the pool shrank. */
  readonly used: number;
  readonly leases: readonly PoolEntry[];
  /** In the order they will be served; those that are blocked come last. */
  readonly queue: readonly PoolWaiter[];
  /** When holders were last looked after. */
  readonly checkedAt?: Instant;
}

/** The size a signal brought; undefined when it is none. */
export function readPoolSize(value: unknown): PoolSize | undefined {
  const { slots } = fieldsOf(value);
  return isCount(slots, 0) ? { slots } : undefined;
}

/** The request a signal brought; undefined when it is none. */
export function readPoolRequest(value: unknown): PoolRequest | undefined {
  const { leaseId, holder, holderFirstRunId, slots, priority, label } = fieldsOf(value);
  if (!isName(leaseId) || !isName(holder) || !isCount(slots, 1)) return undefined;
  if (typeof priority !== 'number' || typeof label !== 'string') return undefined;
  const request = { leaseId, holder, slots, priority, label };
  return isName(holderFirstRunId) ? { ...request, holderFirstRunId } : request;
}

/** The release a signal brought; undefined when it is none. */
export function readPoolRelease(value: unknown): PoolRelease | undefined {
  const { leaseId } = fieldsOf(value);
  return isName(leaseId) ? { leaseId } : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isCount(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}

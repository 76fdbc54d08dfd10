/** Owns what a pool is told and what it says of itself. */
import type { Instant } from '../core/instant.js';

/** Argument of the signal `acquire`. */
export interface PoolRequest {
  /** Unique among all requests; asking twice is asking once. */
  readonly leaseId: string;
  /** The workflow that is told of the lease, by the signal `leased`, and whose end frees it. */
  readonly holder: string;
  readonly slots: number;
  /** The higher goes first; within one the earlier. */
  readonly priority: number;
  /** For people: `orders_daily copy[3]`. */
  readonly label: string;
}

/** One lease, or one that waits for it. */
export interface PoolEntry {
  readonly leaseId: string;
  readonly holder: string;
  readonly slots: number;
  readonly priority: number;
  readonly label: string;
}

/** A pool as a query shows it. */
export interface PoolView {
  readonly pool: string;
  readonly slots: number;
  readonly used: number;
  readonly leases: readonly PoolEntry[];
  /** In the order they will be served: the first is at position 1. */
  readonly queue: readonly PoolEntry[];
  /** When holders were last looked after. */
  readonly checkedAt?: Instant;
}

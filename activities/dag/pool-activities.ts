/** Owns the contract between a pool's workflow and its activity; the name is permanent. */
import type { Instant } from '../../src/core/instant.js';
import type { PoolHolder } from '../../src/scheduling/pool-messages.js';

/** What a look at holders brought. */
export interface CheckedHolders {
  /** Those asked about that are no longer running. */
  readonly gone: readonly PoolHolder[];
  readonly at: Instant;
}

/** The activities a pool calls. */
export interface PoolActivities {
  /**
   * Asks the server which of these workflows are no longer running. One that continued as new is
   * running; one of the same id that was started later is another.
   */
  readonly checkHolders: (holders: readonly PoolHolder[]) => Promise<CheckedHolders>;
}

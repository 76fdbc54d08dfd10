/** Owns the line in which syncs ask for exports while their Region has no room: a pool of a few turns. */

/**
 * Syncs that ask at once, the others wait behind them. Enough that a turn that passes on leaves no room
 * empty, and few enough that their questions stay far below the rate that DynamoDB throttles.
 */
export const TURNS = 4;

/** The pool that lends the turns of a Region. */
export function exportLineOf(region: string): string {
  return `exports@${region}`;
}

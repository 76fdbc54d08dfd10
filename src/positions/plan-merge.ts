/** Owns when runs of entries are merged, so that a look-up meets few and a write rewrites little. */

/** Runs that are left as they are. */
export const MOST_RUNS = 8;
/** A run joins a merge of newer ones that together have at least its size divided by this. */
const JOIN_RATIO = 4;

/**
 * The index of the oldest run to merge, with all that are newer; undefined when there is nothing to
 * do. `entries`: how many each run has, the oldest first.
 *
 * Sizes fall by a ratio from the oldest run to the newest, so what a window adds is rewritten a few
 * times at each of a logarithm of levels, and the bulk of the table once its changes have come to a
 * quarter of it: a few times the window's own size, however large the table is.
 */
export function planMerge(entries: readonly number[]): number | undefined {
  if (entries.length <= MOST_RUNS) return undefined;
  let start = entries.length - 1;
  let sum = entries[start] ?? 0;
  while (start > 0) {
    const next = entries[start - 1] ?? 0;
    const two = entries.length - start >= 2;
    if (two && next > sum * JOIN_RATIO) break;
    sum += next;
    start--;
  }
  return start;
}

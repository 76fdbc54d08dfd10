/** Owns doing several things at once, but not too many. */

/** So many files are put at a time: their round trips overlap, and no store asks for patience. */
export const PUTS_AT_ONCE = 16;

/**
 * Applies `act` to all of `items`, at most `limit` at a time; the results keep their order. After a
 * failure nothing new is begun, and nothing runs on when it is told. Of several the first is told.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  act: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  const waiting = items.entries();
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (const [index, item] of waiting) {
      if (failures.length > 0) return;
      try {
        results[index] = await act(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Owns running numbered pieces of work a few at a time, so that history and workers stay bounded. */

/** Calls `work` for 0 … `count` − 1, at most `concurrency` at once; the first failure ends it. */
export async function forEachBounded(
  count: number,
  concurrency: number,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const index = next;
      next += 1;
      await work(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
}

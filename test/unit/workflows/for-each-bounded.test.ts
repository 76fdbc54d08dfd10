/** Owns the examples of bounded concurrency in workflows. */
import { expect, test } from '@jest/globals';
import { forEachBounded } from '../../../workflows/for-each-bounded.js';

test.each([
  [0, 4],
  [1, 4],
  [10, 3],
  [3, 10],
])('%i pieces, %i at once: each once, never more at a time', async (count, concurrency) => {
  const seen: number[] = [];
  let running = 0;
  let most = 0;
  await forEachBounded(count, concurrency, async (index) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running -= 1;
    seen.push(index);
  });
  expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  expect(most).toBe(Math.min(count, concurrency));
});

test('the first failure ends it', async () => {
  const started: number[] = [];
  const work = (index: number): Promise<void> => {
    started.push(index);
    return index === 1 ? Promise.reject(new Error('no')) : Promise.resolve();
  };
  await expect(forEachBounded(100, 1, work)).rejects.toThrow('no');
  expect(started).toEqual([0, 1]);
});

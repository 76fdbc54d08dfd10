/** Owns which outputs travel in a run's history and which are kept elsewhere. */
import { expect, test } from '@jest/globals';
import { keptResults } from '../../../activities/dag/kept-results.js';
import { createMemoryObjectStore } from '../../../src/connectors/memory/memory-object-store.js';

const place = { store: createMemoryObjectStore(), prefix: 'results' };
const asTask = { isItem: false, valueNeeded: false };
const text = (sizeBytes: number): string => 'x'.repeat(sizeBytes - 2);

test.each([
  ['a task', asTask, 4096],
  ['an item', { isItem: true, valueNeeded: false }, 1024],
])('%s: up to %p bytes travel', async (_what, how, limit) => {
  const kept = keptResults(place);
  expect(await kept.keep('n', text(limit), how)).toEqual({ value: text(limit) });
  const large = await kept.keep('n', text(limit + 1), how);
  expect(large).toEqual({
    ref: expect.stringMatching(/^results\/n-[0-9a-f]{16}\.json$/) as unknown,
  });
  expect(await kept.load((large as { ref: string }).ref)).toBe(text(limit + 1));
});

test('a list says its length; what decides the run travels, however large', async () => {
  const list = Array.from({ length: 2000 }, (_, n) => n);
  const kept = keptResults(place);
  expect(await kept.keep('list', list, asTask)).toMatchObject({ length: 2000 });
  expect(await kept.keep('list', list, { ...asTask, valueNeeded: true })).toEqual({ value: list });
});

test('with no place to keep it, a large output says what to do', async () => {
  await expect(keptResults(undefined).keep('copy', text(70_000), asTask)).rejects.toMatchObject({
    message: "The output of copy is 69 kB, too large for the run's history.",
    hint: expect.stringContaining('Set `results`') as unknown,
    retryable: false,
  });
});

test.each([
  ['a function', () => 1, 'a function is none'],
  ['a bigint', 1n, 'BigInt'],
])('%s is no JSON, and says so', async (_what, value, why) => {
  await expect(keptResults(place).keep('copy', value, asTask)).rejects.toThrow(why);
});

test('a store that does not answer is no fault of the output', async () => {
  const store = { ...place.store, put: () => Promise.reject(new Error('SlowDown')) };
  const kept = keptResults({ store, prefix: '' });
  await expect(kept.keep('copy', text(9000), asTask)).rejects.toThrow('SlowDown');
});

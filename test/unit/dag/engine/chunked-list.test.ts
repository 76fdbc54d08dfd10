/** Owns examples of chunked lists: reads, changes that leave the base alone, and what is shared. */
import { expect, test } from '@jest/globals';
import {
  chunkedAt,
  ChunkedDraft,
  chunkedEntries,
  makeChunked,
} from '../../../../src/dag/engine/chunked-list.js';

test.each([0, 1, 63, 64, 65, 200])('a list of %i entries reads as made', (length) => {
  const list = makeChunked(length, (at) => at);
  expect([...chunkedEntries(list)]).toEqual(Array.from({ length }, (_, at) => at));
  expect(chunkedAt(list, length - 1)).toBe(length === 0 ? undefined : length - 1);
  expect(chunkedAt(list, length)).toBeUndefined();
});

test('a change copies its chunk, shares the others and leaves the base as it was', () => {
  const base = makeChunked(200, (at) => at);
  const draft = new ChunkedDraft(base);
  draft.set(70, -1);
  draft.set(71, -2);
  expect([draft.get(70), draft.get(71), draft.get(72)]).toEqual([-1, -2, 72]);
  const list = draft.finish();
  expect(list.map((chunk, at) => chunk === base[at])).toEqual([true, false, true, true]);
  expect(chunkedAt(base, 70)).toBe(70);
});

test('no change is the same list', () => {
  const base = makeChunked(3, (at) => at);
  expect(new ChunkedDraft(base).finish()).toBe(base);
});

/** Owns the checks of reading the Range header. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { byteRange, contentRange } from '../../../src/local/s3/byte-range.js';

test.each([
  [undefined, undefined],
  ['bytes=0-0', { start: 0, length: 1 }],
  ['bytes=3-', { start: 3, length: 7 }],
  ['bytes=-4', { start: 6, length: 4 }],
  ['bytes=-40', { start: 0, length: 10 }],
  ['bytes=5-500', { start: 5, length: 5 }],
  ['bytes=5-3', undefined],
  ['bytes=-', undefined],
  ['bytes=1-2,4-5', undefined],
  ['items=1-2', undefined],
])('%s of ten bytes', (header, expected) => {
  expect(byteRange(header, 10)).toEqual(expected);
});

test.each([
  ['bytes=10-', 10],
  ['bytes=-0', 10],
  ['bytes=0-', 0],
  ['bytes=-5', 0],
])('%s of %s bytes cannot be satisfied', (header, size) => {
  expect(() => byteRange(header, size)).toThrow(
    expect.objectContaining({
      code: 'InvalidRange',
      headers: { 'content-range': `bytes */${size}` },
    }),
  );
});

test('a range always lies within the body, and says so', () => {
  fc.assert(
    fc.property(fc.nat(50), fc.nat(50), fc.integer({ min: 1, max: 40 }), (from, to, size) => {
      fc.pre(from <= to && from < size);
      const range = byteRange(`bytes=${from}-${to}`, size)!;
      expect(range.start + range.length).toBeLessThanOrEqual(size);
      expect(contentRange(range, size)).toBe(`bytes ${from}-${Math.min(to, size - 1)}/${size}`);
    }),
  );
});

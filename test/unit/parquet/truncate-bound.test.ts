/** Owns the golden bounds of strings and binaries, as Iceberg's truncate(16) has them. */
import { describe, expect, test } from '@jest/globals';
import { lowerBound, upperBound } from '../../../src/parquet/truncate-bound.js';

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const LAST = '\u{10ffff}';

describe('bounds of text', () => {
  test.each([
    ['', '', ''],
    ['abc', 'abc', 'abc'],
    ['0123456789abcdef', '0123456789abcdef', '0123456789abcdef'],
    ['0123456789abcdefg', '0123456789abcdef', '0123456789abcdeg'],
    // Code points count, not bytes.
    ['é'.repeat(16), 'é'.repeat(16), 'é'.repeat(16)],
    ['é'.repeat(17), 'é'.repeat(16), `${'é'.repeat(15)}ê`],
    ['🦆'.repeat(40), '🦆'.repeat(16), `${'🦆'.repeat(15)}🦇`],
    // One byte more for the code point after.
    [`${'a'.repeat(15)}\u007fz`, `${'a'.repeat(15)}\u007f`, `${'a'.repeat(15)}\u0080`],
    // Surrogates are no code points.
    [`${'a'.repeat(15)}\ud7ffz`, `${'a'.repeat(15)}\ud7ff`, `${'a'.repeat(15)}\ue000`],
    // What cannot be raised gives way to what comes before it.
    [`${'a'.repeat(14)}b${LAST}z`, `${'a'.repeat(14)}b${LAST}`, `${'a'.repeat(14)}c`],
    [LAST.repeat(17), LAST.repeat(16), undefined],
  ])('%j', (text, lower, upper) => {
    expect(lowerBound(utf8(text), 'code-point', 16)).toEqual(utf8(lower));
    const expected = upper === undefined ? undefined : utf8(upper);
    expect(upperBound(utf8(text), 'code-point', 16)).toEqual(expected);
  });
});

describe('bounds of bytes', () => {
  const full = Array<number>(15).fill(0xff);
  test.each([
    [[], [], []],
    [[0xff], [0xff], [0xff]],
    [
      [...Array<number>(16).fill(1), 0],
      Array<number>(16).fill(1),
      [...Array<number>(15).fill(1), 2],
    ],
    [[7, ...full, 0xff], [7, ...full], [8]],
    [[...full, 0xff, 0], [...full, 0xff], undefined],
  ])('%j', (bytes, lower, upper) => {
    expect(lowerBound(Uint8Array.from(bytes), 'byte', 16)).toEqual(Uint8Array.from(lower));
    const expected = upper === undefined ? undefined : Uint8Array.from(upper);
    expect(upperBound(Uint8Array.from(bytes), 'byte', 16)).toEqual(expected);
  });
});

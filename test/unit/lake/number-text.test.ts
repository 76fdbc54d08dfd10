/** Owns the tests of exact numbers as text. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  fitsLong,
  fitsShape,
  parseNumeral,
  plainText,
  shapeOf,
} from '../../../src/lake/number-text.js';

describe('numbers as text', () => {
  test.each([
    ['0', '0', 1, 0],
    ['-0', '0', 1, 0],
    ['0.000', '0', 1, 0],
    ['007', '7', 1, 0],
    ['+1.50', '1.5', 1, 1],
    ['.5', '0.5', 0, 1],
    ['-5.', '-5', 1, 0],
    ['1E3', '1000', 4, 0],
    ['1200e-1', '120', 3, 0],
    ['12e-5', '0.00012', 0, 5],
    ['-0.0100', '-0.01', 0, 2],
    ['123456789.000000001', '123456789.000000001', 9, 9],
  ])(
    '%s is %s, with %i digits before and %i after the point',
    (text, plain, integerDigits, scale) => {
      const numeral = parseNumeral(text)!;
      expect(plainText(numeral)).toBe(plain);
      expect(shapeOf(numeral)).toEqual({ integerDigits, scale });
      expect(plainText(parseNumeral(plain)!)).toBe(plain);
    },
  );

  test.each(['', '.', '-', 'e5', '1e', '1.2.3', 'NaN', 'Infinity', ' 1', '1_0', '0x1'])(
    '%j is no number',
    (text) => {
      expect(parseNumeral(text)).toBeUndefined();
    },
  );

  test('fit 64 bits exactly when BigInt says so', () => {
    const nearTheEdge = fc.bigInt({ min: -(2n ** 63n) - 5n, max: -(2n ** 63n) + 5n });
    const edges = fc.oneof(
      fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }),
      nearTheEdge,
      nearTheEdge.map((n) => -n),
    );
    fc.assert(
      fc.property(edges, (value) => {
        expect(fitsLong(parseNumeral(value.toString())!)).toBe(BigInt.asIntN(64, value) === value);
      }),
    );
    expect(fitsLong(parseNumeral('1.5')!)).toBe(false);
    expect(fitsLong(parseNumeral('1E2')!)).toBe(true);
  });

  test('fit a decimal only without rounding', () => {
    const fits = (text: string): boolean =>
      fitsShape(parseNumeral(text)!, { integerDigits: 2, scale: 1 });
    expect(['99.9', '-99.9', '0', '1.50'].map(fits)).toEqual([true, true, true, true]);
    expect(['100', '0.01', '1E2', '1.55'].map(fits)).toEqual([false, false, false, false]);
  });
});

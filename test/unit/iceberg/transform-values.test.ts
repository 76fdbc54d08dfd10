/** Owns tests of Iceberg's transforms, by the values that its specification gives. */
import { describe, expect, test } from '@jest/globals';
import { murmur3 } from '../../../src/iceberg/murmur3.js';
import {
  bucketOfBytes,
  bucketOfDecimal,
  bucketOfLong,
  fixedBytes,
  shortestBytes,
  truncatedNumber,
  truncatedText,
} from '../../../src/iceberg/transform-values.js';

// https://iceberg.apache.org/spec/#appendix-b-32-bit-hash-requirements
describe('the hash of', () => {
  test.each([
    ['the long 34', longBytes(34n), 2017239379],
    ['the date 2017-11-16', longBytes(17_486n), -653330422],
    ['the timestamp 2017-11-16T22:31:08', longBytes(1_510_871_468_000_000n), -2047944441],
    ['the decimal 14.20', shortestBytes(1420n), -500754589],
    ['the text iceberg', Buffer.from('iceberg'), 1210000089],
    ['the bytes 00 01 02 03', Buffer.of(0, 1, 2, 3), -188683207],
  ])('%s', (_what, bytes, hash) => {
    expect(murmur3(bytes)).toBe(hash);
  });

  // As Python's mmh3 5.3.1 has them: each length of tail.
  test.each([
    ['', 0],
    ['a', 1009084850],
    ['ab', -1681926305],
    ['abc', -1277324294],
    ['abcd', 1139631978],
    ['abcde', -392455434],
  ])('%p', (text, hash) => {
    expect(murmur3(Buffer.from(text))).toBe(hash);
  });
});

describe('a bucket', () => {
  test('is the hash without its sign, of all buckets alike', () => {
    expect(bucketOfLong(34n, 16)).toBe(2017239379 % 16);
    expect(bucketOfDecimal(1420n, 100)).toBe((-500754589 & 0x7fffffff) % 100);
    expect(bucketOfBytes(Buffer.from('iceberg'), 7)).toBe(1210000089 % 7);
  });
});

// https://iceberg.apache.org/spec/#truncate-transform-details
describe('truncate', () => {
  test('rounds numbers down, negative ones too', () => {
    expect([1n, -1n, 10n, -10n, -11n, 0n].map((value) => truncatedNumber(value, 10n))).toEqual([
      0n,
      -10n,
      10n,
      -10n,
      -20n,
      0n,
    ]);
    expect(truncatedNumber(1065n, 50n)).toBe(1050n);
  });

  test.each([
    ['iceberg', 3, 'ice'],
    ['ice', 3, 'ice'],
    ['', 1, ''],
    ['Österreich', 2, 'Ös'],
    ['日本語', 2, '日本'],
    ['🧊🧊🧊', 2, '🧊🧊'],
  ])('cuts %s after %d characters', (text, width, cut) => {
    expect(Buffer.from(truncatedText(Buffer.from(text), width)).toString()).toBe(cut);
  });
});

test.each([
  [0n, '00'],
  [127n, '7f'],
  [128n, '0080'],
  [-1n, 'ff'],
  [-128n, '80'],
  [-129n, 'ff7f'],
])('the shortest bytes of %d', (value, hex) => {
  expect(Buffer.from(shortestBytes(value)).toString('hex')).toBe(hex);
  expect(Buffer.from(fixedBytes(value, 4)).toString('hex')).toBe(
    hex.padStart(8, value < 0n ? 'f' : '0'),
  );
});

function longBytes(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
}

/** Owns when a dictionary is built, and when it is given up. */
import { describe, expect, test } from '@jest/globals';
import { DictionaryBuilder, type Dictionary } from '../../../src/parquet/dictionary.js';
import { IntegerValues } from '../../../src/parquet/integer-values.js';

/** Values that all have the same hash, as somebody might choose theirs. */
class CollidingValues extends IntegerValues {
  compared = 0;

  override hash(): number {
    return 7;
  }

  override equal(left: number, right: number): boolean {
    this.compared += 1;
    return super.equal(left, right);
  }
}

/** Values that count how often their hash was asked for. */
class CountingValues extends IntegerValues {
  hashed = 0;

  override hash(value: number): number {
    this.hashed += 1;
    return super.hash(value);
  }
}

/** Scattered, as items are by the hashes of their keys. */
function numbers(count: number, distinct: number): Int32Array {
  return Int32Array.from({ length: count }, (_, at) => {
    const mixed = Math.imul(at ^ (at >>> 7), 0x85ebca6b);
    return (Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) >>> 0) % distinct;
  });
}

function decode({ entries, indices }: Dictionary, words: Int32Array): Int32Array {
  return words.map((_, at) => words[entries[indices[at]!]!]!);
}

function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer);
}

describe('a dictionary', () => {
  test('names each value, in entries ordered by appearance', () => {
    const words = Int32Array.of(9, 9, 4, 9, 4, 1, 1, 1, 9, 9);
    const dictionary = new DictionaryBuilder().build(new IntegerValues(words, 10, 1))!;
    expect(Array.from(dictionary.entries)).toEqual([0, 2, 5]);
    expect(dictionary.bitWidth).toBe(2);
    expect(Buffer.compare(bytesOf(decode(dictionary, words)), bytesOf(words))).toBe(0);
  });

  test('grows with what it holds, again and again', () => {
    const builder = new DictionaryBuilder();
    for (const distinct of [30_000, 5, 1021]) {
      const words = numbers(200_000, distinct);
      const dictionary = builder.build(new IntegerValues(words, words.length, 1))!;
      expect(dictionary.entries).toHaveLength(new Set(words).size);
      expect(Buffer.compare(bytesOf(decode(dictionary, words)), bytesOf(words))).toBe(0);
    }
  });

  test('is given up where it would be no smaller than the values', () => {
    const words = numbers(3000, 20_000);
    expect(new DictionaryBuilder().build(new IntegerValues(words, 3000, 1))).toBeUndefined();
  });

  test('is given up after a sample of values that all differ', () => {
    const values = new CountingValues(numbers(100_000, 1 << 30), 100_000, 1);
    expect(new DictionaryBuilder().build(values)).toBeUndefined();
    expect(values.hashed).toBeLessThanOrEqual(4096);
  });

  test('is given up before hashes that meet cost more than values do', () => {
    const count = 100_000;
    const values = new CollidingValues(numbers(count, 3000), count, 1);
    expect(new DictionaryBuilder().build(values)).toBeUndefined();
    expect(values.compared).toBeLessThan(20 * count);
  });
});

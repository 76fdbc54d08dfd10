/** Owns the hash that stands for a row's key in the index. */
import { hash } from 'node:crypto';

import type { BytesVector } from '../parquet/vector.js';

/** 32-bit words a hash has. */
export const HASH_WORDS = 4;

/** Hashes of keys, each {@link HASH_WORDS} words, the most significant one first. */
export interface KeyHashes {
  readonly length: number;
  readonly words: Uint32Array;
}

/**
 * The hashes of keys in their one form of bytes: the first 128 bits of SHA-256. So long that two keys
 * of a table never meet by chance, and of a kind that nobody can make them meet on purpose (a key is
 * what a user of the table chose): the index can take the hash for the key. Every key must be there.
 */
export function hashKeys(keys: BytesVector): KeyHashes {
  const { data, offsets, values } = keys;
  const words = new Uint32Array(values * HASH_WORDS);
  for (let index = 0; index < values; index++) {
    const key = data.subarray(offsets[index], offsets[index + 1]);
    // As text of one character a byte: a third of the time it takes to make a Buffer.
    const digest = hash('sha256', key, 'binary');
    for (let word = 0; word < HASH_WORDS; word++) {
      const at = word * 4;
      words[index * HASH_WORDS + word] =
        (digest.charCodeAt(at) << 24) |
        (digest.charCodeAt(at + 1) << 16) |
        (digest.charCodeAt(at + 2) << 8) |
        digest.charCodeAt(at + 3);
    }
  }
  return { length: values, words };
}

/** Hashes of no keys. */
export const NO_KEYS: KeyHashes = Object.freeze({ length: 0, words: new Uint32Array(0) });

/** The hashes at some places, in their order. */
export function hashesAt({ words }: KeyHashes, places: ArrayLike<number>): KeyHashes {
  const { length } = places;
  const some = new Uint32Array(length * HASH_WORDS);
  for (let index = 0; index < length; index++) {
    const from = (places[index] as number) * HASH_WORDS;
    const to = index * HASH_WORDS;
    // Assignments: a subarray and set take several times as long.
    for (let word = 0; word < HASH_WORDS; word++) some[to + word] = words[from + word] as number;
  }
  return { length, words: some };
}

/** Negative, zero or positive as the hash at word `leftAt` comes before, equals or follows the other. */
export function compareHashes(
  left: Uint32Array,
  leftAt: number,
  right: Uint32Array,
  rightAt: number,
): number {
  for (let word = 0; word < HASH_WORDS; word++) {
    const a = left[leftAt + word] as number;
    const b = right[rightAt + word] as number;
    if (a !== b) return a < b ? -1 : 1;
  }
  return 0;
}

/** Owns the order of entries: by hash, one a key. */
import { ENTRY_WORDS, copyEntry, writtenAtOf } from './entries.js';
import { HASH_WORDS, compareHashes, type KeyHashes } from './key-hashes.js';

const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** `entries` by hash; those of one key keep the order they had. */
export function sortEntries(entries: Uint32Array): Uint32Array {
  const order = orderOfHashes(entries, ENTRY_WORDS);
  const sorted = new Uint32Array(entries.length);
  for (let index = 0; index < order.length; index++)
    copyEntry(entries, (order[index] as number) * ENTRY_WORDS, sorted, index * ENTRY_WORDS);
  return sorted;
}

/** Indices of keys in the order of their hashes; equal ones keep their order. */
export function orderOfKeys({ words }: KeyHashes): Uint32Array {
  return orderOfHashes(words, HASH_WORDS);
}

/** The same of hashes of which one begins every `stride` words. */
function orderOfHashes(words: Uint32Array, stride: number): Uint32Array {
  const order = orderByFirstWord(words, stride);
  orderEqualFirstWords(words, stride, order);
  return order;
}

/** Of each key's sorted entries the last one. */
export function lastOfEachKey(sorted: Uint32Array): Uint32Array {
  return oneOfEachKey(sorted, () => true);
}

/**
 * Of each key's sorted entries the one written last, which is what a table must show where it has
 * two rows of a key; one whose time is not known counts as older than any, and of two the last wins.
 */
export function newestOfEachKey(sorted: Uint32Array): Uint32Array {
  return oneOfEachKey(sorted, (entries, at, beforeAt) => {
    const before = writtenAtOf(entries, beforeAt);
    return Number.isNaN(before) || writtenAtOf(entries, at) >= before;
  });
}

/** A part of `sorted`, which it overwrites; `wins`: the entry at `at` against the one kept so far. */
function oneOfEachKey(
  sorted: Uint32Array,
  wins: (entries: Uint32Array, at: number, keptAt: number) => boolean,
): Uint32Array {
  let end = 0;
  for (let at = 0; at < sorted.length; at += ENTRY_WORDS) {
    const keptAt = end - ENTRY_WORDS;
    if (keptAt < 0 || compareHashes(sorted, at, sorted, keptAt) !== 0) {
      copyEntry(sorted, at, sorted, end);
      end += ENTRY_WORDS;
    } else if (wins(sorted, at, keptAt)) {
      copyEntry(sorted, at, sorted, keptAt);
    }
  }
  return sorted.subarray(0, end);
}

/** Indices of hashes in the order of their first words: a radix sort, least digit first. */
function orderByFirstWord(words: Uint32Array, stride: number): Uint32Array {
  const count = words.length / stride;
  let keys = new Uint32Array(count);
  let order = new Uint32Array(count);
  for (let index = 0; index < count; index++) {
    keys[index] = words[index * stride] as number;
    order[index] = index;
  }
  let nextKeys = new Uint32Array(count);
  let nextOrder = new Uint32Array(count);
  for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
    const places = placesOfDigits(keys, shift);
    for (let index = 0; index < count; index++) {
      const key = keys[index] as number;
      const digit = (key >>> shift) & (DIGITS - 1);
      const place = places[digit] as number;
      places[digit] = place + 1;
      nextKeys[place] = key;
      nextOrder[place] = order[index] as number;
    }
    [keys, nextKeys] = [nextKeys, keys];
    [order, nextOrder] = [nextOrder, order];
  }
  return order;
}

function placesOfDigits(keys: Uint32Array, shift: number): Uint32Array {
  const places = new Uint32Array(DIGITS);
  for (const key of keys) {
    const digit = (key >>> shift) & (DIGITS - 1);
    places[digit] = (places[digit] as number) + 1;
  }
  let sum = 0;
  for (let digit = 0; digit < DIGITS; digit++) {
    const count = places[digit] as number;
    places[digit] = sum;
    sum += count;
  }
  return places;
}

/** Puts in order what shares its first word: a handful, so by insertion. */
function orderEqualFirstWords(words: Uint32Array, stride: number, order: Uint32Array): void {
  for (let index = 1; index < order.length; index++) {
    const moved = order[index] as number;
    let place = index;
    const movedAt = moved * stride;
    while (
      place > 0 &&
      compareHashes(words, (order[place - 1] as number) * stride, words, movedAt) > 0
    ) {
      order[place] = order[place - 1] as number;
      place--;
    }
    order[place] = moved;
  }
}

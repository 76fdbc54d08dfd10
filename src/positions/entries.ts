/** Owns the form of an entry of the index, in eight words: a key's hash, and where its row lies. */
import { assert } from '../core/assert.js';
import { HASH_WORDS, compareHashes, type KeyHashes } from './key-hashes.js';

/** 32-bit words an entry has. */
export const ENTRY_WORDS = 8;
/** Bytes an entry has. */
export const ENTRY_BYTES = ENTRY_WORDS * 4;
/** The word that holds the file, as an ordinal of the list the entries go with. */
export const FILE_WORD = HASH_WORDS;
/** The word that holds the row's position in its file. */
export const POSITION_WORD = HASH_WORDS + 1;
/** The first of two words, the low one first, that hold when the row was written. */
export const WRITTEN_WORD = HASH_WORDS + 2;
/** In the place of a file: the key has no row. */
export const TOMBSTONE = 0xffff_ffff;

const UNKNOWN = 0xffff_ffff;
const TWO_32 = 2 ** 32;

/** Rows of one data file, or some of them. */
export interface RowsOfFile {
  /** As the table's manifests name it. */
  readonly filePath: string;
  readonly keys: KeyHashes;
  /** The row of each key, counted from 0; a number where they follow one another from there. */
  readonly positions: Uint32Array | number;
  /** When each row was written, in microseconds since 1970; NaN, or absent for all: not known. */
  readonly writtenAtMicros?: Float64Array | undefined;
}

/** Entries that keys without a row have. */
export function tombstonesOf(keys: KeyHashes): Uint32Array {
  const entries = new Uint32Array(keys.length * ENTRY_WORDS);
  for (let index = 0; index < keys.length; index++) {
    const at = index * ENTRY_WORDS;
    putHash(entries, at, keys, index);
    entries[at + FILE_WORD] = TOMBSTONE;
    putWrittenAt(entries, at, NaN);
  }
  return entries;
}

/** Entries of `rows`, of the file with the ordinal `file`, in the order of the rows. */
export function entriesOf(rows: RowsOfFile, file: number): Uint32Array {
  const { keys, positions, writtenAtMicros } = rows;
  checkLengths(rows);
  const entries = new Uint32Array(keys.length * ENTRY_WORDS);
  for (let index = 0; index < keys.length; index++) {
    const at = index * ENTRY_WORDS;
    putHash(entries, at, keys, index);
    entries[at + FILE_WORD] = file;
    entries[at + POSITION_WORD] =
      typeof positions === 'number' ? positions + index : (positions[index] as number);
    putWrittenAt(
      entries,
      at,
      writtenAtMicros === undefined ? NaN : (writtenAtMicros[index] ?? NaN),
    );
  }
  return entries;
}

/** When the entry at word `at` was written, in microseconds since 1970; NaN when that is not known. */
export function writtenAtOf(entries: Uint32Array, at: number): number {
  const low = entries[at + WRITTEN_WORD] as number;
  const high = entries[at + WRITTEN_WORD + 1] as number;
  return low === UNKNOWN && high === UNKNOWN ? NaN : high * TWO_32 + low;
}

/** Copies the entry at word `fromAt` of `from` to word `at` of `to`. */
export function copyEntry(from: Uint32Array, fromAt: number, to: Uint32Array, at: number): void {
  // Eight assignments: a subarray and set take several times as long.
  for (let word = 0; word < ENTRY_WORDS; word++) to[at + word] = from[fromAt + word] as number;
}

/** The index of the entry of a key among those from `first` to `end` (exclusive); −1 for none. */
export function findEntry(
  sorted: Uint32Array,
  first: number,
  end: number,
  words: Uint32Array,
  wordsAt: number,
): number {
  let low = first;
  let high = end;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const order = compareHashes(sorted, middle * ENTRY_WORDS, words, wordsAt);
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return -1;
}

/** The index of the first entry whose hash begins with `firstWord` or what follows it. */
export function firstEntryFrom(sorted: Uint32Array, firstWord: number): number {
  let low = 0;
  let high = sorted.length / ENTRY_WORDS;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle * ENTRY_WORDS] as number) < firstWord) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The entries' bytes as they lie in a file: in this machine's order, which they never leave. */
export function bytesOfEntries(entries: Uint32Array): Uint8Array {
  return new Uint8Array(entries.buffer, entries.byteOffset, entries.byteLength);
}

function checkLengths({ filePath, keys, positions, writtenAtMicros }: RowsOfFile): void {
  const { length } = keys;
  const places = typeof positions === 'number' ? length : positions.length;
  const times = writtenAtMicros?.length ?? length;
  assert(places >= length && times >= length, `${filePath}: a position and a time for every key`);
  const last = typeof positions === 'number' ? positions + length : 0;
  assert(last <= TWO_32, `${filePath}: fewer than 2³² rows in a file`);
}

function putHash(entries: Uint32Array, at: number, keys: KeyHashes, index: number): void {
  for (let word = 0; word < HASH_WORDS; word++)
    entries[at + word] = keys.words[index * HASH_WORDS + word] as number;
}

function putWrittenAt(entries: Uint32Array, at: number, micros: number): void {
  const known = !Number.isNaN(micros);
  assert(!known || (Number.isSafeInteger(micros) && micros >= 0), 'whole microseconds since 1970');
  entries[at + WRITTEN_WORD] = known ? micros % TWO_32 : UNKNOWN;
  entries[at + WRITTEN_WORD + 1] = known ? Math.floor(micros / TWO_32) : UNKNOWN;
}

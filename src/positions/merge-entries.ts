/** Owns how entries of several ages become one sorted list. */
import { ENTRY_WORDS, FILE_WORD, TOMBSTONE, copyEntry } from './entries.js';
import { compareHashes } from './key-hashes.js';

/** Both lists as one; of a key in both the newer entry. */
export function mergeEntries(older: Uint32Array, newer: Uint32Array): Uint32Array {
  if (older.length === 0) return newer;
  if (newer.length === 0) return older;
  const merged = new Uint32Array(older.length + newer.length);
  let end = 0;
  let olderAt = 0;
  let newerAt = 0;
  while (olderAt < older.length && newerAt < newer.length) {
    const order = compareHashes(older, olderAt, newer, newerAt);
    if (order < 0) {
      copyEntry(older, olderAt, merged, end);
      olderAt += ENTRY_WORDS;
    } else {
      copyEntry(newer, newerAt, merged, end);
      newerAt += ENTRY_WORDS;
      if (order === 0) olderAt += ENTRY_WORDS;
    }
    end += ENTRY_WORDS;
  }
  for (const rest of [older.subarray(olderAt), newer.subarray(newerAt)]) {
    merged.set(rest, end);
    end += rest.length;
  }
  return merged.subarray(0, end);
}

/** Gives each entry its file's new ordinal, in place; {@link TOMBSTONE} for one that is gone. */
export function renumberFiles(entries: Uint32Array, newOrdinals: Uint32Array): void {
  for (let at = FILE_WORD; at < entries.length; at += ENTRY_WORDS) {
    const file = entries[at] as number;
    if (file !== TOMBSTONE) entries[at] = newOrdinals[file] ?? TOMBSTONE;
  }
}

/** The entries that name a row: a part of `entries`, which it overwrites. */
export function withoutTombstones(entries: Uint32Array): Uint32Array {
  let end = 0;
  for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
    if (entries[at + FILE_WORD] === TOMBSTONE) continue;
    if (at !== end) copyEntry(entries, at, entries, end);
    end += ENTRY_WORDS;
  }
  return entries.subarray(0, end);
}

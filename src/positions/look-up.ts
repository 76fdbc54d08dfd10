/** Owns the look-up of a window's keys: the newest entry of each, run by run. */
import { bucketOf, planSpans, type Span } from './buckets.js';
import {
  ENTRY_WORDS,
  FILE_WORD,
  POSITION_WORD,
  TOMBSTONE,
  findEntry,
  writtenAtOf,
} from './entries.js';
import type { IndexState } from './index-state.js';
import { HASH_WORDS, type KeyHashes } from './key-hashes.js';
import type { EntriesPart, RunFile } from './run-file.js';
import { orderOfKeys } from './sort-entries.js';

/** In the place of a file's ordinal: the table has no row of this key. */
export const NO_FILE = -1;

/** Where the rows of keys lie, in the order of the keys. */
export interface Positions {
  readonly length: number;
  /** Paths that `files` are ordinals of. */
  readonly filePaths: readonly string[];
  /** Ordinals in `filePaths`; {@link NO_FILE} for a key that has no row. */
  readonly files: Int32Array;
  /** The row in its file, counted from 0. */
  readonly positions: Uint32Array;
  /** When the row was written, in microseconds since 1970; NaN: not known, so older than any change. */
  readonly writtenAtMicros: Float64Array;
}

/** The positions that `state` knows for `keys`, which may repeat. */
export async function lookUp(state: IndexState, keys: KeyHashes): Promise<Positions> {
  const found = {
    length: keys.length,
    filePaths: state.filePaths,
    files: new Int32Array(keys.length).fill(NO_FILE),
    positions: new Uint32Array(keys.length),
    writtenAtMicros: new Float64Array(keys.length).fill(NaN),
  };
  let pending = orderOfKeys(keys);
  for (let index = state.runs.length - 1; index >= 0 && pending.length > 0; index--) {
    const settled = new Uint8Array(keys.length);
    const ordinals = state.ordinals[index] as Uint32Array;
    await findInRun(state.runs[index] as RunFile, keys, pending, (key, entries, at) => {
      settled[key] = 1;
      const local = entries[at + FILE_WORD] as number;
      const file = local === TOMBSTONE ? TOMBSTONE : (ordinals[local] ?? TOMBSTONE);
      if (file === TOMBSTONE) return;
      found.files[key] = file;
      found.positions[key] = entries[at + POSITION_WORD] as number;
      found.writtenAtMicros[key] = writtenAtOf(entries, at);
    });
    pending = pending.filter((key) => settled[key] === 0);
  }
  return found;
}

async function findInRun(
  run: RunFile,
  keys: KeyHashes,
  order: Uint32Array,
  onEntry: (key: number, entries: Uint32Array, at: number) => void,
): Promise<void> {
  const { starts } = run.directory;
  const buckets = starts.length - 1;
  const findInSpan = (part: EntriesPart, span: Span): void => {
    const { entries, firstIndex } = part;
    let checked = -1;
    for (let index = span.firstKey; index < span.endKey; index++) {
      const key = order[index] as number;
      const wordsAt = key * HASH_WORDS;
      const bucket = bucketOf(keys.words[wordsAt] as number, buckets);
      if (bucket !== checked) run.checkBucket(bucket, part);
      checked = bucket;
      const first = (starts[bucket] as number) - firstIndex;
      const end = (starts[bucket + 1] as number) - firstIndex;
      const at = findEntry(entries, first, end, keys.words, wordsAt);
      if (at >= 0) onEntry(key, entries, at * ENTRY_WORDS);
    }
  };
  await run.readSpans(planSpans(starts, keys, order), findInSpan);
}

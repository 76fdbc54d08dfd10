/** Owns the entries of several runs as one sorted stream, in bounded memory. */
import { mergeEntries, renumberFiles, withoutTombstones } from './merge-entries.js';
import type { RunFile } from './run-file.js';

/** Entries that are merged at once: 8 MiB of them. */
const ENTRIES_AT_ONCE = 262_144;

/** Runs that follow one another in age, and their files' ordinals in the merged entries. */
export interface Merge {
  /** The oldest first. */
  readonly runs: readonly RunFile[];
  /** For each run the new ordinals of its files, {@link TOMBSTONE} for a file that is gone. */
  readonly ordinals: readonly Uint32Array[];
  /** Whether there is an older run, in which tombstones must go on hiding entries. */
  readonly keepTombstones: boolean;
}

/** The merged entries by hash, a stretch of hashes after the other. */
export async function* mergedEntries(merge: Merge): AsyncGenerator<Uint32Array> {
  const entries = merge.runs.reduce((sum, run) => sum + run.info.entries, 0);
  const slices = Math.max(1, Math.ceil(entries / ENTRIES_AT_ONCE));
  for (let slice = 0; slice < slices; slice++)
    yield await mergedRange(merge, wordAt(slice, slices), wordAt(slice + 1, slices));
}

/** The merged entries whose hashes begin with `fromWord` (inclusive) to `toWord` (exclusive). */
export async function mergedRange(
  { runs, ordinals, keepTombstones }: Merge,
  fromWord: number,
  toWord: number,
): Promise<Uint32Array> {
  let merged: Uint32Array = new Uint32Array(0);
  for (let index = runs.length - 1; index >= 0; index--) {
    const older = await (runs[index] as RunFile).readRange(fromWord, toWord);
    renumberFiles(older, ordinals[index] as Uint32Array);
    merged = mergeEntries(older, merged);
  }
  return keepTombstones ? merged : withoutTombstones(merged);
}

function wordAt(slice: number, slices: number): number {
  return Math.floor((slice * 2 ** 32) / slices);
}

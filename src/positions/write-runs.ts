/** Owns which runs are written: a change's entries, and the merge of runs that became many. */
import { assert } from '../core/assert.js';
import { ENTRY_WORDS, TOMBSTONE, entriesOf, tombstonesOf } from './entries.js';
import type { RunInfo } from './head.js';
import type { IndexState } from './index-state.js';
import { mergedEntries } from './merge-runs.js';
import type { PositionUpdate } from './position-index.js';
import { RunWriter } from './run-writer.js';
import { lastOfEachKey, sortEntries } from './sort-entries.js';

/** Writes the entries of `update`; undefined when it has none. */
export async function writeChanges(
  directory: string,
  sequence: number,
  update: PositionUpdate,
): Promise<RunInfo | undefined> {
  const filePaths = [...new Set(update.puts.map((rows) => rows.filePath))];
  const ordinals = new Map(filePaths.map((path, ordinal) => [path, ordinal]));
  const all = concat([
    tombstonesOf(update.removals),
    ...update.puts.map((rows) => entriesOf(rows, ordinals.get(rows.filePath) ?? TOMBSTONE)),
  ]);
  if (all.length === 0) return undefined;
  const entries = lastOfEachKey(sortEntries(all));
  const target = { directory, sequence, entries: entries.length / ENTRY_WORDS };
  return RunWriter.write(target, async (writer) => {
    await writer.add(entries);
    return filePaths;
  });
}

/** Writes the runs from index `start` to the newest as one. */
export async function writeMerged(
  directory: string,
  { head, runs, filePaths, ordinals }: IndexState,
  start: number,
): Promise<RunInfo> {
  const merged = runs.slice(start);
  const renumbering = denseOrdinals(ordinals.slice(start), filePaths);
  const target = {
    directory,
    sequence: head.sequence + 1,
    entries: merged.reduce((sum, run) => sum + run.info.entries, 0),
  };
  return RunWriter.write(target, async (writer) => {
    const { ordinals: dense, filePaths: paths } = renumbering;
    const merge = { runs: merged, ordinals: dense, keepTombstones: start > 0 };
    for await (const entries of mergedEntries(merge)) await writer.add(entries);
    return paths;
  });
}

/** Those of `removed` that a run still names, or would if it came back; a put never names one. */
export function removedFilesAfter(
  state: Pick<IndexState, 'head' | 'runs'>,
  update: Pick<PositionUpdate, 'puts' | 'removedFiles'>,
): string[] {
  const removed = new Set([...state.head.removedFiles, ...(update.removedFiles ?? [])]);
  for (const { filePath } of update.puts)
    assert(!removed.has(filePath), `${filePath} was removed, and does not come back`);
  const named = new Set(state.runs.flatMap((run) => run.directory.filePaths));
  return [...removed].filter((path) => named.has(path));
}

/** The same files, numbered from 0 without those that none of the runs names. */
function denseOrdinals(
  ordinals: readonly Uint32Array[],
  filePaths: readonly string[],
): { ordinals: Uint32Array[]; filePaths: string[] } {
  const known = new Map<number, number>();
  const dense = ordinals.map((ofRun) =>
    ofRun.map((file) => {
      if (file === TOMBSTONE) return TOMBSTONE;
      const ordinal = known.get(file) ?? known.size;
      known.set(file, ordinal);
      return ordinal;
    }),
  );
  return { ordinals: dense, filePaths: [...known.keys()].map((file) => filePaths[file] ?? '') };
}

function concat(parts: readonly Uint32Array[]): Uint32Array {
  const whole = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    whole.set(part, end);
    end += part.length;
  }
  return whole;
}

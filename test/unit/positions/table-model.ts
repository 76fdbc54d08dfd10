/** Owns a table as a map from keys to rows, to hold a position index against. */
import type { RowsOfFile } from '../../../src/positions/entries.js';
import type { KeyHashes } from '../../../src/positions/key-hashes.js';
import type { PositionUpdate } from '../../../src/positions/position-index.js';

/** Where a key's row lies. */
export interface ModelRow {
  readonly filePath: string;
  readonly position: number;
  /** NaN: not known. */
  readonly writtenAtMicros: number;
}

/** Rows by key; keys are numbers, with hashes that {@link hashesOf} makes up. */
export type TableModel = ReadonlyMap<number, ModelRow>;

/**
 * Hashes that are spread like a hash's, but for every fourth: four of those share their first word,
 * two of them at either end of all words.
 */
export function hashesOf(keys: readonly number[]): KeyHashes {
  const words = keys.flatMap((key) => {
    const common = key % 4 === 0;
    const first = common ? [0, 0xffff_ffff, 0x8000_0000][Math.floor(key / 16) % 3]! : mixed(key);
    return [first, common ? 7 : mixed(key + 1), mixed(key + 2), key];
  });
  return { length: keys.length, words: Uint32Array.from(words) };
}

/** The rows of `model`, a batch for each file, or two. */
export async function* rowsOf(model: TableModel): AsyncGenerator<RowsOfFile> {
  const files = new Set([...model.values()].map((row) => row.filePath));
  for (const filePath of files) {
    const rows = [...model].filter(([, row]) => row.filePath === filePath);
    const half = rows.length >> 1;
    for (const part of [rows.slice(0, half), rows.slice(half)]) {
      yield {
        filePath,
        keys: hashesOf(part.map(([key]) => key)),
        positions: Uint32Array.from(part, ([, row]) => row.position),
        writtenAtMicros: Float64Array.from(part, ([, row]) => row.writtenAtMicros),
      };
    }
  }
}

/** Keys of the table whose windows {@link windowAt} makes. */
export const WINDOW_KEYS: readonly number[] = Array.from({ length: 300 }, (_, key) => key);

/** The table at snapshot 1, before any window. */
export function firstModel(): TableModel {
  return new Map(
    WINDOW_KEYS.filter((key) => key % 3 !== 0).map((key, position) => [
      key,
      { filePath: 'full', position, writtenAtMicros: NaN },
    ]),
  );
}

/** The window from `snapshot` to the next, and the table after it: the same whoever asks, and when. */
export function windowAt(
  snapshot: number,
  model: TableModel,
): { update: PositionUpdate; after: TableModel } {
  const compacts = snapshot % 7 === 0;
  const touched = WINDOW_KEYS.filter((key) => mixed(key * 31 + snapshot) % 8 === 0);
  const removed = compacts ? [] : touched.filter((key) => mixed(key + snapshot) % 4 === 0);
  const put = compacts ? [...model.keys()] : touched.filter((key) => !removed.includes(key));
  const after = new Map(model);
  for (const key of removed) after.delete(key);
  const filePath = `file-${snapshot}`;
  for (const [position, key] of put.entries()) {
    const known = model.get(key)?.writtenAtMicros ?? NaN;
    const writtenAtMicros = compacts ? known : 1_700_000_000_000_000 + snapshot;
    after.set(key, { filePath, position, writtenAtMicros });
  }
  const update = {
    parentSnapshotId: BigInt(snapshot),
    snapshotId: BigInt(snapshot + 1),
    puts: [
      {
        filePath,
        keys: hashesOf(put),
        positions: 0,
        writtenAtMicros: Float64Array.from(put, (key) => after.get(key)!.writtenAtMicros),
      },
    ],
    removals: hashesOf(removed),
    removedFiles: compacts ? [...new Set([...model.values()].map((row) => row.filePath))] : [],
  };
  return { update, after };
}

function mixed(value: number): number {
  let word = Math.imul(value ^ (value >>> 16), 0x45d9f3b) ^ 0x9e37_79b9;
  word = Math.imul(word ^ (word >>> 15), 0x2c1b_3c6d);
  return (word ^ (word >>> 16)) >>> 0;
}

/** Owns the comparison of an index with the rows that the table itself has. */
import {
  ENTRY_WORDS,
  FILE_WORD,
  POSITION_WORD,
  TOMBSTONE,
  writtenAtOf,
  type RowsOfFile,
} from './entries.js';
import type { IndexState } from './index-state.js';
import { HASH_WORDS, compareHashes } from './key-hashes.js';
import { mergedRange } from './merge-runs.js';
import { RowSpill } from './row-spill.js';

const MOST_MISMATCHES = 20;

/** Where a row lies, or is said to. */
export interface RowPlace {
  readonly filePath: string;
  readonly position: number;
  /** Microseconds since 1970; NaN: not known. */
  readonly writtenAtMicros: number;
}

/** A key of which table and index say different things. */
export interface Mismatch {
  /** The key's hash in hexadecimal. */
  readonly keyHash: string;
  /** Undefined: the table has no row of this key. */
  readonly inTable: RowPlace | undefined;
  /** Undefined: the index knows no row of this key. */
  readonly inIndex: RowPlace | undefined;
}

/** How an index compares with its table. */
export interface Verification {
  /** Rows of the table. */
  readonly rows: number;
  /** Rows whose key another row of the table has too, each counted once. */
  readonly repeatedRows: number;
  /** Keys of the table that the index does not know. */
  readonly missing: number;
  /** Keys that the index has a row for, and the table not. */
  readonly surplus: number;
  /** Keys that both know, with different places or times. */
  readonly misplaced: number;
  /** The first of them. */
  readonly mismatches: readonly Mismatch[];
}

/** Compares `state` with `rows`, which are all the table has. */
export async function verifyState(
  directory: string,
  state: IndexState,
  rows: AsyncIterable<RowsOfFile>,
): Promise<Verification> {
  return RowSpill.use(directory, state.head.sequence + 1, async (spill) => {
    for await (const batch of rows) await spill.add(batch);
    const tally = new Tally(spill.filePaths, state.filePaths);
    for await (const { entries, fromWord, toWord, rows: count } of spill.sorted()) {
      tally.repeatedRows += count - entries.length / ENTRY_WORDS;
      const merge = { runs: state.runs, ordinals: state.ordinals, keepTombstones: false };
      tally.compare(entries, await mergedRange(merge, fromWord, toWord));
    }
    const { repeatedRows, missing, surplus, misplaced, mismatches } = tally;
    return { rows: spill.rows, repeatedRows, missing, surplus, misplaced, mismatches };
  });
}

class Tally {
  repeatedRows = 0;
  missing = 0;
  surplus = 0;
  misplaced = 0;
  readonly mismatches: Mismatch[] = [];
  readonly #tablePaths: readonly string[];
  readonly #indexPaths: readonly string[];

  constructor(tablePaths: readonly string[], indexPaths: readonly string[]) {
    this.#tablePaths = tablePaths;
    this.#indexPaths = indexPaths;
  }

  /** Walks both sorted lists side by side. */
  compare(table: Uint32Array, index: Uint32Array): void {
    let tableAt = 0;
    let indexAt = 0;
    while (tableAt < table.length || indexAt < index.length) {
      const order = orderOf(table, tableAt, index, indexAt);
      if (order < 0) this.missing++;
      if (order > 0) this.surplus++;
      const inTable = order <= 0 ? placeOf(table, tableAt, this.#tablePaths) : undefined;
      const inIndex = order >= 0 ? placeOf(index, indexAt, this.#indexPaths) : undefined;
      if (inTable === undefined || inIndex === undefined) {
        this.#note(order <= 0 ? hexOf(table, tableAt) : hexOf(index, indexAt), inTable, inIndex);
      } else if (!samePlace(inTable, inIndex)) {
        this.misplaced++;
        this.#note(hexOf(table, tableAt), inTable, inIndex);
      }
      if (order <= 0) tableAt += ENTRY_WORDS;
      if (order >= 0) indexAt += ENTRY_WORDS;
    }
  }

  #note(keyHash: string, inTable?: RowPlace, inIndex?: RowPlace): void {
    if (this.mismatches.length < MOST_MISMATCHES)
      this.mismatches.push({ keyHash, inTable, inIndex });
  }
}

function orderOf(table: Uint32Array, tableAt: number, index: Uint32Array, indexAt: number): number {
  if (tableAt === table.length) return 1;
  if (indexAt === index.length) return -1;
  return compareHashes(table, tableAt, index, indexAt);
}

function placeOf(entries: Uint32Array, at: number, filePaths: readonly string[]): RowPlace {
  return {
    filePath: filePaths[entries[at + FILE_WORD] ?? TOMBSTONE] ?? '',
    position: entries[at + POSITION_WORD] as number,
    writtenAtMicros: writtenAtOf(entries, at),
  };
}

function samePlace(left: RowPlace, right: RowPlace): boolean {
  return (
    left.filePath === right.filePath &&
    left.position === right.position &&
    Object.is(left.writtenAtMicros, right.writtenAtMicros)
  );
}

function hexOf(entries: Uint32Array, at: number): string {
  return Array.from(entries.subarray(at, at + HASH_WORDS), (word) =>
    word.toString(16).padStart(8, '0'),
  ).join('');
}

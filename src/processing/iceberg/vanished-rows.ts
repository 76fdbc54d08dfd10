/** Owns the rows that vanished in a window whose export began before it: those that it says nothing of. */
import { CHANGE_KINDS } from '../../lake/column-type.js';
import { HASH_WORDS, type KeyHashes } from '../../positions/key-hashes.js';
import type { LoggedBatch, TakenOut } from './take-out.js';
import type { CommittedLog, HashedRows } from './row-finder.js';

/**
 * Of `recent`, all rows last written in the part of the export that is before the window, those of
 * which no batch has any record.
 *
 * DynamoDB writes no record of an item that was inserted and deleted within an export. Where the
 * export begins before the window, the insert may have been in a window before, and is in the table:
 * the delete is then told by silence alone. A key that was written in the export's time and still has
 * an item, or had one before, has a record; so whoever has none has no item any more.
 */
export function vanishedRows(batches: readonly LoggedBatch[], recent: HashedRows): HashedRows {
  const told = new Set<string>();
  for (const { log } of batches) {
    for (const hashes of [log.hashes, log.passedOver]) {
      for (let index = 0; index < hashes.length; index++) told.add(hashText(hashes, index));
    }
  }
  const gone = recent.rows.flatMap((row, index) =>
    told.has(hashText(recent.hashes, index)) ? [] : [{ row, index }],
  );
  const words = new Uint32Array(gone.length * HASH_WORDS);
  for (const [at, { index }] of gone.entries()) {
    const from = index * HASH_WORDS;
    words.set(recent.hashes.words.subarray(from, from + HASH_WORDS), at * HASH_WORDS);
  }
  return { hashes: { length: gone.length, words }, rows: gone.map(({ row }) => row) };
}

/** Takes out what vanished, too. */
export function withoutVanished(taken: TakenOut, vanished: HashedRows): TakenOut {
  const { deletes } = taken;
  for (const { path, position } of vanished.rows) deletes.add(path, position);
  return {
    ...taken,
    logs: [...taken.logs, logOf(vanished)],
    vanished: vanished.rows.length,
  };
}

/** As the log of a batch that deleted them. */
function logOf({ hashes, rows }: HashedRows): CommittedLog {
  const { length } = rows;
  return {
    log: {
      length,
      hashes,
      kinds: new Uint8Array(length).fill(CHANGE_KINDS.indexOf('delete')),
      writtenAtMicros: new Float64Array(length),
      files: new Uint32Array(length),
      positions: new Uint32Array(length),
      passedOver: { length: 0, words: new Uint32Array(0) },
    },
    paths: [],
    counts: () => true,
  };
}

function hashText({ words }: KeyHashes, index: number): string {
  return words.subarray(index * HASH_WORDS, (index + 1) * HASH_WORDS).join();
}

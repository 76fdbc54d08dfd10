/** Owns which rows a window takes out of the table: the old row of each key, unless it is the newer one. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { CHANGE_KINDS } from '../../lake/column-type.js';
import { HASH_WORDS, hashesAt, type KeyHashes } from '../../positions/key-hashes.js';
import type { ChangeLog } from './change-log.js';
import { PositionDeletes } from './position-deletes.js';
import type { CommittedLog, FoundRow } from './row-finder.js';

/** A batch's log, and the locations of its data files. */
export interface LoggedBatch {
  readonly log: ChangeLog;
  readonly paths: readonly string[];
}

export interface TakenOut {
  readonly deletes: PositionDeletes;
  readonly logs: readonly CommittedLog[];
  /** Changes that were older than the row they met, and lost to it. */
  readonly stale: number;
  /** Rows that go without a change: see `vanishedRows`. */
  readonly vanished: number;
}

const INSERT = CHANGE_KINDS.indexOf('insert');
const DELETE = CHANGE_KINDS.indexOf('delete');

/**
 * Which of a window's keys may have a row already. An insert has none, for its record says that
 * there was no item before the window; unless the base may have been taken after the window began.
 */
export function keysToFind(
  { log }: LoggedBatch,
  insertsToo: boolean,
): {
  readonly hashes: KeyHashes;
  /** For each hash, its key's place in the log. */
  readonly places: Uint32Array;
} {
  const places: number[] = [];
  for (let index = 0; index < log.length; index++) {
    if (insertsToo || log.kinds[index] !== INSERT) places.push(index);
  }
  return { hashes: hashesAt(log.hashes, places), places: Uint32Array.from(places) };
}

/**
 * The rows that go. `found` tells the present row of a key by batch and place in its log. A change
 * older than the row it meets never wins: then its own new row goes. CorruptExport when a window has
 * two records of one key, of which DynamoDB writes one.
 */
export function takeOut(
  batches: readonly LoggedBatch[],
  found: (batch: number, place: number) => FoundRow | undefined,
): TakenOut {
  requireDistinct(batches);
  const deletes = new PositionDeletes();
  let stale = 0;
  const logs = batches.map(({ log, paths }, batch): CommittedLog => {
    const lost = new Set<number>();
    for (let place = 0; place < log.length; place++) {
      const row = found(batch, place);
      if (row === undefined) continue;
      const isStale = (row.writtenAtMicros ?? -Infinity) > (log.writtenAtMicros[place] as number);
      if (!isStale) {
        deletes.add(row.path, row.position);
        continue;
      }
      lost.add(place);
      if (log.kinds[place] === DELETE) continue;
      deletes.add(paths[log.files[place] as number] as string, log.positions[place] as number);
    }
    stale += lost.size;
    return { log, paths, counts: (place) => !lost.has(place) };
  });
  return { deletes, logs, stale, vanished: 0 };
}

function requireDistinct(batches: readonly LoggedBatch[]): void {
  const count = batches.reduce((sum, { log }) => sum + log.length, 0);
  // The first half of each hash: 64 bits sort as numbers do, and tell millions of keys apart.
  const heads = new BigUint64Array(count);
  const words = new Uint32Array(heads.buffer);
  let at = 0;
  for (const { log } of batches) {
    for (let place = 0; place < log.length; place++, at += 2) {
      words[at] = log.hashes.words[place * HASH_WORDS] as number;
      words[at + 1] = log.hashes.words[place * HASH_WORDS + 1] as number;
    }
  }
  heads.sort();
  for (let index = 1; index < count; index++) {
    if (heads[index] !== heads[index - 1]) continue;
    throw new TidemarkError('The export has two records of one key.', {
      code: ErrorCode.CorruptExport,
      subject: 'the window',
      hint: 'Check that no data file is named twice in its manifest, then let a new export be taken.',
    });
  }
}

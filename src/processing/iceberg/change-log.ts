/** Owns the log of a batch's keys: which were changed, and where their new rows lie; read at the commit. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { HASH_WORDS, type KeyHashes } from '../../positions/key-hashes.js';
import type { RowPlaces } from '../threads/row-files.js';

/** The keys of one batch in the order of its records; arrays of one element a key. */
export interface ChangeLog {
  readonly length: number;
  readonly hashes: KeyHashes;
  /** Index into `CHANGE_KINDS`. */
  readonly kinds: Uint8Array;
  /** Microseconds since 1970. */
  readonly writtenAtMicros: Float64Array;
  /** Which of the batch's data files holds the new row; meaningless for a delete. */
  readonly files: Uint32Array;
  /** The row's place in its file, from 0; meaningless for a delete. */
  readonly positions: Uint32Array;
  /** Keys with a record of before the window, which changes nothing: see `PassedOver`. */
  readonly passedOver: KeyHashes;
}

/** Grows as keys come in. */
export class ChangeLogBuilder {
  #length = 0;
  #words = new Uint32Array(HASH_WORDS * 1024);
  #kinds = new Uint8Array(1024);
  #writtenAt = new Float64Array(1024);
  #files = new Uint32Array(1024);
  #positions = new Uint32Array(1024);
  readonly #passedOver: KeyHashes[] = [];

  /** Adds the keys of records that were passed over. */
  passOver(hashes: KeyHashes): void {
    this.#passedOver.push(hashes);
  }

  /** Adds the keys of scanned rows. */
  add(part: {
    readonly hashes: KeyHashes;
    readonly kinds: Uint8Array;
    readonly writtenAtMicros: (index: number) => number;
    readonly rowNumbers: Int32Array;
    readonly places: RowPlaces;
  }): void {
    const { hashes, kinds, writtenAtMicros, rowNumbers, places } = part;
    const count = kinds.length;
    this.#reach(this.#length + count);
    this.#words.set(hashes.words, this.#length * HASH_WORDS);
    this.#kinds.set(kinds, this.#length);
    for (let index = 0; index < count; index++) {
      const at = this.#length + index;
      const row = rowNumbers[index] as number;
      this.#writtenAt[at] = writtenAtMicros(index);
      this.#files[at] = row < 0 ? 0 : places.fileOf(row);
      this.#positions[at] = row < 0 ? 0 : places.positionOf(row);
    }
    this.#length += count;
  }

  build(): ChangeLog {
    const length = this.#length;
    return {
      length,
      hashes: { length, words: this.#words.subarray(0, length * HASH_WORDS) },
      kinds: this.#kinds.subarray(0, length),
      writtenAtMicros: this.#writtenAt.subarray(0, length),
      files: this.#files.subarray(0, length),
      positions: this.#positions.subarray(0, length),
      passedOver: joinHashes(this.#passedOver),
    };
  }

  #reach(length: number): void {
    if (length <= this.#kinds.length) return;
    const room = Math.max(length, 2 * this.#kinds.length);
    this.#words = grown(this.#words, new Uint32Array(room * HASH_WORDS));
    this.#kinds = grown(this.#kinds, new Uint8Array(room));
    this.#writtenAt = grown(this.#writtenAt, new Float64Array(room));
    this.#files = grown(this.#files, new Uint32Array(room));
    this.#positions = grown(this.#positions, new Uint32Array(room));
  }
}

/** The log of all parts, in their order; `firstFile` is what a part's files are counted from. */
export function joinChangeLogs(
  parts: readonly { readonly log: ChangeLog; readonly firstFile: number }[],
): ChangeLog {
  const length = parts.reduce((sum, { log }) => sum + log.length, 0);
  const joined = {
    length,
    hashes: { length, words: new Uint32Array(length * HASH_WORDS) },
    kinds: new Uint8Array(length),
    writtenAtMicros: new Float64Array(length),
    files: new Uint32Array(length),
    positions: new Uint32Array(length),
    passedOver: joinHashes(parts.map(({ log }) => log.passedOver)),
  };
  let at = 0;
  for (const { log, firstFile } of parts) {
    joined.hashes.words.set(log.hashes.words, at * HASH_WORDS);
    joined.kinds.set(log.kinds, at);
    joined.writtenAtMicros.set(log.writtenAtMicros, at);
    joined.files.set(
      log.files.map((file) => file + firstFile),
      at,
    );
    joined.positions.set(log.positions, at);
    at += log.length;
  }
  return joined;
}

/** All of them, in their order. */
export function joinHashes(parts: readonly KeyHashes[]): KeyHashes {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const words = new Uint32Array(length * HASH_WORDS);
  let at = 0;
  for (const part of parts) {
    words.set(part.words.subarray(0, part.length * HASH_WORDS), at);
    at += part.length * HASH_WORDS;
  }
  return { length, words };
}

function grown<A extends { set(from: A): void }>(from: A, into: A): A {
  into.set(from);
  return into;
}

/** "TMCL", and the version of this form. */
const MAGIC = 0x4c434d54;
const VERSION = 1;
const HEADER_BYTES = 16;
const KEY_BYTES = 4 * HASH_WORDS + 8 + 4 + 4 + 1;

/**
 * The log as bytes: a header of magic, version and the counts of keys and of those passed over, then
 * array after array, little-endian.
 */
export function formatChangeLog(log: ChangeLog): Uint8Array {
  const { length, passedOver } = log;
  const bytes = new Uint8Array(sizeOf(length, passedOver.length));
  const header = new DataView(bytes.buffer);
  header.setUint32(0, MAGIC, true);
  header.setUint32(4, VERSION, true);
  header.setUint32(8, length, true);
  header.setUint32(12, passedOver.length, true);
  let at = HEADER_BYTES;
  for (const array of [
    log.writtenAtMicros,
    log.hashes.words,
    log.positions,
    log.files,
    passedOver.words,
    log.kinds,
  ]) {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return bytes;
}

function sizeOf(keys: number, passedOver: number): number {
  return HEADER_BYTES + keys * KEY_BYTES + passedOver * 4 * HASH_WORDS;
}

/** Reads {@link formatChangeLog}'s bytes; CorruptLake names the key when they are not whole. */
export function parseChangeLog(bytes: Uint8Array, key: string): ChangeLog {
  // Copied, so that the wide arrays begin where their elements may.
  const { buffer } = Uint8Array.from(bytes);
  const header = new DataView(buffer);
  const length = bytes.length < HEADER_BYTES ? -1 : header.getUint32(8, true);
  const passedOver = length < 0 ? 0 : header.getUint32(12, true);
  const isWhole =
    length >= 0 &&
    header.getUint32(0, true) === MAGIC &&
    header.getUint32(4, true) === VERSION &&
    bytes.length === sizeOf(length, passedOver);
  if (!isWhole) {
    throw new TidemarkError(`The change log ${key} is not whole.`, {
      code: ErrorCode.CorruptLake,
      subject: key,
      hint: 'Delete it, and let the load be written again.',
    });
  }
  let at = HEADER_BYTES;
  const next = (sizeBytes: number): number => {
    const from = at;
    at += sizeBytes;
    return from;
  };
  const log = {
    length,
    writtenAtMicros: new Float64Array(buffer, next(8 * length), length),
    hashes: {
      length,
      words: new Uint32Array(buffer, next(4 * HASH_WORDS * length), HASH_WORDS * length),
    },
    positions: new Uint32Array(buffer, next(4 * length), length),
    files: new Uint32Array(buffer, next(4 * length), length),
    passedOver: {
      length: passedOver,
      words: new Uint32Array(buffer, next(4 * HASH_WORDS * passedOver), HASH_WORDS * passedOver),
    },
    kinds: new Uint8Array(buffer, next(length), length),
  };
  assert(at === bytes.length, 'a change log is read to its end');
  return log;
}

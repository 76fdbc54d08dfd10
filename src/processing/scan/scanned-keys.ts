/** Owns the keys of a batch while its records come in. */
import type { BytesVector, LongVector } from '../../parquet/vector.js';
import type { ByteCursor } from './byte-cursor.js';
import { ColumnWriter, bytesVector, longVector } from './column-writer.js';
import { KeyWriter } from './key-writer.js';
import type { RecordReader } from './record-reader.js';

/** What each record, row or delete, says of its key. */
export interface ScannedKeys {
  /** How many records there are: rows, and deletes, which have no row. */
  readonly length: number;
  /** See {@link KeyWriter}. */
  readonly keys: BytesVector;
  /** Index into `CHANGE_KINDS`. */
  readonly kinds: Uint8Array;
  /** Empty for a full export. */
  readonly writtenAtMicros: LongVector;
  /** Which row of the batch, counted from 0; -1 for a delete. */
  readonly rowNumbers: Int32Array;
}

/** Gathers them, record by record. */
export class KeySide {
  readonly #writer: KeyWriter;
  readonly #keys = new ColumnWriter({ kind: 'binary' });
  readonly #writtenAt = new ColumnWriter({ kind: 'long' });
  #kinds = new Uint8Array(1024);
  #rowNumbers = new Int32Array(1024);

  constructor(cursor: ByteCursor, hashes: ConstructorParameters<typeof KeyWriter>[1]) {
    this.#writer = new KeyWriter(cursor, hashes);
  }

  add(record: RecordReader, rowNumber: number, hasStamp: boolean): void {
    const at = this.#keys.length;
    if (at === this.#kinds.length) this.#grow();
    this.#kinds[at] = record.kind;
    this.#rowNumbers[at] = rowNumber;
    this.#writer.put(this.#keys, record.keyValues);
    if (!hasStamp) return;
    this.#writtenAt.reach(at);
    this.#writtenAt.putLong(record.stampLow, record.stampHigh);
  }

  take(length: number): ScannedKeys {
    return {
      length,
      keys: bytesVector(this.#keys, length),
      kinds: this.#kinds.subarray(0, length),
      writtenAtMicros: longVector(this.#writtenAt, length),
      rowNumbers: this.#rowNumbers.subarray(0, length),
    };
  }

  sizeBytes(): number {
    return this.#keys.sizeBytes() + this.#writtenAt.sizeBytes() + 5 * this.#keys.length;
  }

  reset(): void {
    this.#keys.reset();
    this.#writtenAt.reset();
  }

  leave(): void {
    this.#keys.leave();
    this.#writtenAt.leave();
  }

  #grow(): void {
    const kinds = new Uint8Array(2 * this.#kinds.length);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    const rowNumbers = new Int32Array(2 * this.#rowNumbers.length);
    rowNumbers.set(this.#rowNumbers);
    this.#rowNumbers = rowNumbers;
  }
}

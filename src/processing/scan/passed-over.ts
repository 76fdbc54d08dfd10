/** Owns the records of an export that were last written before the window which it is taken for. */
import { microsOf } from '../../core/instant.js';
import type { BytesVector } from '../../parquet/vector.js';
import type { ByteCursor } from './byte-cursor.js';
import { ColumnWriter, bytesVector } from './column-writer.js';
import { KeyWriter } from './key-writer.js';
import { RecordReader, type RecordFormat } from './record-reader.js';

/**
 * Passes over them and keeps their keys: a key without any record is one whose item was inserted
 * before the window, and deleted in it.
 */
export class PassedOver {
  readonly #cursor: ByteCursor;
  readonly #record: RecordReader;
  readonly #writer: KeyWriter;
  readonly #keys = new ColumnWriter({ kind: 'binary' });
  readonly #fromMicros: number;

  constructor(
    cursor: ByteCursor,
    format: RecordFormat,
    keyAttributes: readonly string[],
    hashes: ConstructorParameters<typeof KeyWriter>[1],
  ) {
    this.#cursor = cursor;
    this.#record = new RecordReader(cursor, format, keyAttributes, undefined);
    this.#writer = new KeyWriter(cursor, hashes);
    this.#fromMicros = windowFromMicros(format) ?? 0;
  }

  get length(): number {
    return this.#keys.length;
  }

  /** Passes a record of before the window; at any other, the cursor stays where it was. */
  passes(): boolean {
    const from = this.#cursor.at;
    const record = this.#record;
    record.read();
    if (record.stampMicros >= this.#fromMicros) {
      this.#cursor.at = from;
      return false;
    }
    this.#writer.put(this.#keys, record.keyValues);
    return true;
  }

  /** Good until the next record. */
  take(): BytesVector {
    return bytesVector(this.#keys, this.#keys.length);
  }

  sizeBytes(): number {
    return this.#keys.sizeBytes();
  }

  reset(): void {
    this.#keys.reset();
  }
}

/** Where the window begins, if its export begins before it: exact as a double until the year 2255. */
export function windowFromMicros(format: RecordFormat): number | undefined {
  if (format.kind === 'full' || format.exportFrom === undefined) return undefined;
  return format.window === undefined ? undefined : Number(microsOf(format.window.from));
}

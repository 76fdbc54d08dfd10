/** Owns the scan of what a table's history has of a record besides its row: its key, and the item before. */
import type { TableSchema } from '../../lake/column-type.js';
import type { BytesVector, StructVector, Vector } from '../../parquet/vector.js';
import type { HashBytes } from '../hash-value.js';
import type { ByteCursor } from './byte-cursor.js';
import { ColumnWriter, bytesVector, structVector } from './column-writer.js';
import { ImageScanner } from './image-scanner.js';
import type { ImageReader } from './record-reader.js';
import { ValueProfiler } from './value-profiler.js';
import { ValueScanner } from './value-scanner.js';

/** A slot for each record, deletes among them. Good as long as the batch they are of. */
export interface ScannedChanges {
  /** For each key attribute, in order; undefined for one that has no column. */
  readonly keys: readonly (Vector | undefined)[];
  /** The item before the change, with a field for each column; empty where there was none. */
  readonly old: StructVector;
  /** What its fields do not reproduce exactly; see `ScannedRows.rest`. */
  readonly oldRest: BytesVector;
}

/** Fills a batch's {@link ScannedChanges}, record by record. */
export class ChangeScanner implements ImageReader {
  readonly #cursor: ByteCursor;
  readonly #values: ValueScanner;
  readonly #keys: readonly (ColumnWriter | undefined)[];
  readonly #old: ColumnWriter;
  readonly #oldRest = new ColumnWriter({ kind: 'string' });
  readonly #image: ImageScanner;
  #records = 0;

  constructor(cursor: ByteCursor, schema: TableSchema, hash: HashBytes | undefined) {
    this.#cursor = cursor;
    // Types follow from the items after the changes alone: nobody asks for this evidence.
    this.#values = new ValueScanner(cursor, new ValueProfiler(cursor), hash);
    this.#keys = schema.keyAttributes.map((key) => {
      const column = schema.columns.find(({ attribute }) => attribute === key);
      return column && new ColumnWriter(column.type);
    });
    this.#old = new ColumnWriter({ kind: 'struct', fields: schema.columns });
    this.#image = new ImageScanner(
      cursor,
      schema,
      this.#old.members(),
      this.#oldRest,
      this.#values,
    );
  }

  readImage(keyValues: Int32Array): void {
    this.#old.reach(this.#records);
    this.#image.read(this.#old.values, this.#records, keyValues);
    this.#old.endStruct();
  }

  /** Adds the key whose values begin at `keyValues`. */
  endRecord(keyValues: Int32Array): void {
    const cursor = this.#cursor;
    const back = cursor.at;
    for (let index = 0; index < keyValues.length; index++) {
      const writer = this.#keys[index];
      if (writer === undefined) continue;
      cursor.at = keyValues[index] as number;
      this.#values.value(writer, this.#records);
    }
    cursor.at = back;
    this.#records++;
  }

  take(): ScannedChanges {
    const records = this.#records;
    return {
      keys: this.#keys.map((writer) => writer?.vector(records)),
      old: structVector(this.#old, records),
      oldRest: bytesVector(this.#oldRest, records),
    };
  }

  leave(): void {
    for (const writer of this.#keys) writer?.leave();
    this.#old.leave();
    this.#oldRest.leave();
  }

  sizeBytes(): number {
    const keys = this.#keys.reduce((sum, writer) => sum + (writer?.sizeBytes() ?? 0), 0);
    return keys + this.#old.sizeBytes() + this.#oldRest.sizeBytes();
  }

  reset(): void {
    for (const writer of this.#keys) writer?.reset();
    this.#old.reset();
    this.#oldRest.reset();
    this.#records = 0;
  }
}

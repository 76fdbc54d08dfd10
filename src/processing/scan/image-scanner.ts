/** Owns the scan of one image of an item into columns, and of what they do not hold into a rest. */
import { assert } from '../../core/assert.js';
import type { TableSchema } from '../../lake/column-type.js';
import { CLOSE_OBJECT, COMMA, OPEN_OBJECT } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';
import type { ColumnWriter, FieldWriters } from './column-writer.js';
import type { NameGuesser } from './name-guesser.js';
import type { RecordEvidence } from './record-evidence.js';
import { noteKey } from './record-reader.js';
import type { ValueProfiler } from './value-profiler.js';
import type { ValueScanner } from './value-scanner.js';
import { checkValue } from './value-tag.js';

/** Scans images at a cursor into `columns`, which are those of `schema`, and `rest`. */
export class ImageScanner {
  readonly #cursor: ByteCursor;
  readonly #values: ValueScanner;
  readonly #columns: FieldWriters;
  readonly #rest: ColumnWriter;
  /** The columns' names, then those of key attributes without a column, then the omitted ones. */
  readonly #names: NameGuesser;
  readonly #firstOmitted: number;
  /** Told of attributes without a column, where the schema is to follow from these images. */
  readonly #evidence: { readonly of: RecordEvidence; readonly profiler: ValueProfiler } | undefined;
  /** Which of the key's attributes a name is, -1 for none. */
  readonly #keyIndexes: Int32Array;

  constructor(
    cursor: ByteCursor,
    { keyAttributes, columns, omitted = [] }: TableSchema,
    writers: FieldWriters,
    rest: ColumnWriter,
    values: ValueScanner,
    evidence?: { readonly of: RecordEvidence; readonly profiler: ValueProfiler },
  ) {
    this.#cursor = cursor;
    this.#values = values;
    this.#evidence = evidence;
    this.#columns = writers;
    this.#rest = rest;
    this.#names = writers.names;
    const names = columns.map(({ attribute }) => attribute);
    for (const name of keyAttributes) {
      if (names.includes(name)) continue;
      this.#names.add(name);
      names.push(name);
    }
    this.#firstOmitted = names.length;
    for (const name of omitted) {
      assert(!names.includes(name), 'what is omitted is no key and has no column');
      this.#names.add(name);
      names.push(name);
    }
    this.#keyIndexes = Int32Array.from(names, (name) => keyAttributes.indexOf(name));
  }

  /** Passes an item into `slot` of the columns and `restSlot` of the rest, noting where its key is. */
  read(slot: number, restSlot: number, keyValues: Int32Array): void {
    const cursor = this.#cursor;
    const names = this.#names;
    const values = this.#values;
    const writers = this.#columns.writers;
    const evidence = this.#evidence;
    let previous = -1;
    let object = 0;
    this.#rest.reach(restSlot);
    if (!cursor.enterObject()) return;
    let hasRest = false;
    do {
      const from = cursor.at;
      const found = names.find(cursor, previous);
      if (found >= 0) {
        previous = found;
        const keyIndex = this.#keyIndexes[found] as number;
        if (keyIndex >= 0) noteKey(cursor, keyValues, keyIndex);
      }
      // A place before the first would make every other one slower to find.
      const writer = found < 0 ? undefined : writers[found];
      if (writer === undefined && (evidence === undefined || found >= this.#firstOmitted)) {
        checkValue(cursor);
        values.exact = found >= this.#firstOmitted;
      } else if (writer === undefined) {
        values.exact = false;
        cursor.at = from;
        if (object === 0) object = evidence?.profiler.newObject() ?? 0;
        evidence?.of.addOther(object);
      } else {
        if (writer.length > slot) throw cursor.failure('has two attributes of one name');
        values.exact = true;
        values.value(writer, slot);
      }
      if (!values.exact) {
        this.#addToRest(hasRest ? COMMA : OPEN_OBJECT, from);
        hasRest = true;
      }
    } while (cursor.moreMembers());
    if (hasRest) this.#endRest();
  }

  #addToRest(before: number, from: number): void {
    const rest = this.#rest;
    const { bytes, words, at } = this.#cursor;
    rest.makeRoom(1);
    rest.data[rest.size++] = before;
    rest.appendText(bytes, words, from, at);
  }

  #endRest(): void {
    const rest = this.#rest;
    rest.makeRoom(1);
    rest.data[rest.size++] = CLOSE_OBJECT;
    rest.endBytes();
  }
}

/** Owns what a scan says of its records as a profile would: of attributes with a column, and of others. */
import {
  MAX_ATTRIBUTES,
  mergeEvidence,
  newEvidence,
  type Evidence,
  type TableEvidence,
} from '../../lake/evidence.js';
import type { ByteCursor } from './byte-cursor.js';
import type { FieldWriters } from './column-writer.js';
import { Place, PlaceFields } from './place.js';
import { evidenceOfFields } from './scanned-evidence.js';
import type { ValueProfiler } from './value-profiler.js';

/** Counts what columns do not, and puts it together with what they took. */
export class RecordEvidence {
  readonly #cursor: ByteCursor;
  readonly #profiler: ValueProfiler;
  readonly #columns: FieldWriters;
  readonly #keyAttributes: readonly string[];
  /** Of deletes, which have no image: one a key attribute. */
  readonly #deletedKeys: readonly Place[];
  #others = new PlaceFields();

  constructor(
    cursor: ByteCursor,
    profiler: ValueProfiler,
    columns: FieldWriters,
    keyAttributes: readonly string[],
  ) {
    this.#cursor = cursor;
    this.#profiler = profiler;
    this.#columns = columns;
    this.#keyAttributes = keyAttributes;
    this.#deletedKeys = keyAttributes.map((name) => {
      const place = new Place();
      place.isUnseen = columns.writers[columns.attributes.indexOf(name)]?.kind === 'hash';
      return place;
    });
  }

  /** Passes an attribute that has no column, name and value, of the item `object`. */
  addOther(object: number): void {
    this.#profiler.member(this.#others, object, -1);
  }

  /** Counts the key of a record without an image, whose values begin at `keyValues`. */
  addDeleted(keyValues: Int32Array): void {
    const cursor = this.#cursor;
    const back = cursor.at;
    const object = this.#profiler.newObject();
    keyValues.forEach((at, index) => {
      cursor.at = at;
      this.#profiler.memberValue(this.#deletedKeys[index] as Place, object);
    });
    cursor.at = back;
  }

  /**
   * To be called between records: past twice as many as may have columns, the first by name stay, and
   * the key's.
   */
  limitOthers(): void {
    const most = 2 * MAX_ATTRIBUTES + this.#keyAttributes.length;
    if (this.#others.places.length <= most) return;
    const places = this.#others.seen();
    const keys = this.#keyAttributes.filter((name) => places.has(name));
    const names = [...places.keys()].filter((name) => !keys.includes(name)).sort();
    this.#others = new PlaceFields();
    for (const name of [...keys, ...names.slice(0, MAX_ATTRIBUTES)]) {
      this.#others.keep(name, places.get(name) ?? new Place());
    }
  }

  /** Of all records so far. */
  evidence(): TableEvidence {
    const fields = evidenceOfFields(this.#columns);
    for (const [name, seen] of this.#others.evidence()) fields.set(name, seen);
    const keys = new Map<string, Evidence>();
    this.#keyAttributes.forEach((name, index) => {
      const seen = fields.get(name);
      fields.delete(name);
      const deleted = this.#deletedKeys[index];
      if (seen !== undefined) keys.set(name, seen);
      if (deleted === undefined || deleted.seenIn === 0 || deleted.isUnseen) return;
      const all = seen ?? newEvidence();
      mergeEvidence(all, deleted.evidence());
      keys.set(name, all);
    });
    return { keys, fields };
  }
}

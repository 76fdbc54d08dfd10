/** Owns the profile of a data file's text: the evidence for a schema, straight from the bytes. */
import { MAX_ATTRIBUTES, type TableEvidence } from '../../lake/evidence.js';
import { ByteCursor } from './byte-cursor.js';
import { LineFeed } from './line-feed.js';
import { Place, PlaceFields, evidenceOf } from './place.js';
import { RecordReader, noteKey, type ImageReader, type RecordFormat } from './record-reader.js';
import { ValueProfiler, addField } from './value-profiler.js';

export interface ProfileOptions {
  readonly format: RecordFormat;
  /** For messages: the key of the data file. */
  readonly file: string;
  /** Attributes whose values leave no evidence. */
  readonly unseen?: readonly string[];
}

/** Profiles one data file; CorruptExport names file, line and byte of what no record can be. */
export interface Profiler {
  /** Records read so far. */
  readonly records: number;
  /** Takes the next bytes of text, cut anywhere. */
  push(chunk: Uint8Array): void;
  /** The evidence of the records read so far. */
  evidence(): TableEvidence;
  /** The evidence of the whole file. */
  end(): TableEvidence;
}

/**
 * Law: the evidence is what `addItem` makes of the file's rows one by one, without the unseen
 * attributes: of the items after the changes, and of the key alone after a delete.
 */
export function createProfiler(
  keyAttributes: readonly string[],
  options: ProfileOptions,
): Profiler {
  return new BytesProfiler(keyAttributes, options);
}

class BytesProfiler implements Profiler, ImageReader {
  readonly #keyAttributes: readonly string[];
  /** Those that are no key attributes. */
  readonly #others: readonly string[];
  readonly #unseen: ReadonlySet<string>;
  readonly #cursor: ByteCursor;
  readonly #feed: LineFeed;
  readonly #record: RecordReader;
  readonly #values: ValueProfiler;
  /** The key attributes first, in their order, and then the unseen ones. */
  #top: PlaceFields;

  constructor(keyAttributes: readonly string[], options: ProfileOptions) {
    const { format, file, unseen = [] } = options;
    this.#keyAttributes = keyAttributes;
    this.#unseen = new Set(unseen);
    this.#others = [...this.#unseen].filter((name) => !keyAttributes.includes(name));
    this.#cursor = new ByteCursor(file, unseen.length === 0);
    this.#feed = new LineFeed(this.#cursor);
    this.#record = new RecordReader(this.#cursor, format, keyAttributes, this);
    this.#values = new ValueProfiler(this.#cursor);
    this.#top = this.#newTop(new Map());
  }

  get records(): number {
    return this.#feed.lines;
  }

  push(chunk: Uint8Array): void {
    this.#feed.push(chunk);
    this.#profile();
  }

  end(): TableEvidence {
    this.#feed.end();
    this.#profile();
    return this.evidence();
  }

  evidence(): TableEvidence {
    const fields = this.#top.seen();
    const keys = new Map<string, Place>();
    for (const name of this.#keyAttributes) {
      const place = fields.get(name);
      if (place !== undefined) keys.set(name, place);
      fields.delete(name);
    }
    return { keys: evidenceOf(keys), fields: evidenceOf(fields) };
  }

  readImage(keyValues: Int32Array): void {
    const cursor = this.#cursor;
    const top = this.#top;
    const values = this.#values;
    const object = values.newObject();
    let previous = -1;
    if (!cursor.enterObject()) return;
    do {
      let found = top.names.find(cursor, previous);
      if (found < 0) found = addField(cursor, top);
      previous = found;
      if (found < keyValues.length) noteKey(cursor, keyValues, found);
      values.memberValue(top.places[found] as Place, object);
    } while (cursor.moreMembers());
  }

  /** With the places that are always there. */
  #newTop(places: ReadonlyMap<string, Place>): PlaceFields {
    const top = new PlaceFields();
    for (const name of [...this.#keyAttributes, ...this.#others]) {
      const place = places.get(name) ?? new Place();
      place.isUnseen = this.#unseen.has(name);
      top.keep(name, place);
    }
    return top;
  }

  #profile(): void {
    while (this.#feed.next()) {
      this.#record.read();
      if (!this.#record.hasImage) this.#addKey();
      else if (this.#fieldCount() > 2 * MAX_ATTRIBUTES) this.#dropPastMost();
      this.#feed.closeLine();
    }
  }

  #fieldCount(): number {
    return this.#top.places.length - this.#keyAttributes.length - this.#others.length;
  }

  #addKey(): void {
    const cursor = this.#cursor;
    const back = cursor.at;
    const object = this.#values.newObject();
    this.#record.keyValues.forEach((at, index) => {
      cursor.at = at;
      this.#values.memberValue(this.#top.places[index] as Place, object);
    });
    cursor.at = back;
  }

  /** As `addItem` does: past twice as many attributes as may have columns, the first by name stay. */
  #dropPastMost(): void {
    const places = this.#top.seen();
    const top = this.#newTop(places);
    for (const name of this.#keyAttributes) places.delete(name);
    const names = [...places.keys()].sort().slice(0, MAX_ATTRIBUTES);
    for (const name of names) top.keep(name, places.get(name) ?? new Place());
    this.#top = top;
  }
}

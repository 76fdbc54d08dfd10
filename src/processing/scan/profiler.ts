/** Owns the profile of a data file's text: the evidence for a schema, straight from the bytes. */
import { MAX_ATTRIBUTES, type TableEvidence } from '../../lake/evidence.js';
import { parseNumeral } from '../../lake/number-text.js';
import { ByteCursor } from './byte-cursor.js';
import { LineFeed } from './line-feed.js';
import { NumberReader } from './number-reader.js';
import { NumberCounts, Place, PlaceFields, evidenceOf } from './place.js';
import { RecordReader, noteKey, type ImageReader, type RecordFormat } from './record-reader.js';
import {
  TAG_B,
  TAG_BOOL,
  TAG_BS,
  TAG_L,
  TAG_M,
  TAG_N,
  TAG_NS,
  TAG_S,
  TAG_SS,
  checkContent,
  checkMember,
  checkValue,
  readTag,
} from './value-tag.js';

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
  readonly #number = new NumberReader();
  /** The key attributes first, in their order, and then the unseen ones. */
  #top: PlaceFields;
  /** How many objects were entered. */
  #objects = 0;

  constructor(keyAttributes: readonly string[], options: ProfileOptions) {
    const { format, file, unseen = [] } = options;
    this.#keyAttributes = keyAttributes;
    this.#unseen = new Set(unseen);
    this.#others = [...this.#unseen].filter((name) => !keyAttributes.includes(name));
    this.#cursor = new ByteCursor(file, unseen.length === 0);
    this.#feed = new LineFeed(this.#cursor);
    this.#record = new RecordReader(this.#cursor, format, keyAttributes, this);
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
    const object = ++this.#objects;
    let previous = -1;
    if (!cursor.enterObject()) return;
    do {
      let found = top.names.find(cursor, previous);
      if (found < 0) found = this.#addField(top);
      previous = found;
      if (found < keyValues.length) noteKey(cursor, keyValues, found);
      this.#member(top.places[found] as Place, object);
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
    const object = ++this.#objects;
    this.#record.keyValues.forEach((at, index) => {
      cursor.at = at;
      this.#member(this.#top.places[index] as Place, object);
    });
    cursor.at = back;
  }

  #addField(fields: PlaceFields): number {
    const text = this.#cursor.text();
    fields.names.addUnknown(this.#cursor);
    fields.add(text);
    return fields.places.length - 1;
  }

  #member(place: Place, object: number): void {
    if (place.seenIn === object) throw this.#cursor.failure('has two attributes of one name');
    place.seenIn = object;
    if (place.isUnseen) checkValue(this.#cursor);
    else this.#value(place);
  }

  #value(place: Place): void {
    const cursor = this.#cursor;
    const tag = readTag(cursor);
    if (tag === TAG_S) {
      place.strings++;
      cursor.string();
    } else if (tag === TAG_N) {
      this.#countNumber((place.numbers ??= new NumberCounts()));
    } else if (tag === TAG_M) {
      place.maps++;
      this.#members(place);
    } else if (tag === TAG_L) {
      place.lists++;
      if (cursor.enterArray())
        do this.#value((place.elements ??= new Place()));
        while (cursor.moreElements());
    } else if (tag === TAG_NS) {
      place.numberSets++;
      const numbers = (place.setNumbers ??= new NumberCounts());
      if (cursor.enterArray())
        do this.#countNumber(numbers);
        while (cursor.moreElements());
    } else {
      countPlain(place, tag);
      checkContent(cursor, tag);
    }
    cursor.closeValue();
  }

  #members(place: Place): void {
    const cursor = this.#cursor;
    if (!cursor.enterObject()) return;
    const object = ++this.#objects;
    let previous = -1;
    do {
      if (place.isDictionary) {
        checkMember(cursor);
        continue;
      }
      const fields = (place.fields ??= new PlaceFields());
      let found = fields.names.find(cursor, previous);
      if (found < 0) found = this.#addField(fields);
      previous = found;
      this.#member(fields.places[found] as Place, object);
      place.limitFields();
    } while (cursor.moreMembers());
  }

  #countNumber(numbers: NumberCounts): void {
    const cursor = this.#cursor;
    const number = this.#number;
    cursor.string();
    if (!cursor.escaped && number.read(cursor.bytes, cursor.start, cursor.end)) {
      numbers.addPlain(number);
      return;
    }
    const numeral = parseNumeral(cursor.text());
    if (numeral !== undefined) numbers.addNumeral(numeral);
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

function countPlain(place: Place, tag: number): void {
  if (tag === TAG_BOOL) place.booleans++;
  else if (tag === TAG_B) place.binaries++;
  else if (tag === TAG_SS) place.stringSets++;
  else if (tag === TAG_BS) place.binarySets++;
}

/** Owns the counting of the values at a cursor, each at its place. */
import { parseNumeral } from '../../lake/number-text.js';
import type { ByteCursor } from './byte-cursor.js';
import { NumberReader } from './number-reader.js';
import { NumberCounts, Place, PlaceFields } from './place.js';
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
  checkValue,
  readTag,
} from './value-tag.js';

/** Passes values, and counts what they are. */
export class ValueProfiler {
  readonly #cursor: ByteCursor;
  readonly #number = new NumberReader();
  /** How many objects were entered. */
  #objects = 0;

  constructor(cursor: ByteCursor) {
    this.#cursor = cursor;
  }

  /** A number for an object whose members are to be told from those of others; above 0. */
  newObject(): number {
    return ++this.#objects;
  }

  /** Passes an attribute value. */
  value(place: Place): void {
    const cursor = this.#cursor;
    this.content(place, readTag(cursor));
    cursor.closeValue();
  }

  /** Passes the value of a member of `object`, which must be the first of its name there. */
  memberValue(place: Place, object: number): void {
    if (place.seenIn === object) throw this.#cursor.failure('has two attributes of one name');
    place.seenIn = object;
    if (place.isUnseen) checkValue(this.#cursor);
    else this.value(place);
  }

  /**
   * Passes a member of `object` among `fields`, and answers its number there; `previous` is that of
   * the member before, -1 for none.
   */
  member(fields: PlaceFields, object: number, previous: number): number {
    const cursor = this.#cursor;
    let found = fields.names.find(cursor, previous);
    if (found < 0) found = addField(cursor, fields);
    this.memberValue(fields.places[found] as Place, object);
    return found;
  }

  /** As {@link member}, of a map at `place`, whose names are only told apart while they are few. */
  mapMember(place: Place, object: number, previous: number): number {
    if (place.isDictionary) {
      const cursor = this.#cursor;
      cursor.string();
      cursor.colon();
      checkValue(cursor);
      return -1;
    }
    const found = this.member((place.fields ??= new PlaceFields()), object, previous);
    place.limitFields();
    return found;
  }

  /** Passes the content of a value of the type `tag`. */
  content(place: Place, tag: number): void {
    const cursor = this.#cursor;
    if (tag === TAG_S) {
      place.strings++;
      cursor.string();
    } else if (tag === TAG_N) {
      this.number((place.numbers ??= new NumberCounts()));
    } else if (tag === TAG_M) {
      place.maps++;
      this.#members(place);
    } else if (tag === TAG_L) {
      place.lists++;
      if (cursor.enterArray())
        do this.value((place.elements ??= new Place()));
        while (cursor.moreElements());
    } else if (tag === TAG_NS) {
      place.numberSets++;
      const numbers = (place.setNumbers ??= new NumberCounts());
      if (cursor.enterArray())
        do this.number(numbers);
        while (cursor.moreElements());
    } else {
      countPlain(place, tag);
      checkContent(cursor, tag);
    }
  }

  /** Passes the text of a number. */
  number(numbers: NumberCounts): void {
    const cursor = this.#cursor;
    const number = this.#number;
    if (number.pass(cursor) >= 0) {
      numbers.addPlain(number);
      return;
    }
    const numeral = parseNumeral(cursor.text());
    if (numeral !== undefined) numbers.addNumeral(numeral);
  }

  #members(place: Place): void {
    const cursor = this.#cursor;
    if (!cursor.enterObject()) return;
    const object = this.newObject();
    let previous = -1;
    do previous = this.mapMember(place, object, previous);
    while (cursor.moreMembers());
  }
}

/** Adds the name that a guesser has just failed to find at the cursor, and answers its number. */
export function addField(cursor: ByteCursor, fields: PlaceFields): number {
  const text = cursor.text();
  fields.names.addUnknown(cursor);
  fields.add(text);
  return fields.places.length - 1;
}

function countPlain(place: Place, tag: number): void {
  if (tag === TAG_BOOL) place.booleans++;
  else if (tag === TAG_B) place.binaries++;
  else if (tag === TAG_SS) place.stringSets++;
  else if (tag === TAG_BS) place.binarySets++;
}

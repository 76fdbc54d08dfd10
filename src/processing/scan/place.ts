/** Owns the counting of what was seen at one place of items, without a string a value. */
import { MAX_FIELDS, type Evidence, type NumberEvidence } from '../../lake/evidence.js';
import { MAX_DIGITS, fitsLong, shapeOf, type Numeral } from '../../lake/number-text.js';
import { NameGuesser } from './name-guesser.js';
import type { NumberReader } from './number-reader.js';

/** An `Evidence` while it grows: one attribute, or one place within attributes. */
export class Place {
  strings = 0;
  booleans = 0;
  binaries = 0;
  stringSets = 0;
  binarySets = 0;
  lists = 0;
  maps = 0;
  numberSets = 0;
  numbers: NumberCounts | null = null;
  setNumbers: NumberCounts | null = null;
  elements: Place | null = null;
  fields: PlaceFields | null = null;
  /** Whether there were so many fields that none is told apart any more. */
  isDictionary = false;
  /** The number of the last object that had the place; 0 for none yet. */
  seenIn = 0;
  /** Whether its values are passed over, and leave no evidence. */
  isUnseen = false;

  evidence(): Evidence {
    const { fields, isDictionary, numbers, setNumbers, elements } = this;
    return {
      strings: this.strings,
      booleans: this.booleans,
      binaries: this.binaries,
      stringSets: this.stringSets,
      binarySets: this.binarySets,
      lists: this.lists,
      maps: this.maps,
      numberSets: this.numberSets,
      numbers: numbers?.evidence() ?? null,
      setNumbers: setNumbers?.evidence() ?? null,
      elements: elements?.evidence() ?? null,
      fields: isDictionary ? null : (fields?.evidence() ?? new Map<string, Evidence>()),
    };
  }

  /** Forgets the fields when they have become too many. */
  limitFields(): void {
    if (this.fields === null || this.fields.places.length <= MAX_FIELDS) return;
    this.isDictionary = true;
    this.fields = null;
  }
}

/** The places of an object's members by their names. */
export class PlaceFields {
  readonly names = new NameGuesser();
  readonly places: Place[] = [];
  readonly #texts: string[] = [];

  /** Adds a name that the guesser has just got. */
  add(text: string): Place {
    const place = new Place();
    this.places.push(place);
    this.#texts.push(text);
    return place;
  }

  /** Adds `place` under a name that is not there yet. */
  keep(text: string, place: Place): void {
    this.names.add(text);
    this.places.push(place);
    this.#texts.push(text);
  }

  /** By name, those that were seen at all and are evidence. */
  seen(): Map<string, Place> {
    const seen = new Map<string, Place>();
    this.places.forEach((place, index) => {
      if (place.seenIn > 0 && !place.isUnseen) seen.set(this.#texts[index] ?? '', place);
    });
    return seen;
  }

  evidence(): Map<string, Evidence> {
    return evidenceOf(this.seen());
  }
}

/** What `places` have seen. */
export function evidenceOf(places: ReadonlyMap<string, Place>): Map<string, Evidence> {
  return new Map([...places].map(([text, place]) => [text, place.evidence()]));
}

/** From 0 to 38 digits before the point, and as many after it. */
const WIDTH = MAX_DIGITS + 1;
const LONG_DIGITS = 19;

/** Counts numbers by their shape. */
export class NumberCounts {
  /** Of `integerDigits` and `scale`, at the scale times WIDTH, and the digits. */
  #counts = new Float64Array(WIDTH);
  #beyondLong = 0;
  #beyondDecimal = 0;

  /** Counts the number read last. */
  addPlain(number: NumberReader): void {
    const { integerDigits, scale } = number;
    const isLong = scale > 0 || integerDigits !== LONG_DIGITS || number.toLong();
    this.#add(integerDigits, scale, isLong);
  }

  addNumeral(numeral: Numeral): void {
    const { integerDigits, scale } = shapeOf(numeral);
    const isLong = scale > 0 || integerDigits !== LONG_DIGITS || fitsLong(numeral);
    this.#add(integerDigits, scale, isLong);
  }

  evidence(): NumberEvidence {
    const shapes = new Map<string, number>();
    this.#counts.forEach((count, index) => {
      if (count > 0) shapes.set(`${index % WIDTH}.${Math.floor(index / WIDTH)}`, count);
    });
    return { shapes, beyondLong: this.#beyondLong, beyondDecimal: this.#beyondDecimal };
  }

  #add(integerDigits: number, scale: number, isLong: boolean): void {
    if (integerDigits + scale > MAX_DIGITS) {
      this.#beyondDecimal++;
      return;
    }
    const index = scale * WIDTH + integerDigits;
    if (index >= this.#counts.length) this.#growTo(scale);
    this.#counts[index] = (this.#counts[index] as number) + 1;
    if (!isLong) this.#beyondLong++;
  }

  #growTo(scale: number): void {
    const counts = new Float64Array((scale + 1) * WIDTH);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** Owns the way from an attribute's name in a line to its number, guessed before it is read. */
import { OPEN_OBJECT } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';
import { Scratch, nameBytes } from './unescape.js';
import { passPlainTag } from './value-tag.js';

/** Attributes missing in a line are passed over this often before the name is looked up. */
const GUESSES = 3;

const DOUBLE_BYTES = 8;

/**
 * Numbers names in the order they were added. Lines of a file mostly have their attributes in one
 * order and of one type, so the bytes are compared as they stand with the name that came after the
 * last one before, from its quote through the type of its value; only when that fails is the name
 * read and looked up.
 */
export class NameGuesser {
  readonly #scratch = new Scratch();
  /** Whether the names are of attribute values, else of objects. */
  readonly #ofValues: boolean;
  readonly #names: Uint8Array[] = [];
  /** The one that each name had last. */
  readonly #tokens: Token[] = [];
  /** All that each name had, few as they are. */
  readonly #tokensSeen: Token[][] = [];
  /** Which name came after name i - 1, the last time it had to be looked up; first for i = 0. */
  #follows = new Int32Array(16);
  /** A hash table of numbers plus one, 0 where nothing is; at most half of it is used. */
  #table = new Int32Array(32);

  constructor(namesOf: 'values' | 'objects' = 'values') {
    this.#ofValues = namesOf === 'values';
  }

  /** How many names there are. */
  get size(): number {
    return this.#names.length;
  }

  /** Adds a name; its number is the size before. It must not be there already. */
  add(name: string): void {
    this.#append(nameBytes(name));
  }

  /** Adds the name that `find` last failed to find, the cursor being where `find` left it. */
  addUnknown({ bytes, start, end, escaped }: ByteCursor): void {
    const name = escaped
      ? this.#scratch.bytes.subarray(0, this.#scratch.size)
      : bytes.subarray(start, end);
    this.#append(Uint8Array.from(name));
  }

  /**
   * Passes a name and its colon; -1 when it is unknown, and then the cursor's string is that name.
   * `previous` is the last name found in the same object, -1 at its beginning.
   */
  find(cursor: ByteCursor, previous: number): number {
    const { bytes, words, at } = cursor;
    const follows = this.#follows;
    const count = this.#tokens.length;
    let guess = follows[previous + 1] as number;
    for (let tries = 0; tries < GUESSES && guess < count; tries++) {
      const token = this.#tokens[guess] as Token;
      if (isAt(token, bytes, words, at)) {
        cursor.at = at + token.length;
        cursor.tagAt = token.tag === 0 ? -1 : cursor.at;
        cursor.contentAt = at + token.opened;
        cursor.tag = token.tag;
        return guess;
      }
      guess = follows[guess + 1] as number;
    }
    return this.#lookUp(cursor, previous);
  }

  #lookUp(cursor: ByteCursor, previous: number): number {
    cursor.string();
    const { bytes, start, end, escaped } = cursor;
    cursor.colon();
    let found: number;
    if (escaped) {
      this.#scratch.unescape(bytes, start, end);
      found = this.#numberOf(this.#scratch.bytes, 0, this.#scratch.size);
    } else {
      found = this.#numberOf(bytes, start, end);
    }
    if (found >= 0) {
      this.#follows[previous + 1] = found;
      this.#expect(found, cursor, start - 1);
    }
    return found;
  }

  /** From now on the name is guessed as it stands from `from` on, its value at the cursor. */
  #expect(found: number, cursor: ByteCursor, from: number): void {
    const { bytes, words, at } = cursor;
    let tag = 0;
    if (this.#ofValues) tag = passPlainTag(cursor);
    else if (bytes[at] === OPEN_OBJECT) cursor.at++;
    const opened = cursor.at - from;
    cursor.at = at;
    if (opened < DOUBLE_BYTES || (this.#ofValues && tag === 0)) return;
    const seen = this.#tokensSeen[found] as Token[];
    for (const token of seen) {
      if (!isAt(token, bytes, words, from)) continue;
      this.#tokens[found] = token;
      return;
    }
    const token = tokenOf(bytes.subarray(from, from + opened), at - from, tag);
    this.#tokens[found] = token;
    if (seen.push(token) > MOST_TOKENS) seen.shift();
  }

  #numberOf(bytes: Uint8Array, start: number, end: number): number {
    const table = this.#table;
    let slot = hashOf(bytes, start, end) & (table.length - 1);
    for (;;) {
      const number = (table[slot] as number) - 1;
      if (number < 0 || isName(this.#names[number], bytes, start, end)) return number;
      slot = (slot + 1) & (table.length - 1);
    }
  }

  #append(name: Uint8Array): void {
    const number = this.#names.length;
    this.#names.push(name);
    this.#tokens.push(NO_TOKEN);
    this.#tokensSeen.push([]);
    if (number + 2 > this.#follows.length) this.#follows = grown(this.#follows);
    // Until a line says otherwise, names follow one another as they were added.
    this.#follows[number] = number;
    this.#follows[number + 1] = number + 1;
    if (2 * this.#names.length > this.#table.length) this.#rehash();
    else this.#enter(number);
  }

  #rehash(): void {
    this.#table = new Int32Array(2 * this.#table.length);
    for (let number = 0; number < this.#names.length; number++) this.#enter(number);
  }

  #enter(number: number): void {
    const name = this.#names[number] as Uint8Array;
    let slot = hashOf(name, 0, name.length) & (this.#table.length - 1);
    while (this.#table[slot] !== 0) slot = (slot + 1) & (this.#table.length - 1);
    this.#table[slot] = number + 1;
  }
}

/** Ways to write one name and type that are kept in mind. */
const MOST_TOKENS = 8;

/** A name as lines spell it, from its quote to where the content of its value begins. */
interface Token {
  /** Of the name, its quotes and its colon. */
  readonly length: number;
  /** With the type of the value. */
  readonly opened: number;
  /** 0 where the name is of an object. */
  readonly tag: number;
  /**
   * All bytes, eight by eight, and then the last eight of them once more. Doubles are equal just
   * when their bytes are, as long as they are numbers and not zero: no spelling has a zero byte, nor
   * is UTF-8 ever that of no number.
   */
  readonly doubles: Float64Array;
}

/** No bytes are equal to it. */
const NO_TOKEN: Token = {
  length: DOUBLE_BYTES,
  opened: DOUBLE_BYTES,
  tag: 0,
  doubles: Float64Array.of(NaN),
};

function tokenOf(spelling: Uint8Array, length: number, tag: number): Token {
  const opened = spelling.length;
  const bytes = new DataView(Uint8Array.from(spelling).buffer);
  const doubles = Float64Array.from({ length: Math.ceil(opened / DOUBLE_BYTES) }, (_, index) =>
    bytes.getFloat64(Math.min(DOUBLE_BYTES * index, opened - DOUBLE_BYTES), true),
  );
  return { length, opened, tag, doubles };
}

function isAt({ doubles, opened }: Token, bytes: Uint8Array, words: DataView, at: number): boolean {
  const last = doubles.length - 1;
  const lastAt = at + opened - DOUBLE_BYTES;
  const isEnd =
    lastAt + DOUBLE_BYTES <= bytes.length && words.getFloat64(lastAt, true) === doubles[last];
  if (!isEnd) return false;
  let index = 0;
  while (index < last && words.getFloat64(at + DOUBLE_BYTES * index, true) === doubles[index]) {
    index++;
  }
  return index === last;
}

function grown(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}

/** Names come from outside, but a file of clashing ones only makes its own reading slower. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = Math.imul(hash, 31) + (bytes[at] as number);
  return hash ^ (hash >>> 15);
}

function isName(
  name: Uint8Array | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (name?.length !== end - start) return false;
  for (let index = 0; index < name.length; index++) {
    if (name[index] !== bytes[start + index]) return false;
  }
  return true;
}

/** Owns the way from an attribute's name in a line to its number, guessed before it is read. */
import { COLON } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';
import { Scratch, nameBytes } from './unescape.js';

/** Attributes missing in a line are passed over this often before the name is looked up. */
const GUESSES = 3;

/**
 * Numbers names in the order they were added. Lines of a file mostly have their attributes in one
 * order, so the name that came after the last one before is compared with the bytes as they stand,
 * quotes and colon included; only when that fails is the name read and looked up.
 */
export class NameGuesser {
  readonly #scratch = new Scratch();
  readonly #names: Uint8Array[] = [];
  readonly #tokens: Token[] = [];
  /** Which name came after name i - 1, the last time it had to be looked up; first for i = 0. */
  #follows = new Int32Array(16);
  /** A hash table of numbers plus one, 0 where nothing is; at most half of it is used. */
  #table = new Int32Array(32);

  /** How many names there are. */
  get size(): number {
    return this.#names.length;
  }

  /** Adds a name; its number is the size before. It must not be there already. */
  add(name: string): void {
    this.#append(nameBytes(name), tokenOf(Buffer.from(`${JSON.stringify(name)}:`)));
  }

  /** Adds the name that `find` last failed to find, the cursor being where `find` left it. */
  addUnknown({ bytes, start, end, escaped }: ByteCursor): void {
    const name = escaped
      ? this.#scratch.bytes.subarray(0, this.#scratch.size)
      : bytes.subarray(start, end);
    this.#append(Uint8Array.from(name), spelledToken(bytes, start, end));
  }

  /**
   * Passes a name and its colon; -1 when it is unknown, and then the cursor's string is that name.
   * `previous` is the last name found in the same object, -1 at its beginning.
   */
  find(cursor: ByteCursor, previous: number): number {
    const { words, wordsEnd, at } = cursor;
    const follows = this.#follows;
    const count = this.#tokens.length;
    let guess = follows[previous + 1] as number;
    for (let tries = 0; tries < GUESSES && guess < count; tries++) {
      const token = this.#tokens[guess] as Token;
      const whole = token.words;
      const last = at + 4 * whole.length;
      if (last < wordsEnd) {
        let index = 0;
        while (index < whole.length && words.getInt32(at + 4 * index, true) === whole[index]) {
          index++;
        }
        const isWhole = index === whole.length;
        if (isWhole && ((words.getInt32(last, true) ^ token.tail) & token.tailMask) === 0) {
          cursor.at = at + token.length;
          return guess;
        }
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
      // From now on the spelling of the file is the one to compare with.
      if (found >= 0) this.#tokens[found] = spelledToken(bytes, start, end);
    } else {
      found = this.#numberOf(bytes, start, end);
    }
    if (found >= 0) this.#follows[previous + 1] = found;
    return found;
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

  #append(name: Uint8Array, token: Token): void {
    const number = this.#names.length;
    this.#names.push(name);
    this.#tokens.push(token);
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

/** A name as lines spell it, quotes and colon included, in words of four bytes. */
interface Token {
  readonly length: number;
  readonly words: Int32Array;
  /** The bytes after the last whole word, where `tailMask` is set. */
  readonly tail: number;
  readonly tailMask: number;
}

function tokenOf(spelling: Uint8Array): Token {
  const { length } = spelling;
  const padded = new DataView(new ArrayBuffer(length + 4));
  spelling.forEach((byte, index) => {
    padded.setUint8(index, byte);
  });
  const words = Int32Array.from({ length: length >> 2 }, (_, index) =>
    padded.getInt32(4 * index, true),
  );
  const tail = padded.getInt32(4 * words.length, true);
  return { length, words, tail, tailMask: (1 << (8 * (length & 3))) - 1 };
}

function spelledToken(bytes: Uint8Array, start: number, end: number): Token {
  const spelling = new Uint8Array(end - start + 3);
  spelling.set(bytes.subarray(start - 1, end + 1));
  spelling[spelling.length - 1] = COLON;
  return tokenOf(spelling);
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

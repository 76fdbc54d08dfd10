/** Owns the reading of numbers in plain form, as export files write nearly all of them. */

import { QUOTE } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';

const MINUS = 0x2d;
const POINT = 0x2e;
const ZERO = 0x30;
/** A double holds this many digits, whatever they are. */
const DOUBLE_DIGITS = 15;
const WORD = 2 ** 32;
/** A word times this much, with a carry, is exact in a double. */
const STEP_DIGITS = 6;
const POWERS = Array.from({ length: DOUBLE_DIGITS + 1 }, (_, power) => 10 ** power);
const STEP = 10 ** STEP_DIGITS;

/**
 * The number read last, and its 128-bit two's complement in four words of 32 bits, the low one
 * first. Without strings and without BigInt, which would take ten times as long.
 */
export class NumberReader {
  negative = false;
  /** The digits the number needs before and after its point: see `shapeOf`. */
  integerDigits = 0;
  scale = 0;
  word0 = 0;
  word1 = 0;
  word2 = 0;
  word3 = 0;
  /** All digits as one integer; exact up to 15 of them. */
  #magnitude = 0;
  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** Where the plain form ends, and where the quote is. */
  #end = 0;
  #stop = 0;

  /** Passes a string and reads it; answers as {@link read} does. */
  pass(cursor: ByteCursor): number {
    const { bytes, at } = cursor;
    const plainEnd = bytes[at] === QUOTE ? this.read(bytes, at + 1) : -1;
    if (plainEnd < 0) {
      cursor.string();
      // What has no escape was read if it stands where it was looked for.
      return cursor.escaped || cursor.start === at + 1 ? -1 : this.read(bytes, cursor.start);
    }
    cursor.start = at + 1;
    cursor.end = this.#stop;
    cursor.escaped = false;
    cursor.at = this.#stop + 1;
    return plainEnd;
  }

  /**
   * Reads the bytes from `start` to the quote that follows. Answers where what
   * `plainText` makes of the number ends: at the quote, or before zeros that say nothing after the
   * point. -1 when the bytes begin with no such text: another spelling, or no number.
   */
  read(bytes: Uint8Array, start: number): number {
    // Seldom other ones than before, and the collector hears of every store.
    if (this.#bytes !== bytes) this.#bytes = bytes;
    let at = start;
    this.negative = bytes[at] === MINUS;
    if (this.negative) at++;
    this.#start = at;
    const first = bytes[at] as number;
    let magnitude = 0;
    let digit = first - ZERO;
    while (digit >= 0 && digit <= 9) {
      magnitude = magnitude * 10 + digit;
      digit = (bytes[++at] as number) - ZERO;
    }
    const integerLength = at - this.#start;
    if (integerLength === 0 || (first === ZERO && integerLength > 1)) return -1;
    this.#magnitude = magnitude;
    this.#end = at;
    this.integerDigits = integerLength;
    this.scale = 0;
    this.#stop = at;
    if (bytes[at] !== QUOTE && !this.#readFraction(at + 1)) return -1;
    return this.#magnitude === 0 && this.negative ? -1 : this.#end;
  }

  isZero(): boolean {
    return this.#magnitude === 0;
  }

  /** Sets the words to the number times 10 to the `zeros`; 38 digits at most. */
  toWords(zeros: number): void {
    if (this.integerDigits + this.scale + zeros <= DOUBLE_DIGITS) {
      const magnitude = this.#magnitude * (POWERS[zeros] as number);
      this.word0 = magnitude | 0;
      this.word1 = (magnitude / WORD) | 0;
      this.word2 = 0;
      this.word3 = 0;
    } else {
      this.#toWideWords(zeros);
    }
    if (this.negative) this.#negate();
  }

  /** Sets the words to an integer, unless it does not fit into 64 bits: then false. */
  toLong(): boolean {
    if (this.scale > 0 || this.integerDigits > 19) return false;
    this.toWords(0);
    if (this.integerDigits < 19) return true;
    // Of a number that fits, all bits above are as its sign bit.
    return this.word2 === this.word1 >> 31 && this.word3 === this.word2;
  }

  #readFraction(from: number): boolean {
    const bytes = this.#bytes;
    if (bytes[from - 1] !== POINT) return false;
    let magnitude = this.#magnitude;
    let at = from;
    let digit = (bytes[at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      magnitude = magnitude * 10 + digit;
      digit = (bytes[++at] as number) - ZERO;
    }
    if (at === from || bytes[at] !== QUOTE) return false;
    this.#stop = at;
    if (bytes[at - 1] === ZERO) {
      while (bytes[at - 1] === ZERO) at--;
      magnitude = this.#magnitude;
      for (let each = from; each < at; each++) {
        magnitude = magnitude * 10 + (bytes[each] as number) - ZERO;
      }
      if (at === from) return true;
    }
    if (this.#magnitude === 0) this.integerDigits = 0;
    this.#magnitude = magnitude;
    this.#end = at;
    this.scale = at - from;
    return true;
  }

  #toWideWords(zeros: number): void {
    this.word0 = this.word1 = this.word2 = this.word3 = 0;
    const bytes = this.#bytes;
    let group = 0;
    let digits = 0;
    for (let at = this.#start; at < this.#end; at++) {
      const byte = bytes[at] as number;
      if (byte === POINT) continue;
      group = group * 10 + (byte - ZERO);
      if (++digits < STEP_DIGITS) continue;
      this.#multiplyAdd(STEP, group);
      group = digits = 0;
    }
    this.#multiplyAdd(POWERS[digits] as number, group);
    for (let left = zeros; left > 0; left -= STEP_DIGITS) {
      this.#multiplyAdd(POWERS[Math.min(left, STEP_DIGITS)] as number, 0);
    }
  }

  #multiplyAdd(factor: number, addend: number): void {
    let sum = (this.word0 >>> 0) * factor + addend;
    this.word0 = sum | 0;
    sum = (this.word1 >>> 0) * factor + Math.floor(sum / WORD);
    this.word1 = sum | 0;
    sum = (this.word2 >>> 0) * factor + Math.floor(sum / WORD);
    this.word2 = sum | 0;
    sum = (this.word3 >>> 0) * factor + Math.floor(sum / WORD);
    this.word3 = sum | 0;
  }

  #negate(): void {
    this.word0 = -this.word0 | 0;
    let borrow = this.word0 === 0;
    this.word1 = borrow ? -this.word1 | 0 : ~this.word1;
    borrow = borrow && this.word1 === 0;
    this.word2 = borrow ? -this.word2 | 0 : ~this.word2;
    borrow = borrow && this.word2 === 0;
    this.word3 = borrow ? -this.word3 | 0 : ~this.word3;
  }
}

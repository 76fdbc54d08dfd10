/** Owns the reading of numbers in plain form, as export files write nearly all of them. */

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
  #end = 0;

  /**
   * Reads the bytes from `start` to `end` (exclusive), where a quote follows. False when they are
   * not what `plainText` makes of the number they are: another spelling, or no number.
   */
  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.#bytes = bytes;
    this.#end = end;
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
    if (integerLength === 0 || (first === ZERO && integerLength > 1)) return false;
    this.#magnitude = magnitude;
    this.integerDigits = integerLength;
    this.scale = 0;
    if (at === end) return first !== ZERO || !this.negative;
    return bytes[at] === POINT && this.#readFraction(at + 1, first === ZERO);
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

  #readFraction(from: number, integerIsZero: boolean): boolean {
    const bytes = this.#bytes;
    let at = from;
    let magnitude = this.#magnitude;
    let digit = (bytes[at] as number) - ZERO;
    while (digit >= 0 && digit <= 9) {
      magnitude = magnitude * 10 + digit;
      digit = (bytes[++at] as number) - ZERO;
    }
    if (at !== this.#end || at === from || bytes[at - 1] === ZERO) return false;
    this.#magnitude = magnitude;
    this.scale = at - from;
    if (integerIsZero) this.integerDigits = 0;
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

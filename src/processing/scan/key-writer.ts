/** Owns the one form of a key in bytes, whichever way a line spells it. */
import { parseNumeral, plainText } from '../../lake/number-text.js';
import type { HashBytes } from '../hash-value.js';
import { decodeBase64 } from './base64.js';
import type { ByteCursor } from './byte-cursor.js';
import type { ColumnWriter } from './column-writer.js';
import { NumberReader } from './number-reader.js';
import { Scratch } from './unescape.js';
import { TAG_B, TAG_N, TAG_S, checkValue, readTag } from './value-tag.js';

/** Added to a type's letter where the value has no form but the text as it is: its lower case. */
const AS_IT_IS = 0x20;
/** Twice DynamoDB's own bound, which is 1E-130 to 9.9E+125 (ServiceQuotas.html, Number). */
const MAX_EXPONENT = 300;

/**
 * Writes keys as bytes: for each key attribute its type's letter, the length of what follows
 * (LEB128), and then UTF-8 for S, the plain form for N, the bytes themselves for B. Equal keys give
 * equal bytes, different ones different bytes. What DynamoDB never writes (an N that is no number or far
 * beyond its bounds, a B that is no base64) has a small letter and its text. An attribute that is
 * hashed is in it as the text of its hash.
 */
export class KeyWriter {
  readonly #cursor: ByteCursor;
  readonly #number = new NumberReader();
  readonly #scratch = new Scratch();
  readonly #decoded = new Scratch();

  /** For each key attribute what hashes it; empty when none is hashed. */
  readonly #hashes: readonly (HashBytes | undefined)[];

  constructor(cursor: ByteCursor, hashes: readonly (HashBytes | undefined)[] = []) {
    this.#cursor = cursor;
    this.#hashes = hashes;
  }

  /** Fills the next slot of `into` with the key whose values begin at `keyValues`. */
  put(into: ColumnWriter, keyValues: Int32Array): void {
    const cursor = this.#cursor;
    const back = cursor.at;
    into.reach(into.length);
    for (let index = 0; index < keyValues.length; index++) {
      cursor.at = keyValues[index] as number;
      const hash = this.#hashes[index];
      if (hash === undefined) this.#putValue(into, readTag(cursor));
      else this.#putHash(into, hash);
    }
    into.endBytes();
    cursor.at = back;
  }

  #putValue(into: ColumnWriter, tag: number): void {
    const cursor = this.#cursor;
    cursor.string();
    let { bytes, start, end } = cursor;
    if (cursor.escaped) {
      this.#scratch.unescape(bytes, start, end);
      ({ bytes, size: end } = this.#scratch);
      start = 0;
    }
    if (tag === TAG_N) this.#putNumber(into, bytes, start, end);
    else if (tag === TAG_B) this.#putBinary(into, bytes, start, end);
    else putPart(into, tag, bytes, start, end);
  }

  #putHash(into: ColumnWriter, hash: HashBytes): void {
    const cursor = this.#cursor;
    const from = cursor.at;
    checkValue(cursor);
    const digits = hash(cursor.bytes, from, cursor.at);
    putPart(into, TAG_S, digits, 0, digits.length);
  }

  #putNumber(into: ColumnWriter, bytes: Uint8Array, start: number, end: number): void {
    const plainEnd = this.#number.read(bytes, start);
    if (plainEnd >= 0) {
      putPart(into, TAG_N, bytes, start, plainEnd);
      return;
    }
    const numeral = parseNumeral(this.#cursor.text());
    if (numeral === undefined || Math.abs(numeral.exponent) > MAX_EXPONENT) {
      putPart(into, TAG_N | AS_IT_IS, bytes, start, end);
      return;
    }
    this.#scratch.setAscii(plainText(numeral));
    putPart(into, TAG_N, this.#scratch.bytes, 0, this.#scratch.size);
  }

  #putBinary(into: ColumnWriter, bytes: Uint8Array, start: number, end: number): void {
    const decoded = this.#decoded;
    decoded.makeRoom(end - start);
    const size = decodeBase64(bytes, start, end, decoded.bytes, 0);
    if (size < 0) putPart(into, TAG_B | AS_IT_IS, bytes, start, end);
    else putPart(into, TAG_B, decoded.bytes, 0, size);
  }
}

function putPart(
  into: ColumnWriter,
  letter: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): void {
  into.makeRoom(6);
  into.data[into.size++] = letter;
  let length = end - start;
  for (; length >= 0x80; length >>>= 7) into.data[into.size++] = (length & 0x7f) | 0x80;
  into.data[into.size++] = length;
  into.append(bytes, start, end);
}

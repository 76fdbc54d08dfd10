/** Owns decimals of 19 to 38 digits. */
import type { GrowingBytes } from './growing-bytes.js';
import type { HashableValues } from './leaf-values.js';
import type { DecimalVector } from './vector.js';

/** Bytes of a value in its vector. */
const STRIDE = 16;

/** FIXED_LEN_BYTE_ARRAY: the low bytes of each value, the high one first, ordered by sign. */
export class WideDecimalValues implements HashableValues {
  readonly count: number;
  readonly #data: Uint8Array;
  /** The same bytes four at a time, to tell equal ones fast. */
  readonly #words: Int32Array;
  readonly #width: number;

  constructor(vector: DecimalVector, widthBytes: number) {
    this.count = vector.values;
    const used = vector.data.subarray(0, vector.values * STRIDE);
    this.#data = used.byteOffset % 4 === 0 ? used : used.slice();
    this.#words = new Int32Array(this.#data.buffer, this.#data.byteOffset, vector.values * 4);
    this.#width = widthBytes;
  }

  plainSizeBytes(from: number, to: number): number {
    return (to - from) * this.#width;
  }

  plainFit(from: number, limitBytes: number): number {
    return Math.min(this.count, from + Math.max(1, Math.floor(limitBytes / this.#width)));
  }

  writePlain(out: GrowingBytes, from: number, to: number, order?: Int32Array): void {
    const width = this.#width;
    if (order === undefined && width === STRIDE) {
      out.push(this.#data.subarray(from * STRIDE, to * STRIDE));
      return;
    }
    out.reserve((to - from) * width);
    const { bytes } = out;
    let at = out.length;
    for (let place = from; place < to; place += 1) {
      const end = ((order === undefined ? place : (order[place] as number)) + 1) * STRIDE;
      for (let source = end - width; source < end; source += 1, at += 1) {
        bytes[at] = this.#data[source] as number;
      }
    }
    out.length = at;
  }

  plainBytes(value: number): Uint8Array {
    const end = (value + 1) * STRIDE;
    return this.#data.slice(end - this.#width, end);
  }

  hash(value: number): number {
    const words = this.#words;
    let hash = 0;
    for (let at = value * 4; at < value * 4 + 4; at += 1) {
      hash = Math.imul(hash ^ (words[at] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  equal(left: number, right: number): boolean {
    const words = this.#words;
    const leftAt = left * 4;
    const rightAt = right * 4;
    return (
      words[leftAt + 3] === words[rightAt + 3] &&
      words[leftAt + 2] === words[rightAt + 2] &&
      words[leftAt + 1] === words[rightAt + 1] &&
      words[leftAt] === words[rightAt]
    );
  }

  compare(left: number, right: number): number {
    for (let word = 0; word < 4; word += 1) {
      const leftWord = this.#words[left * 4 + word] as number;
      const rightWord = this.#words[right * 4 + word] as number;
      if (leftWord === rightWord) continue;
      const difference = highFirst(leftWord) - highFirst(rightWord);
      return word === 0 ? difference : (highFirst(leftWord) >>> 0) - (highFirst(rightWord) >>> 0);
    }
    return 0;
  }
}

/** A word read with the low byte first, as the signed number it is with the high byte first. */
function highFirst(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}

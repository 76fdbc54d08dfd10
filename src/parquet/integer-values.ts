/** Owns integers of 32 and 64 bits: longs, timestamps, decimals of at most 18 digits. */
import type { GrowingBytes } from './growing-bytes.js';
import type { HashableValues } from './leaf-values.js';

/** INT32 or INT64: one or two words of 32 bits a value, the low one first, ordered by sign. */
export class IntegerValues implements HashableValues {
  readonly count: number;
  readonly #words: Int32Array;
  readonly #width: 1 | 2;

  /** `words` may be longer than the values. */
  constructor(words: Int32Array, count: number, wordsPerValue: 1 | 2) {
    this.#words = words;
    this.count = count;
    this.#width = wordsPerValue;
  }

  plainSizeBytes(from: number, to: number): number {
    return (to - from) * this.#width * 4;
  }

  plainFit(from: number, limitBytes: number): number {
    const fit = Math.floor(limitBytes / (this.#width * 4));
    return Math.min(this.count, from + Math.max(1, fit));
  }

  writePlain(out: GrowingBytes, from: number, to: number, order?: Int32Array): void {
    const width = this.#width;
    if (order === undefined) {
      // Every platform Node runs these packages on keeps the low byte first, as Parquet does.
      const words = this.#words.subarray(from * width, to * width);
      out.push(new Uint8Array(words.buffer, words.byteOffset, words.byteLength));
      return;
    }
    for (let place = from; place < to; place += 1) {
      const at = (order[place] as number) * width;
      for (let word = 0; word < width; word += 1) out.pushUint32(this.#words[at + word] as number);
    }
  }

  plainBytes(value: number): Uint8Array {
    const words = this.#words.slice(value * this.#width, (value + 1) * this.#width);
    return new Uint8Array(words.buffer);
  }

  hash(value: number): number {
    let hash = Math.imul(this.#words[value * this.#width] as number, 0x9e3779b1);
    if (this.#width === 2) {
      hash ^= hash >>> 15;
      hash = Math.imul(hash ^ (this.#words[value * 2 + 1] as number), 0x85ebca6b);
    }
    return hash ^ (hash >>> 16);
  }

  equal(left: number, right: number): boolean {
    const words = this.#words;
    if (this.#width === 1) return words[left] === words[right];
    return words[left * 2] === words[right * 2] && words[left * 2 + 1] === words[right * 2 + 1];
  }

  compare(left: number, right: number): number {
    const words = this.#words;
    if (this.#width === 1) return (words[left] as number) - (words[right] as number);
    const byHigh = (words[left * 2 + 1] as number) - (words[right * 2 + 1] as number);
    if (byHigh !== 0) return byHigh;
    return ((words[left * 2] as number) >>> 0) - ((words[right * 2] as number) >>> 0);
  }
}

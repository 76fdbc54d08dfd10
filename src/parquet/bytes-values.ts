/** Owns values of any length: strings and binaries. */
import type { GrowingBytes } from './growing-bytes.js';
import type { HashableValues } from './leaf-values.js';
import type { BytesVector } from './vector.js';

/** Copying in a loop beats making a view of the source, up to about here. */
const SHORT = 256;

const MIX = 0x9e3779b1 | 0;

/** BYTE_ARRAY, ordered byte by byte, unsigned. */
export class BytesValues implements HashableValues {
  readonly count: number;
  readonly #offsets: Int32Array;
  readonly #data: Uint8Array;
  /** The same bytes, four at a time. */
  readonly #view: DataView;

  constructor(vector: BytesVector) {
    this.count = vector.values;
    this.#offsets = vector.offsets;
    this.#data = vector.data;
    const { buffer, byteOffset, byteLength } = vector.data;
    this.#view = new DataView(buffer, byteOffset, byteLength);
  }

  plainSizeBytes(from: number, to: number): number {
    return (this.#offsets[to] as number) - (this.#offsets[from] as number) + 4 * (to - from);
  }

  plainFit(from: number, limitBytes: number): number {
    let low = from + 1;
    let high = this.count;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.plainSizeBytes(from, middle) <= limitBytes) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  writePlain(out: GrowingBytes, from: number, to: number, order?: Int32Array): void {
    if (order === undefined) out.reserve(this.plainSizeBytes(from, to));
    for (let place = from; place < to; place += 1) {
      const value = order === undefined ? place : (order[place] as number);
      const begin = this.#offsets[value] as number;
      const end = this.#offsets[value + 1] as number;
      if (order !== undefined) out.reserve(4 + end - begin);
      out.view.setInt32(out.length, end - begin, true);
      out.length += 4;
      this.#copy(begin, end, out);
    }
  }

  plainBytes(value: number): Uint8Array {
    return this.#data.slice(this.#offsets[value], this.#offsets[value + 1]);
  }

  hash(value: number): number {
    const end = this.#offsets[value + 1] as number;
    let at = this.#offsets[value] as number;
    let hash = end - at;
    for (; at + 4 <= end; at += 4) {
      hash = Math.imul(hash ^ this.#view.getInt32(at, true), MIX);
      hash ^= hash >>> 15;
    }
    for (; at < end; at += 1) hash = Math.imul(hash ^ (this.#data[at] as number), MIX);
    return hash ^ (hash >>> 16);
  }

  equal(left: number, right: number): boolean {
    const end = this.#offsets[left + 1] as number;
    let leftAt = this.#offsets[left] as number;
    let rightAt = this.#offsets[right] as number;
    if ((this.#offsets[right + 1] as number) - rightAt !== end - leftAt) return false;
    for (; leftAt + 4 <= end; leftAt += 4, rightAt += 4) {
      if (this.#view.getInt32(leftAt, true) !== this.#view.getInt32(rightAt, true)) return false;
    }
    for (; leftAt < end; leftAt += 1, rightAt += 1) {
      if (this.#data[leftAt] !== this.#data[rightAt]) return false;
    }
    return true;
  }

  #copy(begin: number, end: number, out: GrowingBytes): void {
    const { bytes, view } = out;
    let at = out.length;
    out.length = at + end - begin;
    if (end - begin > SHORT) {
      bytes.set(this.#data.subarray(begin, end), at);
      return;
    }
    let source = begin;
    for (; source + 4 <= end; source += 4, at += 4) {
      view.setInt32(at, this.#view.getInt32(source, true), true);
    }
    for (; source < end; source += 1, at += 1) bytes[at] = this.#data[source] as number;
  }

  compare(left: number, right: number): number {
    const data = this.#data;
    const leftBegin = this.#offsets[left] as number;
    const rightBegin = this.#offsets[right] as number;
    const leftLength = (this.#offsets[left + 1] as number) - leftBegin;
    const rightLength = (this.#offsets[right + 1] as number) - rightBegin;
    const common = Math.min(leftLength, rightLength);
    for (let at = 0; at < common; at += 1) {
      const difference = (data[leftBegin + at] as number) - (data[rightBegin + at] as number);
      if (difference !== 0) return difference;
    }
    return leftLength - rightLength;
  }
}

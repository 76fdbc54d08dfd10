/** Owns truth values. */
import type { GrowingBytes } from './growing-bytes.js';
import type { LeafValues } from './leaf-values.js';
import type { BooleanVector } from './vector.js';

/** BOOLEAN: a bit each, the low one first; false comes before true. */
export class BooleanValues implements LeafValues {
  readonly count: number;
  readonly #data: Uint8Array;

  constructor(vector: BooleanVector) {
    this.count = vector.values;
    this.#data = vector.data;
  }

  plainSizeBytes(from: number, to: number): number {
    return Math.ceil((to - from) / 8);
  }

  plainFit(from: number, limitBytes: number): number {
    return Math.min(this.count, from + limitBytes * 8);
  }

  writePlain(out: GrowingBytes, from: number, to: number): void {
    out.reserve(this.plainSizeBytes(from, to));
    for (let place = from; place < to; place += 8) {
      let packed = 0;
      const end = Math.min(place + 8, to);
      for (let each = place; each < end; each += 1) {
        packed |= (this.#data[each] as number) << (each - place);
      }
      out.bytes[out.length] = packed;
      out.length += 1;
    }
  }

  plainBytes(value: number): Uint8Array {
    return this.#data.slice(value, value + 1);
  }

  compare(left: number, right: number): number {
    return (this.#data[left] as number) - (this.#data[right] as number);
  }
}

/** Owns a set of keys kept in listing order. */
import { compareKeys } from '../../core/key-order.js';

/** Keys in UTF-8 byte order, found by halving. */
export class SortedKeys {
  readonly #keys: string[];

  constructor(keys: Iterable<string> = []) {
    this.#keys = [...keys].sort(compareKeys);
  }

  get size(): number {
    return this.#keys.length;
  }

  at(index: number): string | undefined {
    return this.#keys[index];
  }

  /** The index of the first key for which `beyond` holds; it must hold for all that follow. */
  firstIndex(beyond: (key: string) => boolean): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (beyond(this.#keys[middle] ?? '')) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  add(key: string): void {
    const index = this.firstIndex((other) => compareKeys(other, key) >= 0);
    if (this.#keys[index] !== key) this.#keys.splice(index, 0, key);
  }

  delete(key: string): void {
    const index = this.firstIndex((other) => compareKeys(other, key) >= 0);
    if (this.#keys[index] === key) this.#keys.splice(index, 1);
  }
}

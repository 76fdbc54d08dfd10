/** Owns dictionaries: finding the distinct values of a column chunk, while there are few. */
import { bitWidthOf } from './rle-hybrid.js';
import type { HashableValues } from './leaf-values.js';

/** As many as 16 bits can name. */
const MAX_ENTRIES = 1 << 16;
/** Readers keep a dictionary in memory. */
const MAX_SIZE_BYTES = 1 << 20;
/** Of so many values, drawn at random, 97 % differ when there are 65,536 in all. */
const SAMPLE = 4096;
const SAMPLE_MAX_DISTINCT = 0.97 * SAMPLE;
/** What a dictionary may leave of PLAIN: below that, compression would have done as well. */
const WORTHWHILE = 0.75;

/** The distinct values of a chunk, and which of them each value is. */
export interface Dictionary {
  /** The first value of each entry, in the order of their appearance. */
  readonly entries: Int32Array;
  /** One a value; longer than the values. */
  readonly indices: Uint16Array;
  readonly bitWidth: number;
}

/** Builds one dictionary after another, in the same memory: each is valid until the next. */
export class DictionaryBuilder {
  /** Open addressing: an entry's place plus 1, or 0. */
  #table = new Int32Array(2048);
  readonly #entries = new Int32Array(MAX_ENTRIES);
  readonly #hashes = new Int32Array(MAX_ENTRIES);
  #indices = new Uint16Array(0);

  /** Undefined when a dictionary does not pay. */
  build(values: HashableValues): Dictionary | undefined {
    const { count } = values;
    if (this.#indices.length < count) this.#indices = new Uint16Array(count);
    this.#table.fill(0);
    const found = this.#findEntries(values);
    if (found === undefined) return undefined;
    const bitWidth = Math.max(1, bitWidthOf(found.entries - 1));
    const sizeBytes = found.sizeBytes + (count * bitWidth) / 8;
    if (sizeBytes > WORTHWHILE * values.plainSizeBytes(0, count)) return undefined;
    return { entries: this.#entries.subarray(0, found.entries), indices: this.#indices, bitWidth };
  }

  #findEntries(values: HashableValues): { entries: number; sizeBytes: number } | undefined {
    const entryOf = this.#entries;
    const hashes = this.#hashes;
    const indices = this.#indices;
    let table: Int32Array = this.#table;
    let mask = table.length - 1;
    let entries = 0;
    let sizeBytes = 0;
    // Values whose hashes meet cost probes: whoever writes such values gets no dictionary.
    let probesLeft = 8 * values.count + SAMPLE;
    for (let value = 0; value < values.count; value += 1) {
      const hash = values.hash(value);
      let slot = hash & mask;
      let entry = (table[slot] as number) - 1;
      while (
        entry >= 0 &&
        !(hashes[entry] === hash && values.equal(entryOf[entry] as number, value))
      ) {
        slot = (slot + 1) & mask;
        entry = (table[slot] as number) - 1;
        probesLeft -= 1;
      }
      if (entry >= 0) {
        indices[value] = entry;
        continue;
      }
      sizeBytes += values.plainSizeBytes(value, value + 1);
      if (entries === MAX_ENTRIES || sizeBytes > MAX_SIZE_BYTES || probesLeft < 0) return undefined;
      if (value < SAMPLE && entries > SAMPLE_MAX_DISTINCT) return undefined;
      entryOf[entries] = value;
      hashes[entries] = hash;
      indices[value] = entries;
      entries += 1;
      table[slot] = entries;
      if (entries * 2 > mask) {
        table = this.#grow(entries);
        mask = table.length - 1;
      }
    }
    return { entries, sizeBytes };
  }

  #grow(entries: number): Int32Array {
    const table = new Int32Array(this.#table.length * 2);
    const mask = table.length - 1;
    for (let entry = 0; entry < entries; entry += 1) {
      let slot = (this.#hashes[entry] as number) & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = entry + 1;
    }
    this.#table = table;
    return table;
  }
}

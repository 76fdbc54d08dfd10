/** Owns what an Iceberg manifest says of a data file, gathered row group by row group. */
import type { ChunkFacts } from './file-footer.js';
import { comparePlain, icebergLowerBound, icebergUpperBound } from './iceberg-bounds.js';
import type { LeafColumn } from './leaf-column.js';

/** A finished file. Source of each meaning: Iceberg's specification, "Manifests", data_file. */
export interface ParquetFileFacts {
  readonly rows: number;
  readonly sizeBytes: number;
  /** Where row groups begin, ascending. */
  readonly splitOffsets: readonly number[];
  /** By field id: the leaves, in the order of the schema. */
  readonly columns: ReadonlyMap<number, ColumnFacts>;
}

/** One leaf over the whole file. */
export interface ColumnFacts {
  /** In the file: compressed, with headers and dictionary. */
  readonly columnSizeBytes: number;
  /** With nulls; in lists an element each, and one for each list without elements. */
  readonly valueCount: number;
  /** Of `valueCount`, those without a value. */
  readonly nullCount: number;
  /**
   * Bounds in Iceberg's single-value serialization, of a string 16 code points and of a binary
   * 16 bytes. Undefined in lists and when all are null; the upper one also when none is so short.
   */
  readonly lowerBound?: Uint8Array;
  readonly upperBound?: Uint8Array;
}

/** Sums up the chunks of one leaf. */
export class ColumnTally {
  readonly #leaf: LeafColumn;
  #sizeBytes = 0;
  #entries = 0;
  #nulls = 0;
  #smallest: Uint8Array | undefined;
  #largest: Uint8Array | undefined;

  constructor(leaf: LeafColumn) {
    this.#leaf = leaf;
  }

  add(chunk: ChunkFacts): void {
    this.#sizeBytes += chunk.sizeBytes;
    this.#entries += chunk.entries;
    this.#nulls += chunk.nulls;
    const { type } = this.#leaf;
    const { smallest, largest } = chunk;
    if (smallest === undefined || largest === undefined) return;
    if (this.#smallest === undefined || comparePlain(type, smallest, this.#smallest) < 0) {
      this.#smallest = smallest;
    }
    if (this.#largest === undefined || comparePlain(type, largest, this.#largest) > 0) {
      this.#largest = largest;
    }
  }

  facts(): ColumnFacts {
    const counts = {
      columnSizeBytes: this.#sizeBytes,
      valueCount: this.#entries,
      nullCount: this.#nulls,
    };
    const { type, maxRepetition } = this.#leaf;
    if (maxRepetition > 0 || this.#smallest === undefined || this.#largest === undefined) {
      return counts;
    }
    const upperBound = icebergUpperBound(type, this.#largest);
    return {
      ...counts,
      lowerBound: icebergLowerBound(type, this.#smallest),
      ...(upperBound === undefined ? {} : { upperBound }),
    };
  }
}

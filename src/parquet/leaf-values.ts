/** Owns what the encoder asks of the values of a column chunk, whatever their type. */
import type { GrowingBytes } from './growing-bytes.js';

/** The values of one column chunk, by their places from 0. */
export interface LeafValues {
  readonly count: number;
  /** Bytes that PLAIN takes for the values from `from` to `to` (exclusive). */
  plainSizeBytes(from: number, to: number): number;
  /** The exclusive end of the values from `from` that PLAIN fits into `limitBytes`; at least one. */
  plainFit(from: number, limitBytes: number): number;
  /**
   * Appends values in PLAIN encoding (apache/parquet-format, Encodings.md): those from `from` to
   * `to` (exclusive), or of `order`, where that is given, the values it names there.
   */
  writePlain(out: GrowingBytes, from: number, to: number, order?: Int32Array): void;
  /** A copy of one value as PLAIN has it, without a length before it. */
  plainBytes(value: number): Uint8Array;
  /** Negative, zero or positive, as Parquet orders the type. */
  compare(left: number, right: number): number;
}

/** Values that a dictionary may pay for. */
export interface HashableValues extends LeafValues {
  /** 32 bits, the same for equal values. */
  hash(value: number): number;
  equal(left: number, right: number): boolean;
}

/** Whether a dictionary may pay. */
export function isHashable(values: LeafValues): values is HashableValues {
  return 'hash' in values;
}

/** Owns the columnar form of values, between the scanner that fills it and the Parquet encoder. */

/**
 * The slots of one column: a row each at the top, a present struct each for its fields, an element
 * each in a list. Values lie densely: the third value belongs to the third slot that has one.
 */
interface Slots {
  /** How many slots there are. */
  length: number;
  /** How many of them hold a value. */
  values: number;
  /** One byte a slot, 1 where there is a value; longer than `length` where there is room to grow. */
  valid: Uint8Array;
}

/** Text in UTF-8, or bytes. */
export interface BytesVector extends Slots {
  readonly kind: 'bytes';
  /** Where value i begins in `data`, and value i + 1 ends it: one more than `values`. */
  offsets: Int32Array;
  data: Uint8Array;
}

/** 64-bit integers: words of 32 bits, the low one first, two a value. */
export interface LongVector extends Slots {
  readonly kind: 'long';
  words: Int32Array;
}

/** Unscaled 128-bit integers, 16 bytes a value, big-endian two's complement: Parquet's own form. */
export interface DecimalVector extends Slots {
  readonly kind: 'decimal';
  data: Uint8Array;
}

/** One byte a value, 0 or 1. */
export interface BooleanVector extends Slots {
  readonly kind: 'boolean';
  data: Uint8Array;
}

/** Lists; a value's elements are slots `offsets[i]` to `offsets[i + 1]` (exclusive) of `element`. */
export interface ListVector extends Slots {
  readonly kind: 'list';
  offsets: Int32Array;
  readonly element: Vector;
}

/** Structs; each field has as many slots as the struct has values. */
export interface StructVector extends Slots {
  readonly kind: 'struct';
  readonly fields: readonly Vector[];
}

export type Vector =
  BytesVector | LongVector | DecimalVector | BooleanVector | ListVector | StructVector;

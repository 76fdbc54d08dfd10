/** Owns the partition values of rows by one term, each told by a number. */
import { assert } from '../../core/assert.js';
import type { PartitionValue } from '../../iceberg/manifest.js';
import {
  bucketOfBytes,
  bucketOfDecimal,
  bucketOfLong,
  fixedBytes,
  truncatedNumber,
  truncatedText,
} from '../../iceberg/transform-values.js';
import type { PartitionTransform } from '../../lake/partition-term.js';
import type { BytesVector, DecimalVector, LongVector, Vector } from '../../parquet/vector.js';

/** A field of a partition spec, and the column that it goes by. */
export interface PartitionField {
  /** By which manifests know its values. */
  readonly name: string;
  /** Which of the schema's columns. */
  readonly column: number;
  readonly transform: PartitionTransform;
  /** Whether the column's bytes are text. */
  readonly isText: boolean;
}

/** What tells values apart: bytes as text of one character a byte. */
type Key = string | number | bigint;

/** Decimals of 38 digits, in manifests and vectors. */
const DECIMAL_BYTES = 16;

export class PartitionColumn {
  readonly field: PartitionField;
  readonly #numbers = new Map<Key, number>();
  /** By number; a slot without a value has the number 0. */
  readonly #values: PartitionValue[] = [null];

  constructor(field: PartitionField) {
    this.field = field;
  }

  /** The value that rows of this number have. */
  value(number: number): PartitionValue {
    return this.#values[number] ?? null;
  }

  /** The number of each slot. */
  numbersOf(vector: Vector): Int32Array {
    const { length, valid } = vector;
    const numbers = new Int32Array(length);
    const keyAt = this.#keysOf(vector);
    let value = 0;
    for (let slot = 0; slot < length; slot++) {
      if (valid[slot] === 1) numbers[slot] = this.#numberOf(keyAt(value++), vector.kind);
    }
    return numbers;
  }

  #numberOf(key: Key, kind: Vector['kind']): number {
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#values.push(this.#valueOf(key, kind)) - 1;
    this.#numbers.set(key, number);
    return number;
  }

  #valueOf(key: Key, kind: Vector['kind']): PartitionValue {
    if (this.field.transform.kind === 'bucket') return key;
    if (kind === 'boolean') return key === 1;
    if (kind === 'decimal') return fixedBytes(BigInt(key), DECIMAL_BYTES);
    if (typeof key !== 'string') return key;
    const bytes = Buffer.from(key, 'latin1');
    return this.field.isText ? bytes.toString() : Uint8Array.from(bytes);
  }

  #keysOf(vector: Vector): (value: number) => Key {
    switch (vector.kind) {
      case 'bytes':
        return this.#bytesKeys(vector);
      case 'long':
        return this.#numberKeys(longsOf(vector), 64, bucketOfLong);
      case 'decimal':
        return this.#numberKeys(unscaledOf(vector), 128, bucketOfDecimal);
      case 'boolean':
        return (value) => vector.data[value] as number;
      case 'list':
      case 'struct':
        assert(false, 'rows are parted by scalar columns');
    }
  }

  #bytesKeys({ offsets, data }: BytesVector): (value: number) => Key {
    const { transform, isText } = this.field;
    const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const at = (value: number): Buffer => bytes.subarray(offsets[value], offsets[value + 1]);
    switch (transform.kind) {
      case 'identity':
        return (value) => bytes.toString('latin1', offsets[value], offsets[value + 1]);
      case 'bucket':
        return (value) => bucketOfBytes(at(value), transform.buckets);
      case 'truncate':
        return (value) => {
          const whole = at(value);
          const { width } = transform;
          const cut = isText ? truncatedText(whole, width) : whole.subarray(0, width);
          return Buffer.from(cut.buffer, cut.byteOffset, cut.length).toString('latin1');
        };
    }
  }

  #numberKeys(
    numberAt: (value: number) => bigint,
    bits: number,
    bucketOf: (number: bigint, buckets: number) => number,
  ): (value: number) => Key {
    const { transform } = this.field;
    switch (transform.kind) {
      case 'identity':
        return numberAt;
      case 'bucket':
        return (value) => bucketOf(numberAt(value), transform.buckets);
      case 'truncate': {
        const width = BigInt(transform.width);
        // What falls below the least number wraps, as it does in Iceberg's own code.
        return (value) => BigInt.asIntN(bits, truncatedNumber(numberAt(value), width));
      }
    }
  }
}

function longsOf({ words }: LongVector): (value: number) => bigint {
  const view = new DataView(words.buffer, words.byteOffset, words.byteLength);
  return (value) => view.getBigInt64(8 * value, true);
}

function unscaledOf({ data }: DecimalVector): (value: number) => bigint {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return (value) => {
    const at = DECIMAL_BYTES * value;
    return (view.getBigInt64(at) << 64n) | view.getBigUint64(at + 8);
  };
}

/** Owns which physical form the values of each type take. */
import { assert, unreachable } from '../core/assert.js';
import { BooleanValues } from './boolean-values.js';
import { BytesValues } from './bytes-values.js';
import { IntegerValues } from './integer-values.js';
import type { LeafType } from './leaf-column.js';
import type { LeafValues } from './leaf-values.js';
import type { DecimalVector, Vector } from './vector.js';
import { WideDecimalValues } from './wide-decimal-values.js';

/**
 * The bytes a decimal of `precision` digits needs in a FIXED_LEN_BYTE_ARRAY.
 *
 * Source: Iceberg's specification, Appendix A, Parquet: the minimum number of bytes that can store
 * the precision.
 */
export function decimalWidthBytes(precision: number): number {
  const bits = (10n ** BigInt(precision) - 1n).toString(2).length + 1;
  return Math.ceil(bits / 8);
}

/** The values of a leaf's vector. Throws InvariantError when the vector is of another kind. */
export function leafValuesOf(type: LeafType, vector: Vector): LeafValues {
  switch (type.kind) {
    case 'string':
    case 'binary':
      assert(vector.kind === 'bytes', `a ${type.kind}'s vector is bytes (${vector.kind})`);
      return new BytesValues(vector);
    case 'long':
    case 'timestamptz':
      assert(vector.kind === 'long', `a ${type.kind}'s vector is long (${vector.kind})`);
      return new IntegerValues(vector.words, vector.values, 2);
    case 'boolean':
      assert(vector.kind === 'boolean', `a boolean's vector is boolean (${vector.kind})`);
      return new BooleanValues(vector);
    case 'decimal':
      assert(vector.kind === 'decimal', `a decimal's vector is decimal (${vector.kind})`);
      if (type.precision <= 9) return narrowDecimals(vector, 1);
      if (type.precision <= 18) return narrowDecimals(vector, 2);
      return new WideDecimalValues(vector, decimalWidthBytes(type.precision));
    default:
      return unreachable(type);
  }
}

/** The low words of each value; the high ones must only repeat the sign. */
function narrowDecimals(vector: DecimalVector, wordsPerValue: 1 | 2): IntegerValues {
  const { data, values } = vector;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const words = new Int32Array(values * wordsPerValue);
  let overflows = 0;
  for (let value = 0; value < values; value += 1) {
    const end = (value + 1) * 16;
    for (let word = 0; word < wordsPerValue; word += 1) {
      words[value * wordsPerValue + word] = view.getInt32(end - 4 - word * 4);
    }
    const sign = (words[(value + 1) * wordsPerValue - 1] as number) >> 31;
    for (let at = end - 16; at < end - wordsPerValue * 4; at += 4) {
      if (view.getInt32(at) !== sign) overflows += 1;
    }
  }
  assert(overflows === 0, `a decimal of few digits fits into ${wordsPerValue * 32} bits`);
  return new IntegerValues(words, values, wordsPerValue);
}

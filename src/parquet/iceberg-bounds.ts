/**
 * Owns the bounds of a column for Iceberg's manifests, from values in Parquet's PLAIN encoding.
 *
 * Source: Iceberg's specification, Appendix D, "Binary single-value serialization".
 */
import type { LeafType } from './leaf-column.js';
import { lowerBound, upperBound, type BoundUnit } from './truncate-bound.js';

/** Iceberg's default metrics mode, `truncate(16)`. */
const UNITS = 16;

/** The units that bounds of a type are cut in; undefined for types of a fixed length. */
export function boundUnit(type: LeafType): BoundUnit | undefined {
  if (type.kind === 'string') return 'code-point';
  return type.kind === 'binary' ? 'byte' : undefined;
}

/** Not above `plain`, in Iceberg's serialization. */
export function icebergLowerBound(type: LeafType, plain: Uint8Array): Uint8Array {
  const unit = boundUnit(type);
  return unit === undefined ? singleValue(type, plain) : lowerBound(plain, unit, UNITS);
}

/** Not below `plain`, in Iceberg's serialization; undefined when nothing so short is. */
export function icebergUpperBound(type: LeafType, plain: Uint8Array): Uint8Array | undefined {
  const unit = boundUnit(type);
  return unit === undefined ? singleValue(type, plain) : upperBound(plain, unit, UNITS);
}

function singleValue(type: LeafType, plain: Uint8Array): Uint8Array {
  if (type.kind !== 'decimal') return plain.slice();
  const unscaled = isLowFirst(type) ? plain.slice().reverse() : plain;
  let begin = 0;
  while (begin < unscaled.length - 1 && isSignAlone(unscaled, begin)) begin += 1;
  return unscaled.slice(begin);
}

/** Whether the byte at `at` only repeats the sign of the next. */
function isSignAlone(bigEndian: Uint8Array, at: number): boolean {
  const isNegative = ((bigEndian[at + 1] ?? 0) & 0x80) !== 0;
  return bigEndian[at] === (isNegative ? 0xff : 0);
}

/** Orders two values of one type in PLAIN encoding, as Parquet and Iceberg order the type. */
export function comparePlain(type: LeafType, left: Uint8Array, right: Uint8Array): number {
  if (boundUnit(type) !== undefined || type.kind === 'boolean') return compareBytes(left, right);
  return compareSigned(left, right, isLowFirst(type));
}

function isLowFirst(type: LeafType): boolean {
  return type.kind !== 'decimal' || type.precision <= 18;
}

function compareBytes(left: Uint8Array, right: Uint8Array): number {
  const common = Math.min(left.length, right.length);
  for (let at = 0; at < common; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function compareSigned(left: Uint8Array, right: Uint8Array, lowFirst: boolean): number {
  for (let place = 0; place < left.length; place += 1) {
    const at = lowFirst ? left.length - 1 - place : place;
    // Turning the sign's bit makes the order of signed numbers that of unsigned ones.
    const flip = place === 0 ? 0x80 : 0;
    const difference = ((left[at] ?? 0) ^ flip) - ((right[at] ?? 0) ^ flip);
    if (difference !== 0) return difference;
  }
  return 0;
}

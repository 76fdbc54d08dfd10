/** Owns the one text that a row has whichever reader gave it, and the hash of a table's rows. */
import { createHash } from 'node:crypto';

/**
 * A value of a row: text as it is, a whole number, a decimal as text in plain form without trailing
 * zeros, bytes, a list, a struct. A timestamp is its microseconds since 1970 as a bigint.
 */
export type CanonicalValue =
  | string
  | bigint
  | boolean
  | null
  | undefined
  | Uint8Array
  | readonly CanonicalValue[]
  | CanonicalRow;

/** Columns by name, or a struct's fields. Null and left out are the same. */
export interface CanonicalRow {
  readonly [name: string]: CanonicalValue;
}

/**
 * The canonical text of a row: JSON without spaces, fields sorted by name in code point order, those
 * that are null left out; whole numbers and decimals as strings, bytes as base64. The twin of
 * canonical.py.
 */
export function canonicalRow(row: CanonicalRow): string {
  const names = Object.keys(row).filter((name) => row[name] !== null && row[name] !== undefined);
  const fields = names
    .sort(byCodePoint)
    .map((name) => `${JSON.stringify(name)}:${canonicalValue(row[name])}`);
  return `{${fields.join(',')}}`;
}

/**
 * The sum of the rows' SHA-256, modulo 2^256, as 64 hexadecimal digits: the order of the rows does
 * not matter, and how often each is there does.
 */
export function tableHash(canonicalRows: Iterable<string>): string {
  let sum = 0n;
  for (const row of canonicalRows) {
    sum += BigInt(`0x${createHash('sha256').update(row).digest('hex')}`);
  }
  return BigInt.asUintN(256, sum).toString(16).padStart(64, '0');
}

/** Orders strings by code points, as UTF-8's bytes and Python do; JavaScript's own order does not. */
export function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function canonicalValue(value: CanonicalValue): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `"${String(value)}"`;
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Uint8Array) return `"${Buffer.from(value).toString('base64')}"`;
  if (isList(value)) return `[${value.map(canonicalValue).join(',')}]`;
  return canonicalRow(value);
}

function isList(
  value: readonly CanonicalValue[] | CanonicalRow,
): value is readonly CanonicalValue[] {
  return Array.isArray(value);
}

/**
 * Owns short bounds for long strings and binaries.
 *
 * Source: Iceberg's metrics mode `truncate(16)` (Java's UnicodeUtil, BinaryUtil): 16 code points of
 * a string, 16 bytes of a binary; an upper bound that was cut is raised at its last place that can be.
 */

/** The units that a bound is cut in. */
export type BoundUnit = 'code-point' | 'byte';

const LAST_CODE_POINT = 0x10ffff;
const BEFORE_SURROGATES = 0xd7ff;
const AFTER_SURROGATES = 0xe000;

const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const toUtf8 = new TextEncoder();

/** At most `units` units, not above `value`. */
export function lowerBound(value: Uint8Array, unit: BoundUnit, units: number): Uint8Array {
  return value.slice(0, endOf(value, unit, units));
}

/** At most `units` units, not below `value`; undefined when nothing so short is. */
export function upperBound(
  value: Uint8Array,
  unit: BoundUnit,
  units: number,
): Uint8Array | undefined {
  let end = endOf(value, unit, units);
  if (end === value.length) return value.slice();
  while (end > 0) {
    const begin = unit === 'byte' ? end - 1 : beginOfCodePoint(value, end);
    const raised = raise(value.subarray(begin, end), unit);
    if (raised !== undefined) {
      const bound = new Uint8Array(begin + raised.length);
      bound.set(value.subarray(0, begin));
      bound.set(raised, begin);
      return bound;
    }
    end = begin;
  }
  return undefined;
}

function endOf(value: Uint8Array, unit: BoundUnit, units: number): number {
  if (unit === 'byte') return Math.min(units, value.length);
  let seen = 0;
  for (let at = 0; at < value.length; at += 1) {
    if (isContinuation(value[at])) continue;
    if (seen === units) return at;
    seen += 1;
  }
  return value.length;
}

function beginOfCodePoint(value: Uint8Array, end: number): number {
  let begin = end - 1;
  while (begin > 0 && isContinuation(value[begin])) begin -= 1;
  return begin;
}

function isContinuation(byte: number | undefined): boolean {
  return ((byte ?? 0) & 0xc0) === 0x80;
}

/** The unit after this one; undefined after the last. */
function raise(last: Uint8Array, unit: BoundUnit): Uint8Array | undefined {
  if (unit === 'byte') {
    const byte = last[0] ?? 0xff;
    return byte === 0xff ? undefined : Uint8Array.of(byte + 1);
  }
  const codePoint = fromUtf8.decode(last).codePointAt(0) ?? LAST_CODE_POINT;
  if (codePoint === LAST_CODE_POINT) return undefined;
  const next = codePoint === BEFORE_SURROGATES ? AFTER_SURROGATES : codePoint + 1;
  return toUtf8.encode(String.fromCodePoint(next));
}

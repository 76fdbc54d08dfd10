/** Owns the one form in bytes of a key that is at hand as values; the scanner writes the same form. */
import type { ColumnType } from './column-type.js';
import { parseNumeral, plainText } from './number-text.js';

/** A key attribute's value: text of S, N and hashes, bytes of B. */
export type KeyValue = string | Uint8Array;

const encoder = new TextEncoder();

/**
 * The letter of each value's type, its length (LEB128), and its bytes; see `KeyWriter`. Law: the
 * bytes that the scanner gives a key's item are those of the row it became.
 */
export function keyBytes(types: readonly ColumnType[], values: readonly KeyValue[]): Uint8Array {
  const parts = values.map((value, index) => partOf(types[index] as ColumnType, value));
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

function partOf(type: ColumnType, value: KeyValue): Uint8Array {
  if (typeof value !== 'string') return lettered('B', value);
  return type.kind === 'string' || type.kind === 'hash'
    ? lettered('S', encoder.encode(value))
    : lettered('N', encoder.encode(plain(value)));
}

function plain(text: string): string {
  const numeral = parseNumeral(text);
  return numeral === undefined ? text : plainText(numeral);
}

function lettered(letter: string, content: Uint8Array): Uint8Array {
  const head = [letter.charCodeAt(0)];
  let length = content.length;
  for (; length >= 0x80; length >>>= 7) head.push((length & 0x7f) | 0x80);
  head.push(length);
  const bytes = new Uint8Array(head.length + content.length);
  bytes.set(head);
  bytes.set(content, head.length);
  return bytes;
}

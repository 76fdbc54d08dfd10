/** Owns the one text of an attribute value: equal values have equal text, different ones different. */
import type { AttributeValue, Item } from '../export/attribute-value.js';
import { parseNumeral, plainText } from './number-text.js';

/** Makes the 64 hexadecimal digits that stand for a value in a column of hashes. */
export type HashValue = (value: AttributeValue) => string;

/**
 * The value as DynamoDB JSON without blanks: members of maps by name and elements of sets in the
 * order of their UTF-8 bytes, numbers without exponent or any zero that says nothing.
 */
export function canonicalText(value: AttributeValue): string {
  if ('S' in value) return `{"S":${JSON.stringify(value.S)}}`;
  if ('N' in value) return `{"N":${JSON.stringify(plainNumber(value.N))}}`;
  if ('M' in value) return `{"M":${canonicalMap(value.M)}}`;
  if ('L' in value) return `{"L":[${value.L.map(canonicalText).join(',')}]}`;
  if ('SS' in value) return JSON.stringify({ SS: [...value.SS].sort(byCodePoint) });
  if ('NS' in value) return JSON.stringify({ NS: value.NS.map(plainNumber).sort(byCodePoint) });
  if ('BS' in value) return JSON.stringify({ BS: [...value.BS].sort(byCodePoint) });
  return JSON.stringify(value);
}

/** Put together as text at once: whole tables go through here. */
function canonicalMap(map: Item): string {
  const names = Object.keys(map).sort(byCodePoint);
  let members = '';
  for (const name of names) {
    const value = map[name];
    if (value === undefined) continue;
    members += `${members === '' ? '' : ','}${JSON.stringify(name)}:${canonicalText(value)}`;
  }
  return `{${members}}`;
}

/** What is written plainly already: no zero that says nothing, no exponent. */
const PLAIN = /^-?(?:[1-9]\d*(?:\.\d*[1-9])?|0\.\d*[1-9])$/;

function plainNumber(text: string): string {
  if (PLAIN.test(text)) return text;
  const numeral = parseNumeral(text);
  const isOdd = numeral === undefined || Math.abs(numeral.exponent) > MAX_EXPONENT;
  return isOdd ? text : plainText(numeral);
}

/** Twice DynamoDB's own bound, which is 1E-130 to 9.9E+125 (ServiceQuotas.html, Number). */
const MAX_EXPONENT = 300;

/** As UTF-8's bytes and other languages order text; JavaScript's own order differs past U+FFFF. */
function byCodePoint(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const [a, b] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (a === b) continue;
    return isSurrogate(a) || isSurrogate(b) ? byLetter(left, right) : a - b;
  }
  return left.length - right.length;
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function byLetter(left: string, right: string): number {
  const [a, b] = [Array.from(left), Array.from(right)];
  for (const [index, letter] of a.entries()) {
    const other = b[index];
    if (other === undefined) return 1;
    const difference = (letter.codePointAt(0) ?? 0) - (other.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

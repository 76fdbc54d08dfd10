/** Owns the size of an item as DynamoDB counts it (developerguide/CapacityUnitCalculations.html). */
import type { AttributeValue, Item } from '../../export/attribute-value.js';

/** Bytes of names and values together. */
export function itemSizeBytes(item: Item): number {
  let sizeBytes = 0;
  for (const [name, value] of Object.entries(item)) {
    sizeBytes += Buffer.byteLength(name) + valueSizeBytes(value);
  }
  return sizeBytes;
}

function valueSizeBytes(value: AttributeValue): number {
  if ('S' in value) return Buffer.byteLength(value.S);
  if ('N' in value) return numberSizeBytes(value.N);
  if ('B' in value) return Buffer.byteLength(value.B, 'base64');
  if ('SS' in value) return sum(value.SS, (text) => Buffer.byteLength(text));
  if ('NS' in value) return sum(value.NS, numberSizeBytes);
  if ('BS' in value) return sum(value.BS, (bytes) => Buffer.byteLength(bytes, 'base64'));
  if ('L' in value) return 3 + sum(value.L, (element) => 1 + valueSizeBytes(element));
  if ('M' in value) return 3 + Object.keys(value.M).length + itemSizeBytes(value.M);
  return 1;
}

/** A byte for every two significant digits, and one more. */
function numberSizeBytes(digits: string): number {
  const significant = digits.replaceAll(/[-.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return 1 + Math.ceil(significant.length / 2) + (digits.startsWith('-') ? 1 : 0);
}

function sum<T>(values: readonly T[], sizeOf: (value: T) => number): number {
  return values.reduce((total, value) => total + sizeOf(value), 0);
}

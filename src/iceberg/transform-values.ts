/**
 * Owns what Iceberg's transforms make of single values.
 *
 * Source: https://iceberg.apache.org/spec/#partition-transforms and its Appendix B.
 */
import { murmur3 } from './murmur3.js';

/** The bucket of text in UTF-8, or of bytes: from 0 to `buckets` (exclusive). */
export function bucketOfBytes(bytes: Uint8Array, buckets: number): number {
  return (murmur3(bytes) & 0x7fffffff) % buckets;
}

const LONG = new DataView(new ArrayBuffer(8));
const LONG_BYTES = new Uint8Array(LONG.buffer);

/** The bucket of an integer of 64 bits. */
export function bucketOfLong(value: bigint, buckets: number): number {
  LONG.setBigInt64(0, value, true);
  return bucketOfBytes(LONG_BYTES, buckets);
}

/** The bucket of a decimal, by its unscaled value. */
export function bucketOfDecimal(unscaled: bigint, buckets: number): number {
  return bucketOfBytes(shortestBytes(unscaled), buckets);
}

/** The first `width` characters (code points) of text in UTF-8. */
export function truncatedText(text: Uint8Array, width: number): Uint8Array {
  let characters = 0;
  for (let at = 0; at < text.length; at++) {
    const isFirst = ((text[at] as number) & 0xc0) !== 0x80;
    if (isFirst && ++characters > width) return text.subarray(0, at);
  }
  return text;
}

/** The largest multiple of `width` that is not above `value`. */
export function truncatedNumber(value: bigint, width: bigint): bigint {
  return value - (((value % width) + width) % width);
}

/** Two's complement with the highest byte first, in as few bytes as hold it: at least one. */
export function shortestBytes(value: bigint): Uint8Array {
  let length = 1;
  while (BigInt.asIntN(8 * length, value) !== value) length++;
  return fixedBytes(value, length);
}

/** Two's complement with the highest byte first. */
export function fixedBytes(value: bigint, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let rest = value;
  for (let at = length - 1; at >= 0; at--) {
    bytes[at] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

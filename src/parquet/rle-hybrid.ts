/**
 * Owns Parquet's hybrid of run lengths and packed bits, for levels and dictionary indices.
 *
 * Source: apache/parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid". Packed
 * runs come in groups of eight; only the last group of all may be padded.
 */
import type { GrowingBytes } from './growing-bytes.js';

/** How many bits the numbers 0 to `largest` need. */
export function bitWidthOf(largest: number): number {
  return 32 - Math.clz32(largest);
}

/** The hybrid of `count` equal values: a single run. */
export function pushRun(out: GrowingBytes, value: number, count: number, bitWidth: number): void {
  if (count === 0) return;
  out.pushVarint(count * 2);
  for (let bits = 0; bits < bitWidth; bits += 8) out.pushByte(value >>> bits);
}

/** The hybrid of `values` from `from` to `to` (exclusive), each of at most 16 bits. */
export function pushHybrid(
  out: GrowingBytes,
  values: Uint8Array | Uint16Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  let packedFrom = from;
  let at = from;
  while (at + 8 <= to) {
    const value = values[at] as number;
    let end = at + 1;
    while (end < to && values[end] === value) end += 1;
    if (end - at < 8) {
      at += 8;
      continue;
    }
    pushPacked(out, values, packedFrom, at, bitWidth);
    pushRun(out, value, end - at, bitWidth);
    packedFrom = at = end;
  }
  pushPacked(out, values, packedFrom, to, bitWidth);
}

function pushPacked(
  out: GrowingBytes,
  values: Uint8Array | Uint16Array,
  from: number,
  to: number,
  bitWidth: number,
): void {
  if (from === to) return;
  const groups = Math.ceil((to - from) / 8);
  out.pushVarint(groups * 2 + 1);
  out.reserve(groups * bitWidth);
  const bytes = out.bytes;
  let at = out.length;
  const end = at + groups * bitWidth;
  let held = 0;
  let heldBits = 0;
  for (let each = from; each < to; each += 1) {
    held |= (values[each] as number) << heldBits;
    heldBits += bitWidth;
    while (heldBits >= 8) {
      bytes[at] = held;
      at += 1;
      held >>>= 8;
      heldBits -= 8;
    }
  }
  // The buffer is used again: the padding has to be written.
  while (at < end) {
    bytes[at] = held;
    at += 1;
    held = 0;
  }
  out.length = end;
}

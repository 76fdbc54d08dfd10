/** Owns the decoding of base64 from bytes to bytes. */

const PAD = 0x3d;
const INVALID = 255;
const VALUES = new Uint8Array(256).fill(INVALID);
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
for (let value = 0; value < 64; value++) VALUES[LETTERS.charCodeAt(value)] = value;

/**
 * Decodes the bytes from `start` to `end` (exclusive) into `into` from `at` on, which has room for
 * three bytes for every four. Answers where the decoded bytes end; -1 for base64 that encoding them
 * would not give back: unpadded, or with stray bits in its last letter.
 */
export function decodeBase64(
  bytes: Uint8Array,
  start: number,
  end: number,
  into: Uint8Array,
  at: number,
): number {
  if (end === start) return at;
  if ((end - start) % 4 !== 0) return -1;
  const last = end - 4;
  let seen = 0;
  for (let from = start; from < last; from += 4) {
    const a = VALUES[bytes[from] as number] as number;
    const b = VALUES[bytes[from + 1] as number] as number;
    const c = VALUES[bytes[from + 2] as number] as number;
    const d = VALUES[bytes[from + 3] as number] as number;
    seen |= a | b | c | d;
    into[at] = (a << 2) | (b >> 4);
    into[at + 1] = (b << 4) | (c >> 2);
    into[at + 2] = (c << 6) | d;
    at += 3;
  }
  return seen > 63 ? -1 : decodeLast(bytes, last, into, at);
}

function decodeLast(bytes: Uint8Array, from: number, into: Uint8Array, at: number): number {
  const pads = bytes[from + 3] !== PAD ? 0 : bytes[from + 2] !== PAD ? 1 : 2;
  const a = VALUES[bytes[from] as number] as number;
  const b = VALUES[bytes[from + 1] as number] as number;
  const c = pads === 2 ? 0 : (VALUES[bytes[from + 2] as number] as number);
  const d = pads > 0 ? 0 : (VALUES[bytes[from + 3] as number] as number);
  if ((a | b | c | d) > 63) return -1;
  const stray = pads === 2 ? b & 0x0f : pads === 1 ? c & 0x03 : 0;
  if (stray !== 0) return -1;
  into[at++] = (a << 2) | (b >> 4);
  if (pads < 2) into[at++] = (b << 4) | (c >> 2);
  if (pads < 1) into[at++] = (c << 6) | d;
  return at;
}

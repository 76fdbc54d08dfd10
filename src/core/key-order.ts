/** Owns the order of object keys: by their UTF-8 bytes, as S3 lists them. */

/**
 * Negative, zero or positive as `left` sorts before, with or after `right` by UTF-8 bytes.
 *
 * JavaScript compares UTF-16 units, which puts U+E000–U+FFFF after the characters beyond U+FFFF;
 * UTF-8 puts them before, so surrogates are ranked above every other unit.
 */
export function compareKeys(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return rank(a) - rank(b);
  }
  return left.length - right.length;
}

function rank(unit: number): number {
  const surrogate = unit >= 0xd800 && unit <= 0xdfff;
  return surrogate ? unit + 0x10000 : unit;
}

/** Owns the types to which a user may pin a column, and their text. */
import type { ColumnType } from './column-type.js';
import { MAX_DIGITS } from './number-text.js';

/** What may stand for a pinned type, in words. */
export const PINNED_FORM =
  'string, long, boolean, binary, json, or decimal(p,s) with p from 1 to 38 and s from 0 to p';

const PLAIN = ['string', 'long', 'boolean', 'binary', 'json'] as const;

/** The type that `text` names; undefined when it names none of {@link PINNED_FORM}. */
export function parsePinnedType(text: string): ColumnType | undefined {
  const kind = PLAIN.find((each) => each === text);
  if (kind !== undefined) return { kind };
  const [, p, s] = /^decimal\( *(\d{1,2}) *, *(\d{1,2}) *\)$/.exec(text) ?? [];
  const [precision, scale] = [Number(p), Number(s)];
  const isDecimal = precision >= 1 && precision <= MAX_DIGITS && scale <= precision;
  return isDecimal ? { kind: 'decimal', integerDigits: precision - scale, scale } : undefined;
}

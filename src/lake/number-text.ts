/** Owns exact arithmetic on DynamoDB's numbers as text: their digits, their size, their one plain form. */

/** A number as ±`digits` × 10^`exponent`; `digits` has no zero at either end and is '' for zero. */
export interface Numeral {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

/** How many digits a number needs before and after its decimal point. */
export interface NumberShape {
  readonly integerDigits: number;
  readonly scale: number;
}

/** The most digits DynamoDB gives a number, and the most a DECIMAL holds. */
export const MAX_DIGITS = 38;

const NUMERAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,6}))?$/;
const LONG_MAX = 9223372036854775807n;
const LONG_MIN = -9223372036854775808n;

/** Reads any decimal notation; undefined when `text` is no number. */
export function parseNumeral(text: string): Numeral | undefined {
  const match = NUMERAL.exec(text);
  if (match === null) return undefined;
  const [, sign, integer = '', fraction = '', exponent = '0'] = match;
  const all = integer + fraction;
  if (all === '') return undefined;
  const digits = all.replace(/^0+/, '');
  const trimmed = withoutEndZeros(digits);
  return {
    negative: sign === '-',
    digits: trimmed,
    exponent:
      trimmed === '' ? 0 : Number(exponent) - fraction.length + (digits.length - trimmed.length),
  };
}

/** By a loop, since /0+$/ takes quadratic time on zeros that are not at the end. */
function withoutEndZeros(digits: string): string {
  let end = digits.length;
  while (digits[end - 1] === '0') end--;
  return digits.slice(0, end);
}

/** The digits `numeral` needs; zero needs one. */
export function shapeOf({ digits, exponent }: Numeral): NumberShape {
  return {
    integerDigits: Math.max(digits === '' ? 1 : 0, digits.length + exponent),
    scale: Math.max(0, -exponent),
  };
}

/** The number without exponent, `+`, or any zero that says nothing; `-0` becomes `0`. */
export function plainText({ negative, digits, exponent }: Numeral): string {
  if (digits === '') return '0';
  const point = digits.length + exponent;
  const sign = negative ? '-' : '';
  if (exponent >= 0) return sign + digits + '0'.repeat(exponent);
  if (point > 0) return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
  return `${sign}0.${'0'.repeat(-point)}${digits}`;
}

/** Whether a signed 64-bit integer holds it. */
export function fitsLong(numeral: Numeral): boolean {
  const { integerDigits, scale } = shapeOf(numeral);
  if (scale > 0 || integerDigits > 19) return false;
  if (integerDigits < 19) return true;
  const value = BigInt(plainText(numeral));
  return value >= LONG_MIN && value <= LONG_MAX;
}

/** Whether a decimal of this shape holds it without rounding. */
export function fitsShape(numeral: Numeral, room: NumberShape): boolean {
  const { integerDigits, scale } = shapeOf(numeral);
  const isZero = numeral.digits === '';
  return (isZero || integerDigits <= room.integerDigits) && scale <= room.scale;
}

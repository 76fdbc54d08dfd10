/** Owns the choice of a number column's type: the narrowest that is exact for what was seen. */
import type { ColumnType } from './column-type.js';
import type { NumberEvidence } from './evidence.js';
import { MAX_DIGITS, type NumberShape } from './number-text.js';

/** What becomes of the numbers of a column, and of a key's. */
export interface NumberRules {
  /** Undefined when no number was seen that the type would be for. */
  number(previous: ColumnType | undefined, evidence: NumberEvidence): ColumnType | undefined;
  key(previous: ColumnType | undefined, evidence: NumberEvidence): ColumnType | undefined;
}

interface SeenShape extends NumberShape {
  readonly count: number;
}

/** An integer of 64 bits has at most this many digits. */
const LONG_SHAPE: NumberShape = { integerDigits: 19, scale: 0 };
const NO_DIGITS: NumberShape = { integerDigits: 0, scale: 0 };

/**
 * Where a column once made keeps its type for good: a long if every number is one, else a decimal
 * of 38 digits where that is exact for all, else text.
 */
export const FIXED: NumberRules = { number: settleFixedNumber, key: settleFixedNumber };

function settleFixedNumber(
  previous: ColumnType | undefined,
  evidence: NumberEvidence,
): ColumnType | undefined {
  if (previous !== undefined) return previous;
  const shapes = seenShapes(evidence);
  if (evidence.beyondDecimal > 0) return { kind: 'numeral' };
  if (shapes.length === 0) return undefined;
  if (areLongs(shapes, evidence)) return { kind: 'long' };
  const integerDigits = Math.max(...shapes.map((shape) => shape.integerDigits));
  const scale = Math.max(...shapes.map((shape) => shape.scale));
  if (integerDigits + scale > MAX_DIGITS) return { kind: 'numeral' };
  return { kind: 'decimal', integerDigits: MAX_DIGITS - scale, scale };
}

/** Where the files of a table need not agree: the narrowest type, which widens as numbers need it. */
export const WIDENING: NumberRules = { number: settleNumber, key: settleKeyNumber };

/**
 * The type for the numbers of `evidence`, never narrower than `previous`; undefined when no number
 * was seen that a decimal holds. Where 38 digits are too few for all, the decimal that holds most.
 */
function settleNumber(
  previous: ColumnType | undefined,
  evidence: NumberEvidence,
): ColumnType | undefined {
  const shapes = seenShapes(evidence);
  if (shapes.length === 0) return previous;
  if (previous?.kind !== 'decimal' && areLongs(shapes, evidence)) return { kind: 'long' };
  const floor = floorOf(previous);
  const integerDigits = Math.max(
    floor.integerDigits,
    ...shapes.map((shape) => shape.integerDigits),
  );
  const scale = Math.max(floor.scale, ...shapes.map((shape) => shape.scale));
  if (integerDigits + scale <= MAX_DIGITS) return { kind: 'decimal', integerDigits, scale };
  return { kind: 'decimal', ...widestOf(floor, shapes) };
}

/** The type for a key's numbers: as {@link settleNumber}, or text unless all of them are exact. */
function settleKeyNumber(
  previous: ColumnType | undefined,
  evidence: NumberEvidence,
): ColumnType | undefined {
  if (previous?.kind === 'numeral' || evidence.beyondDecimal > 0) return { kind: 'numeral' };
  const settled = settleNumber(previous, evidence);
  if (settled?.kind !== 'decimal') return settled;
  const fitsAll = seenShapes(evidence).every(
    (shape) => shape.integerDigits <= settled.integerDigits && shape.scale <= settled.scale,
  );
  return fitsAll ? settled : { kind: 'numeral' };
}

function areLongs(shapes: readonly SeenShape[], { beyondLong }: NumberEvidence): boolean {
  return (
    beyondLong === 0 && shapes.every((shape) => shape.scale === 0 && shape.integerDigits <= 19)
  );
}

function floorOf(previous: ColumnType | undefined): NumberShape {
  if (previous?.kind === 'long') return LONG_SHAPE;
  return previous?.kind === 'decimal' ? previous : NO_DIGITS;
}

function widestOf(floor: NumberShape, shapes: readonly SeenShape[]): NumberShape {
  let best: NumberShape = floor;
  let bestCount = -1;
  for (let scale = floor.scale; scale <= MAX_DIGITS - floor.integerDigits; scale++) {
    const integerDigits = MAX_DIGITS - scale;
    const held = shapes
      .filter((shape) => shape.integerDigits <= integerDigits && shape.scale <= scale)
      .reduce((sum, shape) => sum + shape.count, 0);
    if (held > bestCount) {
      best = { integerDigits, scale };
      bestCount = held;
    }
  }
  return best;
}

function seenShapes(evidence: NumberEvidence): readonly SeenShape[] {
  return [...evidence.shapes].map(([shape, count]) => {
    const [integerDigits, scale] = shape.split('.');
    return { integerDigits: Number(integerDigits), scale: Number(scale), count };
  });
}

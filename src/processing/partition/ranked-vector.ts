/** Owns finding a slot's value in a vector, whose values lie densely. */
import type { Vector } from '../../parquet/vector.js';

/** A vector that can be asked for any slot's value. */
export interface RankedVector {
  readonly vector: Vector;
  /** For each slot that has a value, its place among the values; undefined when all have one. */
  readonly ranks: Int32Array | undefined;
  /** Of a list's element, or of a struct's fields. */
  readonly nested: readonly RankedVector[];
}

export function rankedVector(vector: Vector): RankedVector {
  return { vector, ranks: ranksOf(vector), nested: nestedIn(vector).map(rankedVector) };
}

function ranksOf({ length, values, valid }: Vector): Int32Array | undefined {
  if (values === length) return undefined;
  const ranks = new Int32Array(length);
  let rank = 0;
  for (let slot = 0; slot < length; slot++) {
    ranks[slot] = rank;
    rank += valid[slot] as number;
  }
  return ranks;
}

function nestedIn(vector: Vector): readonly Vector[] {
  if (vector.kind === 'list') return [vector.element];
  return vector.kind === 'struct' ? vector.fields : [];
}

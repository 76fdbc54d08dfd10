/** Owns chance that a seed reproduces. */
import { assert } from '../../core/assert.js';

/** Draws that depend on nothing but the seed and the draws before. */
export interface Chance {
  /** In [0, 1). */
  fraction(): number;
  /** A whole number from `low` to `high`, both inclusive. */
  whole(low: number, high: number): number;
  /** True once in `times` draws, on average. */
  oneIn(times: number): boolean;
  /** One of `choices`, which must not be empty. */
  pick<T>(choices: readonly T[]): T;
  /** `count` random decimal digits, the first not 0. */
  digits(count: number): string;
}

/** The generator mulberry32: one 32-bit word of state, good enough to look random. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  const fraction = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (low: number, high: number): number =>
    low + Math.floor(fraction() * (high - low + 1));
  return {
    fraction,
    whole,
    oneIn: (times) => whole(1, times) === 1,
    pick: (choices) => {
      const chosen = choices[whole(0, choices.length - 1)];
      assert(chosen !== undefined, 'there is something to pick from');
      return chosen;
    },
    digits: (count) =>
      Array.from({ length: count }, (_, place) => whole(place === 0 ? 1 : 0, 9)).join(''),
  };
}

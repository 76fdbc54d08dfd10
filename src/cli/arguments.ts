/** Owns the reading of numbers on the command line. */
import { InvalidArgumentError } from 'commander';

/** Reads whole numbers from `min` to `max`, both inclusive. */
export function integerArgument(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}`);
  };
}

/** Reads numbers above zero, up to `max`. */
export function rateArgument(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== '' && value > 0 && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number above 0, up to ${max}`);
  };
}

/** Reads a port; 0 stands for any free one. */
export const portArgument = integerArgument(0, 65_535);

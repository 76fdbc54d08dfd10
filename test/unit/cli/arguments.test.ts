/** Owns the check of numbers on the command line. */
import { expect, test } from '@jest/globals';
import { integerArgument, portArgument, rateArgument } from '../../../src/cli/arguments.js';

test.each(['0', '61', '1.5', '-1', '', 'ten', '1e1', ' 1'])('a minute cannot last %p', (text) => {
  expect(() => integerArgument(1, 60)(text)).toThrow('It must be a whole number from 1 to 60');
});

test('bounds are inclusive', () => {
  expect([integerArgument(1, 60)('1'), integerArgument(1, 60)('60')]).toEqual([1, 60]);
  expect([portArgument('0'), portArgument('65535')]).toEqual([0, 65_535]);
  expect(() => portArgument('65536')).toThrow('from 0 to 65535');
});

test('a rate may be less than one a second', () => {
  expect(rateArgument(1000)('0.2')).toBe(0.2);
  for (const text of ['0', '-1', '1001', 'fast', ' ']) {
    expect(() => rateArgument(1000)(text)).toThrow('It must be a number above 0, up to 1000');
  }
});

/** Owns the check of how tables are spread over the moments after a boundary. */
import { expect, test } from '@jest/globals';
import { staggerOf } from '../../../src/config/stagger-of.js';

const table = { region: 'eu-west-1', tableName: 'orders', windowSeconds: 900 };

test('a thousand tables are spread over a minute of fifteen, each always at the same second', () => {
  const seconds = Array.from({ length: 1000 }, (_table, n) => {
    const one = { ...table, tableName: `orders-${n}` };
    expect(staggerOf(one)).toEqual(staggerOf(one));
    return staggerOf(one).staggerSeconds!;
  });
  const perSecond = Array<number>(60).fill(0);
  for (const second of seconds) perSecond[second]! += 1;
  // Of 17 on average, about as chance has it.
  expect(Math.min(...perSecond)).toBeGreaterThan(3);
  expect(Math.max(...perSecond)).toBeLessThan(40);
});

test.each([3600, 86_400])('over less than five minutes of windows of %d s', (windowSeconds) => {
  for (let n = 0; n < 1000; n++) {
    const { staggerSeconds } = staggerOf({ ...table, tableName: `orders-${n}`, windowSeconds });
    expect(staggerSeconds).toBeLessThan(300);
  }
});

test('never where a freshness is asked for, nor in windows of seconds', () => {
  expect(staggerOf({ ...table, freshnessSeconds: 600 })).toEqual({});
  expect(staggerOf({ ...table, windowSeconds: 10 })).toEqual({});
});

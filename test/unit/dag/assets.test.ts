/** Owns examples of asset conditions. */
import { expect, test } from '@jest/globals';
import { and, asset, assetsOf, assetsReady, lake, or } from '../../../src/dag/index.js';

const condition = and(lake('orders'), or(asset('prices'), lake('rates')));

test.each([
  [[], false],
  [['lake/orders'], false],
  [['prices', 'lake/rates'], false],
  [['lake/orders', 'prices'], true],
  [['lake/orders', 'lake/rates'], true],
])('after updates of %j it is due: %s', (updated, due) => {
  expect(assetsReady(condition, new Set(updated))).toBe(due);
});

test('names each asset once', () => {
  expect(assetsOf(and(condition, asset('prices')))).toEqual([
    'lake/orders',
    'prices',
    'lake/rates',
  ]);
});

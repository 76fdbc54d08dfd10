/** Owns how large maps are cut into shards. */
import { expect, test } from '@jest/globals';
import { shardsOf } from '../../../../src/dag/engine/shard-plan.js';

const map = (maxActive: number, shardSize?: number) => ({
  over: [],
  limit: 10_000,
  offset: 0,
  maxActive,
  ...(shardSize === undefined ? {} : { shardSize }),
});

test.each([
  ['few items run one by one', map(16), 500, 100, undefined],
  ['many are cut by 500', map(16), 501, 100, { size: 500, atOnce: 1, maxActive: 16 }],
  [
    'a wide window is spread over shards',
    map(200),
    10_000,
    1_000,
    { size: 500, atOnce: 4, maxActive: 50 },
  ],
  ['the run has its own limit', map(200), 10_000, 10, { size: 500, atOnce: 1, maxActive: 10 }],
  ['an author may cut finer', map(16, 100), 200, 100, { size: 100, atOnce: 1, maxActive: 16 }],
])('%s', (_what, spec, count, maxActiveTasks, plan) => {
  expect(shardsOf(spec, count, maxActiveTasks)).toEqual(plan);
});

/** Owns the tests of a pool's decisions, case by case; its laws are in test/property. */
import { describe, expect, test } from '@jest/globals';
import type { PoolRequest } from '../../../src/scheduling/pool-messages.js';
import {
  acquired,
  emptyPool,
  freed,
  holdersOf,
  knownIn,
  released,
  resized,
  toldOf,
  untold,
  viewPool,
  type PoolState,
} from '../../../src/scheduling/pool-state.js';

const ask = (leaseId: string, more: Partial<PoolRequest> = {}): PoolRequest => ({
  leaseId,
  holder: 'run',
  slots: 1,
  priority: 1,
  label: `task ${leaseId}`,
  ...more,
});
const poolOf = (slots: number, ...requests: PoolRequest[]): PoolState =>
  requests.reduce(acquired, resized(emptyPool(), slots));
const leased = ({ leases }: PoolState): string[] => leases.map(({ leaseId }) => leaseId);
const queued = ({ queue }: PoolState): string[] => queue.map(({ leaseId }) => leaseId);

describe('the order of service', () => {
  test('first come, first served, until nothing is free', () => {
    const state = poolOf(2, ask('a'), ask('b'), ask('c'), ask('d'));
    expect([leased(state), queued(state)]).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(leased(released(state, 'a'))).toEqual(['b', 'c']);
  });

  test('a higher priority goes first, behind its equals', () => {
    const high = { priority: 9 };
    const state = poolOf(1, ask('a'), ask('b'), ask('c', high), ask('d', high), ask('e'));
    expect(queued(state)).toEqual(['c', 'd', 'b', 'e']);
  });

  test('a large request is not overtaken by a small one while its slots gather', () => {
    const state = poolOf(3, ask('a', { slots: 2 }), ask('large', { slots: 3 }), ask('small'));
    expect([leased(state), queued(state)]).toEqual([['a'], ['large', 'small']]);
    const then = released(state, 'a');
    expect([leased(then), queued(then)]).toEqual([['large'], ['small']]);
  });

  test('a request for more slots than there are holds back nobody, and says why it waits', () => {
    const state = poolOf(2, ask('a', { slots: 5, priority: 9 }), ask('b'), ask('c'), ask('d'));
    expect(leased(state)).toEqual(['b', 'c']);
    const [first, second] = viewPool('p', state).queue;
    expect(first).toMatchObject({ leaseId: 'd', position: 1 });
    expect(first).not.toHaveProperty('blocked');
    expect(second).toMatchObject({ leaseId: 'a', blocked: "needs 5 of the pool's 2 slots" });
    expect(second).not.toHaveProperty('position');
    const grown = resized(state, 7);
    expect([leased(grown), queued(grown)]).toEqual([['b', 'c', 'a'], ['d']]);
    expect(leased(resized(grown, 8))).toEqual(['b', 'c', 'a', 'd']);
  });
});

describe('resizing', () => {
  test('a pool of which no size is known serves nobody', () => {
    const state = acquired(emptyPool(), ask('a'));
    expect(leased(state)).toEqual([]);
    expect(viewPool('p', state).queue[0]?.blocked).toBe("needs 1 of the pool's 0 slots");
    expect(leased(resized(state, 1))).toEqual(['a']);
  });

  test('a shrunken pool takes nothing away, and serves again once it is below its size', () => {
    const shrunk = resized(poolOf(3, ask('a'), ask('b'), ask('c'), ask('d')), 1);
    expect(viewPool('p', shrunk)).toMatchObject({ slots: 1, used: 3 });
    const two = released(released(shrunk, 'a'), 'b');
    expect([leased(two), queued(two)]).toEqual([['c'], ['d']]);
    expect(leased(released(two, 'c'))).toEqual(['d']);
  });
});

describe('messages that come twice, late or in the wrong order', () => {
  test('asking twice while waiting is asking once', () => {
    const state = poolOf(1, ask('a'), ask('b'), ask('b'));
    expect(queued(state)).toEqual(['b']);
  });

  test('asking for what one holds is answered again', () => {
    const told = toldOf(poolOf(2, ask('a')), 'a', true);
    expect(untold(told)).toEqual([]);
    const again = acquired(told, ask('a'));
    expect([leased(again), untold(again).length]).toEqual([['a'], 1]);
  });

  test('a released request leaves the queue, and what it held back is served', () => {
    const state = poolOf(2, ask('a'), ask('large', { slots: 2 }), ask('b'));
    expect(leased(released(state, 'large'))).toEqual(['a', 'b']);
  });

  test('a release that overtakes its request withdraws it; the next request counts', () => {
    const state = acquired(released(poolOf(1), 'a'), ask('a'));
    expect([leased(state), state.withdrawn]).toEqual([[], []]);
    expect(leased(acquired(state, ask('a')))).toEqual(['a']);
  });

  test('withdrawn leases are remembered once, and not without end', () => {
    let state = released(released(poolOf(1), 'a'), 'a');
    expect(state.withdrawn).toEqual(['a']);
    for (let index = 0; index < 1000; index++) state = released(state, `other ${index}`);
    expect(state.withdrawn).toHaveLength(200);
    expect(state.withdrawn.at(-1)).toBe('other 999');
  });
});

describe('dead holders', () => {
  const dead = { holder: 'dead', holderFirstRunId: '1' };

  test('leave their leases and their place in the queue', () => {
    const state = poolOf(2, ask('a', dead), ask('b'), ask('c', dead), ask('d'));
    const then = freed(state, [dead], knownIn(state));
    expect([leased(then), queued(then)]).toEqual([['b', 'd'], []]);
  });

  test('a later workflow of the same id is another holder', () => {
    const later = { holder: 'dead', holderFirstRunId: '2' };
    const state = poolOf(2, ask('a', dead), ask('b', later));
    expect(holdersOf(state)).toEqual([dead, later]);
    expect(leased(freed(state, [dead], knownIn(state)))).toEqual(['b']);
  });

  test('what was asked for after the look stays', () => {
    const before = poolOf(2, ask('a', { holder: 'again' }));
    const since = acquired(before, ask('b', { holder: 'again' }));
    expect(leased(freed(since, [{ holder: 'again' }], knownIn(before)))).toEqual(['b']);
  });
});

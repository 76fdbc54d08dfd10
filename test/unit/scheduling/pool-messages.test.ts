/** Owns the tests of what a pool makes of the signals it is sent, and of its page. */
import { describe, expect, test } from '@jest/globals';
import {
  readPoolRelease,
  readPoolRequest,
  readPoolSize,
  type PoolRequest,
} from '../../../src/scheduling/pool-messages.js';
import {
  acquired,
  emptyPool,
  resized,
  type PoolState,
} from '../../../src/scheduling/pool-state.js';
import { renderPool } from '../../../src/scheduling/render-pool.js';

const request = { leaseId: 'a', holder: 'run', slots: 2, priority: 0, label: 'copy[3]' };

describe('signals', () => {
  test('are read as what they are, without what else they carry', () => {
    expect(readPoolRequest({ ...request, more: 1 })).toEqual(request);
    const known = { ...request, holderFirstRunId: 'first' };
    expect(readPoolRequest(known)).toEqual(known);
    expect(readPoolSize({ slots: 0 })).toEqual({ slots: 0 });
    expect(readPoolRelease({ leaseId: 'a' })).toEqual({ leaseId: 'a' });
  });

  test.each([
    undefined,
    null,
    'a',
    {},
    { ...request, slots: 0 },
    { ...request, slots: 1.5 },
    { ...request, slots: '2' },
    { ...request, holder: '' },
    { ...request, priority: null },
    { ...request, label: undefined },
  ])('a request that is none is undefined: %j', (value) => {
    expect(readPoolRequest(value)).toBeUndefined();
  });

  test.each([undefined, {}, { slots: -1 }, { slots: Number.NaN }, { slots: '4' }])(
    'a size that is none is undefined: %j',
    (value) => {
      expect(readPoolSize(value)).toBeUndefined();
    },
  );

  test('a release without a lease is undefined', () => {
    expect(readPoolRelease({})).toBeUndefined();
    expect(readPoolRelease(undefined)).toBeUndefined();
  });
});

describe('the page', () => {
  const poolOf = (slots: number, ...requests: PoolRequest[]): PoolState =>
    requests.reduce(acquired, resized(emptyPool(), slots));

  test('of an idle pool is one line', () => {
    expect(renderPool(poolOf(4))).toBe('**0 of 4 slots taken**, 0 waiting');
  });

  test('shows who holds, who waits at which position, and who is blocked', () => {
    const state = poolOf(
      2,
      { ...request, label: 'a | b' },
      { ...request, leaseId: 'b' },
      { ...request, leaseId: 'c', slots: 5 },
    );
    const head = 'Task | Slots | Priority | Workflow |';
    expect(renderPool(state).split('\n')).toEqual([
      '**2 of 2 slots taken**, 1 waiting, **1 blocked**',
      '',
      `| Holds | ${head}`,
      '|---|---|---|---|---|',
      '| ✓ | a \\| b | 2 | 0 | run |',
      '',
      `| Waits at | ${head}`,
      '|---|---|---|---|---|',
      '| 1 | copy[3] | 2 | 0 | run |',
      '',
      `| Blocked | ${head}`,
      '|---|---|---|---|---|',
      "| needs 5 of the pool's 2 slots | copy[3] | 5 | 0 | run |",
    ]);
  });

  test('of a long queue shows its beginning and says how much more there is', () => {
    const asked = Array.from({ length: 81 }, (_, index) => ({
      ...request,
      leaseId: String(index),
    }));
    const page = renderPool(poolOf(2, ...asked));
    expect(page).toContain('80 waiting');
    expect(page).toContain('| 50 | copy[3] |');
    expect(page).not.toContain('| 51 | copy[3] |');
    expect(page).toContain('… and 30 more');
  });
});

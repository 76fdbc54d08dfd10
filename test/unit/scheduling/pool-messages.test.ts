/** Owns the tests of what a pool makes of the signals it is sent, and of its page. */
import { describe, expect, test } from '@jest/globals';
import {
  readPoolRelease,
  readPoolRequest,
  readPoolSize,
  type PoolEntry,
} from '../../../src/scheduling/pool-messages.js';
import { renderPool } from '../../../src/scheduling/render-pool.js';

const request = { leaseId: 'a', holder: 'run', slots: 2, priority: 0, label: 'copy[3]' };
const entry = (index: number): PoolEntry => ({ ...request, leaseId: String(index) });

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
  test('of an idle pool is one line', () => {
    const view = { pool: 'p', slots: 4, used: 0, leases: [], queue: [] };
    expect(renderPool(view)).toBe('**0 of 4 slots taken**, 0 waiting');
  });

  test('shows who holds, who waits at which position, and who is blocked', () => {
    const page = renderPool({
      pool: 'p',
      slots: 2,
      used: 2,
      leases: [{ ...entry(1), label: 'a | b' }],
      queue: [
        { ...entry(2), position: 1 },
        { ...entry(3), slots: 5, blocked: "needs 5 of the pool's 2 slots" },
      ],
    });
    expect(page.split('\n')).toEqual([
      '**2 of 2 slots taken**, 1 waiting, **1 blocked**',
      '',
      '| Holds | Slots | Priority | Workflow |',
      '|---|---|---|---|',
      '| a \\| b | 2 | 0 | run |',
      '',
      '| Position | Waits | Slots | Priority | Workflow |',
      '|---|---|---|---|---|',
      '| 1 | copy[3] | 2 | 0 | run |',
      "| needs 5 of the pool's 2 slots | copy[3] | 5 | 0 | run |",
    ]);
  });

  test('of a long queue shows its beginning and says how much more there is', () => {
    const queue = Array.from({ length: 80 }, (_, index) => ({
      ...entry(index),
      position: index + 1,
    }));
    const page = renderPool({ pool: 'p', slots: 0, used: 0, leases: [], queue });
    expect(page).toContain('| 50 | copy[3] |');
    expect(page).not.toContain('| 51 | copy[3] |');
    expect(page).toContain('… and 30 more');
  });
});

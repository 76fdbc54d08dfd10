/** Owns the laws of pools: any messages, in any order, from holders that may die. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { PoolRequest } from '../../src/scheduling/pool-messages.js';
import {
  acquired,
  emptyPool,
  freed,
  knownIn,
  released,
  resized,
  toldOf,
  untold,
  usedSlots,
  viewPool,
  type PoolState,
} from '../../src/scheduling/pool-state.js';

type Step =
  | { readonly kind: 'acquire'; readonly request: PoolRequest }
  | { readonly kind: 'release'; readonly leaseId: string }
  | { readonly kind: 'resize'; readonly slots: number }
  | { readonly kind: 'die'; readonly holder: string };

const LEASES = 12;
const leaseIds = fc.nat(LEASES - 1).map((index) => `lease ${index}`);
/** The holder and the wishes of a lease are the same however often it is asked for. */
const requests = fc
  .array(
    fc.record({ holder: fc.nat(3), slots: fc.integer({ min: 1, max: 5 }), priority: fc.nat(2) }),
    { minLength: LEASES, maxLength: LEASES },
  )
  .map((wishes) =>
    wishes.map(({ holder, slots, priority }, index): PoolRequest => ({
      leaseId: `lease ${index}`,
      holder: `holder ${holder}`,
      slots,
      priority,
      label: '',
    })),
  );
const scenarios = requests.chain((known) =>
  fc.record({
    slots: fc.integer({ min: 1, max: 6 }),
    steps: fc.array(
      fc.oneof<fc.WeightedArbitrary<Step>[]>(
        {
          weight: 5,
          arbitrary: fc
            .constantFrom(...known)
            .map((request): Step => ({ kind: 'acquire', request })),
        },
        { weight: 4, arbitrary: leaseIds.map((leaseId): Step => ({ kind: 'release', leaseId })) },
        { weight: 1, arbitrary: fc.nat(6).map((slots): Step => ({ kind: 'resize', slots })) },
        {
          weight: 1,
          arbitrary: fc.nat(3).map((holder): Step => ({ kind: 'die', holder: `holder ${holder}` })),
        },
      ),
      { maxLength: 60 },
    ),
  }),
);

function take(state: PoolState, step: Step): PoolState {
  switch (step.kind) {
    case 'acquire':
      return acquired(state, step.request);
    case 'release':
      return released(state, step.leaseId);
    case 'resize':
      return resized(state, step.slots);
    case 'die':
      return freed(state, [{ holder: step.holder }], knownIn(state));
  }
}

/** Calls `each` with the state before and after every step; gives the last state. */
function play(
  slots: number,
  steps: readonly Step[],
  each: (before: PoolState, after: PoolState, step: Step) => void = () => undefined,
): PoolState {
  let state = resized(emptyPool(), slots);
  for (const step of steps) {
    const before = state;
    state = take(before, step);
    each(before, state, step);
  }
  return state;
}

const idsOf = (entries: readonly { readonly leaseId: string }[]): string[] =>
  entries.map(({ leaseId }) => leaseId);
const check = (property: fc.IProperty<[{ slots: number; steps: Step[] }]>): void => {
  fc.assert(property, { numRuns: 500 });
};

describe('a pool', () => {
  test('never lends more than it has, and takes nothing back when it shrinks', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        play(slots, steps, (before, after, step) => {
          const used = usedSlots(after);
          expect(used).toBeLessThanOrEqual(Math.max(after.slots, usedSlots(before)));
          if (step.kind === 'resize') {
            expect(idsOf(after.leases).slice(0, before.leases.length)).toEqual(
              idsOf(before.leases),
            );
          }
        });
      }),
    );
  });

  test('neither loses a request nor grants it twice: one leaves by release or death alone', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        play(slots, steps, (before, after, step) => {
          const all = [...idsOf(after.leases), ...idsOf(after.queue)];
          expect(new Set(all).size).toBe(all.length);
          const kept = [...before.leases, ...before.queue].filter(
            ({ leaseId, holder }) =>
              !(step.kind === 'release' && step.leaseId === leaseId) &&
              !(step.kind === 'die' && step.holder === holder),
          );
          const come =
            step.kind === 'acquire' && !before.withdrawn.includes(step.request.leaseId)
              ? [step.request]
              : [];
          expect(new Set(all)).toEqual(new Set([...idsOf(kept), ...idsOf(come)]));
          const stillLeased = before.leases.filter((lease) => kept.includes(lease));
          expect(idsOf(after.leases)).toEqual(expect.arrayContaining(idsOf(stillLeased)));
        });
      }),
    );
  });

  test('serves by priority, and equals in the order they came', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        const arrival = new Map<string, number>();
        let clock = 0;
        play(slots, steps, (before, after, step) => {
          if (step.kind === 'acquire' && !knownIn(before).has(step.request.leaseId)) {
            arrival.set(step.request.leaseId, clock++);
          }
          const precedes = (a: PoolRequest, b: PoolRequest): boolean =>
            a.priority > b.priority ||
            (a.priority === b.priority && arrival.get(a.leaseId)! < arrival.get(b.leaseId)!);
          const granted = after.leases.filter(
            ({ leaseId }) => !idsOf(before.leases).includes(leaseId),
          );
          // Whoever still waits and could be served stands behind all that were served now.
          for (const waiting of after.queue.filter((entry) => entry.slots <= after.slots)) {
            for (const lease of granted) expect(precedes(lease, waiting)).toBe(true);
          }
        });
      }),
    );
  });

  test('holds nobody back who could be served: whoever is at position 1 does not fit', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        play(slots, steps, (_, after) => {
          const [first] = viewPool('p', after).queue;
          if (first?.position === undefined) return;
          expect(first.slots).toBeGreaterThan(after.slots - usedSlots(after));
        });
      }),
    );
  });

  test('serves every request that fits it once the others release', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        let state = play(slots, steps);
        const waiting = state.queue.filter((request) => request.slots <= state.slots);
        const served: string[] = [];
        while (state.leases.length > 0) {
          const [oldest] = state.leases;
          served.push(oldest!.leaseId);
          state = released(state, oldest!.leaseId);
        }
        expect(served).toEqual(expect.arrayContaining(idsOf(waiting)));
        expect(state.queue.every((request) => request.slots > state.slots)).toBe(true);
      }),
    );
  });

  test('keeps nothing of a dead holder', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        play(slots, steps, (_, after, step) => {
          if (step.kind !== 'die') return;
          const holders = [...after.leases, ...after.queue].map(({ holder }) => holder);
          expect(holders).not.toContain(step.holder);
        });
      }),
    );
  });

  test('tells of each lease that it grants, until it is told', () => {
    check(
      fc.property(scenarios, ({ slots, steps }) => {
        let state = play(slots, steps, (before, after) => {
          const known = idsOf(before.leases);
          const granted = after.leases.filter(({ leaseId }) => !known.includes(leaseId));
          expect(untold(after)).toEqual(expect.arrayContaining(granted));
        });
        for (const { leaseId } of state.leases) {
          expect(idsOf(untold(state))).toContain(leaseId);
          state = toldOf(state, leaseId, true);
          expect(idsOf(untold(state))).not.toContain(leaseId);
        }
      }),
    );
  });
});

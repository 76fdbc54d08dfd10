/** Owns the laws of exports that may overlap: lawful for the service, windows without gap, none before the base. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { addSeconds, instantOfSeconds, secondsBetween } from '../../src/core/instant.js';
import { nextExport } from '../../src/core/next-export.js';
import { AWS_LIMITS } from '../../src/core/service-limits.js';

const { minWindowSeconds, maxWindowSeconds } = AWS_LIMITS;
const plan = fc.record({
  floor: fc.integer({ min: 1_764_000_000, max: 1_764_100_000 }),
  /** Seconds since the base at which the windows have got to. */
  followed: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 200_000 })),
  /** How far the present is from there. */
  behind: fc.integer({ min: -100_000, max: 1_000_000 }),
  step: fc.oneof(
    fc.constantFrom(60, 300, 900, 86_400),
    fc.integer({ min: 1, max: maxWindowSeconds }),
  ),
});

test('each export is one that the service takes, of a window that follows the last', () => {
  fc.assert(
    fc.property(plan, ({ floor, followed, behind, step }) => {
      const base = instantOfSeconds(floor);
      const after = addSeconds(base, followed);
      const now = addSeconds(after, behind);
      const { window, exportFrom } = nextExport({
        after,
        floor: base,
        now,
        stepSeconds: step,
        limits: AWS_LIMITS,
      });
      const from = exportFrom ?? window.from;
      const seconds = secondsBetween(from, window.to);
      expect(window.from).toBe(after);
      expect(seconds).toBeGreaterThanOrEqual(minWindowSeconds);
      expect(seconds).toBeLessThanOrEqual(maxWindowSeconds);
      expect(from >= base && from <= after && window.to > after).toBe(true);
      // No longer an overlap than there has to be.
      if (exportFrom !== undefined) expect(seconds).toBe(minWindowSeconds);
    }),
  );
});

test('a backlog takes as few exports as days, and one for what is left', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 34 }),
      fc.constantFrom(60, 300, 900, 3600),
      (days, stepSeconds) => {
        const floor = instantOfSeconds(1_764_000_000);
        const now = addSeconds(floor, days * maxWindowSeconds);
        let after = floor;
        let exports = 0;
        for (; after < now; exports++) {
          after = nextExport({ after, floor, now, stepSeconds, limits: AWS_LIMITS }).window.to;
        }
        expect([after, exports]).toEqual([now, days]);
      },
    ),
  );
});

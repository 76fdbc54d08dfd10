/** Owns the laws of windows: they tile time, `[from, to)`, whatever the clock does. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextWindow, windowLength } from '../../src/core/export-window.js';
import { instantOfSeconds, secondsOf } from '../../src/core/instant.js';
import { AWS_LIMITS, scaledLimits } from '../../src/core/service-limits.js';

const START = 1_764_000_000;
const limitsOf = fc.constantFrom(1, 5, 60).map((minute) => scaledLimits(AWS_LIMITS, minute));

/** A sync's days: settings, a start that need not be aligned, and gaps between its wake-ups. */
const lives = limitsOf.chain((limits) =>
  fc.record({
    limits: fc.constant(limits),
    windowSeconds: fc.oneof(
      fc.constant(limits.minWindowSeconds),
      fc.integer({ min: limits.minWindowSeconds, max: limits.maxWindowSeconds }),
    ),
    start: fc.integer({ min: START, max: START + 90_000 }),
    gaps: fc.array(fc.integer({ min: 0, max: 3 * limits.maxWindowSeconds }), {
      minLength: 1,
      maxLength: 30,
    }),
  }),
);

describe('the windows of any life', () => {
  test('tile time: each begins where the last ended, each within the limits', () => {
    fc.assert(
      fc.property(lives, ({ limits, windowSeconds, start, gaps }) => {
        let watermark = instantOfSeconds(start);
        let now = start;
        for (const gap of gaps) {
          now += gap;
          const window = nextWindow({
            watermark,
            now: instantOfSeconds(now),
            windowSeconds,
            limits,
          });
          expect(window.from).toBe(watermark);
          expect(windowLength(window)).toBeGreaterThanOrEqual(limits.minWindowSeconds);
          expect(windowLength(window)).toBeLessThanOrEqual(limits.maxWindowSeconds);
          now = Math.max(now, secondsOf(window.to));
          watermark = window.to;
        }
      }),
    );
  });

  test('a backlog is caught up in as few windows as the limits allow, and none ends in the future', () => {
    fc.assert(
      fc.property(lives, ({ limits, windowSeconds, start, gaps }) => {
        const backlog = gaps.reduce((sum, gap) => sum + gap, 0);
        const now = instantOfSeconds(start + backlog);
        let watermark = instantOfSeconds(start);
        let windows = 0;
        for (;;) {
          const window = nextWindow({ watermark, now, windowSeconds, limits });
          if (window.to > now) break;
          watermark = window.to;
          windows += 1;
        }
        // Alignment may cost a part of a window at either end, never a whole round more.
        const fewest = Math.ceil(backlog / (limits.maxWindowSeconds - windowSeconds + 1));
        if (windowSeconds <= limits.maxWindowSeconds / 2) {
          expect(windows).toBeLessThanOrEqual(fewest + 2);
        }
        expect(secondsOf(now) - secondsOf(watermark)).toBeLessThan(2 * limits.maxWindowSeconds);
      }),
    );
  });

  test('followed on time, ends fall on multiples of the window', () => {
    fc.assert(
      fc.property(limitsOf, fc.integer({ min: START, max: START + 9000 }), (limits, start) => {
        const windowSeconds = limits.minWindowSeconds;
        let watermark = instantOfSeconds(Math.ceil(start / windowSeconds) * windowSeconds);
        for (let round = 0; round < 5; round++) {
          const window = nextWindow({ watermark, now: watermark, windowSeconds, limits });
          expect(secondsOf(window.to) % windowSeconds).toBe(0);
          expect(windowLength(window)).toBe(windowSeconds);
          watermark = window.to;
        }
      }),
    );
  });
});

test('a window outside the limits is a broken invariant, not a request', () => {
  const watermark = instantOfSeconds(START);
  expect(() =>
    nextWindow({ watermark, now: watermark, windowSeconds: 600, limits: AWS_LIMITS }),
  ).toThrow(/600 s is within 900–86400 s/);
});

/** Owns the laws of costs: how wide windows get, what budgets do, what a ledger sums. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { nextWindow, windowLength } from '../../src/core/export-window.js';
import { addSeconds, instantOfSeconds } from '../../src/core/instant.js';
import { AWS_LIMITS } from '../../src/core/service-limits.js';
import {
  adaptWindow,
  costOver,
  widthByBudget,
  widthByChanges,
  type PastWindow,
  type WidthQuestion,
} from '../../src/cost/adapt-window.js';
import { booked, LEDGER_MONTHS, sumOf, type Ledger } from '../../src/cost/ledger.js';
import { costOfLoad } from '../../src/cost/load-cost.js';
import { windowSteps } from '../../src/cost/window-steps.js';

const DAY = AWS_LIMITS.maxWindowSeconds;
const bounds = fc.integer({ min: 1, max: 96 }).chain((quarters) =>
  fc.record({
    narrowestSeconds: fc.constant(quarters * 900),
    widestSeconds: fc.integer({ min: quarters * 900, max: DAY }),
  }),
);
const pasts = fc.array(
  fc.record({
    widthSeconds: fc.integer({ min: 900, max: DAY }),
    changes: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })),
  }),
  { maxLength: 8 },
);
const budgets = fc.record({
  leftMicros: fc.integer({ min: -1_000_000, max: 10_000_000 }),
  leftSeconds: fc.integer({ min: 1, max: 31 * DAY }),
  price: fc.record({
    exportMinMicros: fc.constant(1000),
    changeMicrosPerSecond: fc.double({ min: 0, max: 10, noNaN: true }),
    overheadMicros: fc.integer({ min: 0, max: 2000 }),
  }),
});
const questions: fc.Arbitrary<WidthQuestion> = fc
  .tuple(bounds, fc.option(pasts), fc.option(budgets))
  .map(([width, past, budget]) => ({
    ...width,
    ...(past === null ? {} : { past }),
    ...(budget === null ? {} : { budget }),
  }));

describe('the width of the next window', () => {
  test('is never narrower than configured nor wider than allowed, and a multiple of what is configured', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const width = adaptWindow(question);
        expect(width).toBeGreaterThanOrEqual(question.narrowestSeconds);
        expect(width).toBeLessThanOrEqual(
          Math.max(question.widestSeconds, question.narrowestSeconds),
        );
        expect(width % question.narrowestSeconds).toBe(0);
      }),
    );
  });

  test('windows of whatever widths tile time, within the limits of the service', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_764_000_000, max: 1_764_090_000 }),
        bounds,
        fc.array(fc.record({ changes: fc.integer({ min: 0, max: 40 }), late: fc.nat(2 * DAY) }), {
          maxLength: 30,
        }),
        (start, width, life) => {
          let watermark = instantOfSeconds(start);
          let now = watermark;
          let past: PastWindow[] = [];
          for (const { changes, late } of life) {
            const window = nextWindow({
              watermark,
              now,
              windowSeconds: adaptWindow({ ...width, past }),
              alignSeconds: width.narrowestSeconds,
              limits: AWS_LIMITS,
            });
            expect(window.from).toBe(watermark);
            expect(windowLength(window)).toBeGreaterThanOrEqual(AWS_LIMITS.minWindowSeconds);
            expect(windowLength(window)).toBeLessThanOrEqual(AWS_LIMITS.maxWindowSeconds);
            watermark = window.to;
            now = addSeconds(window.to > now ? window.to : now, late);
            past = [{ widthSeconds: windowLength(window), changes }, ...past].slice(0, 8);
          }
        },
      ),
    );
  });

  test('more money never makes windows wider', () => {
    fc.assert(
      fc.property(questions, budgets, fc.nat(5_000_000), (question, budget, more) => {
        const richer = { ...budget, leftMicros: budget.leftMicros + more };
        expect(adaptWindow({ ...question, budget: richer })).toBeLessThanOrEqual(
          adaptWindow({ ...question, budget }),
        );
      }),
    );
  });

  test('what is left of a budget lasts to the end of the month, or windows are as wide as they get', () => {
    fc.assert(
      fc.property(bounds, budgets, (width, budget) => {
        const chosen = widthByBudget(budget, width);
        const cost = costOver(budget.leftSeconds, chosen, budget.price);
        if (chosen !== windowSteps(width).at(-1)) {
          expect(cost).toBeLessThanOrEqual(budget.leftMicros);
        }
      }),
    );
  });

  test('a change after a quiet spell comes no later than the spell was long', () => {
    fc.assert(
      fc.property(bounds, pasts, (width, past) => {
        const lastChange = past.findIndex(({ changes }) => changes > 0);
        const quiet = lastChange === -1 ? past : past.slice(0, lastChange);
        if (quiet.length === 0) return;
        const spell = quiet.reduce((sum, { widthSeconds }) => sum + widthSeconds, 0);
        expect(widthByChanges(past, width)).toBeLessThanOrEqual(
          Math.max(spell, width.narrowestSeconds),
        );
      }),
    );
  });

  test('a busy window brings the narrowest at once; any change at all brings a narrower one', () => {
    fc.assert(
      fc.property(bounds, pasts, fc.integer({ min: 1, max: 200 }), (width, past, changes) => {
        const wide = adaptWindow({ ...width, past: past.map((one) => ({ ...one, changes: 0 })) });
        const next = widthByChanges([{ widthSeconds: wide, changes }, ...past], width);
        if (changes * width.narrowestSeconds >= wide) expect(next).toBe(width.narrowestSeconds);
        expect(next).toBeLessThanOrEqual(Math.max(width.narrowestSeconds, wide / 2));
      }),
    );
  });

  test('a table that is left alone reaches the widest within eight windows of 15 minutes and more', () => {
    const width = { narrowestSeconds: 900, widestSeconds: DAY };
    let past: PastWindow[] = [];
    const widths: number[] = [];
    for (let i = 0; i < 12; i++) {
      const widthSeconds = widthByChanges(past, width);
      widths.push(widthSeconds / 900);
      past = [{ widthSeconds, changes: 0 }, ...past].slice(0, 8);
    }
    expect(widths).toEqual([1, 1, 2, 4, 8, 16, 32, 64, 96, 96, 96, 96]);
  });
});

describe('the ledger', () => {
  const loads = fc.array(
    fc.record({
      kind: fc.constantFrom('full' as const, 'incremental' as const),
      billedSizeBytes: fc.nat(2_000_000_000),
      writes: fc.nat(1000),
      reads: fc.nat(1000),
      actions: fc.nat(100),
      afterSeconds: fc.nat(40 * DAY),
    }),
    { maxLength: 60 },
  );

  test('sums every load of the months it has, in whole micro-dollars, and never has more than 13', () => {
    fc.assert(
      fc.property(loads, (life) => {
        let ledger: Ledger | undefined;
        let at = instantOfSeconds(1_764_000_000);
        const byMonth = new Map<string, number>();
        for (const { afterSeconds, ...load } of life) {
          at = addSeconds(at, afterSeconds);
          ledger = booked(ledger, load, at);
          const { exportMicros, s3Micros, actionMicros } = costOfLoad(load);
          const sum = byMonth.get(at.slice(0, 7)) ?? 0;
          byMonth.set(at.slice(0, 7), sum + exportMicros + s3Micros + actionMicros);
        }
        const months = ledger?.months ?? [];
        expect(months.length).toBe(Math.min(byMonth.size, LEDGER_MONTHS));
        expect(months.map(({ month }) => month)).toEqual(
          [...byMonth.keys()].reverse().slice(0, LEDGER_MONTHS),
        );
        for (const { month, windows, fullLoads } of months) {
          const { exportMicros, s3Micros, actionMicros } = sumOf(windows, fullLoads);
          const total = exportMicros + s3Micros + actionMicros;
          expect(total).toBe(byMonth.get(month));
          expect(Number.isSafeInteger(total)).toBe(true);
        }
      }),
    );
  });
});

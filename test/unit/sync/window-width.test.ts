/** Owns the examples of how wide a table's next window is, by what it has been through. */
import { describe, expect, test } from '@jest/globals';
import { addSeconds, parseInstant, type Instant } from '../../../src/core/instant.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';
import { monthOutlook } from '../../../src/sync/month-outlook.js';
import {
  committed,
  initialState,
  opened,
  type TableSyncState,
} from '../../../src/sync/table-sync-state.js';
import { widthInHand } from '../../../src/sync/flights.js';
import { widthBounds } from '../../../src/sync/width-bounds.js';
import { secondsToMonthEnd, windowWidth } from '../../../src/sync/window-width.js';

const at = (text: string) => parseInstant(text)!;
const start = at('2026-11-24T08:00:00Z');
const settings = { windowSeconds: 900, limits: AWS_LIMITS, pollSeconds: 30 };
const DAY = 86_400;

const opening = (watermark: Instant): TableSyncState =>
  opened(
    initialState(),
    { tableName: 'orders', tableArn: 'arn', tableId: 'id', keyAttributes: ['pk'] },
    { watermark, epoch: 1 },
  );

function after(
  state: TableSyncState,
  windows: readonly { quarters: number; rows: number; billed?: number }[],
): TableSyncState {
  return windows.reduce((before, { quarters, rows, billed = 10_000_000 }) => {
    const from = before.watermark!;
    const to = addSeconds(from, quarters * 900);
    return committed(
      before,
      {
        kind: 'incremental',
        from,
        to,
        rows,
        tombstones: 0,
        sizeBytes: 0,
        billedSizeBytes: billed,
        committedAt: addSeconds(to, 360),
        usage: { writes: 10, reads: 20, actions: 10 },
      },
      1,
    );
  }, state);
}

const quiet = (...widths: number[]) => widths.map((quarters) => ({ quarters, rows: 0 }));

describe('without budget and adaptive', () => {
  test('a window is as wide as configured, whatever happened', () => {
    expect(windowWidth(after(opening(start), quiet(1, 1, 1, 1)), settings)).toBe(900);
  });
});

describe('adaptive', () => {
  const widthOf = (state: TableSyncState): number =>
    windowWidth(state, { ...settings, adaptive: true }) / 900;

  test('begins as configured', () => {
    expect(widthOf(opening(start))).toBe(1);
  });
  test('widens to as long as it has been quiet', () => {
    expect(widthOf(after(opening(start), quiet(1, 1)))).toBe(2);
    expect(widthOf(after(opening(start), quiet(1, 1, 2, 4)))).toBe(8);
  });
  test('is back at once when a wide window turns out busy', () => {
    const night = after(opening(start), quiet(1, 1, 2, 4, 8));
    expect(widthOf(after(night, [{ quarters: 16, rows: 16 }]))).toBe(1);
  });
  test('narrows by half for a change or two, and widens again slowly', () => {
    const trickle = after(opening(start), [...quiet(1, 1, 2, 4), { quarters: 8, rows: 1 }]);
    expect(widthOf(trickle)).toBe(4);
    expect(widthOf(after(trickle, quiet(4)))).toBe(4);
    expect(widthOf(after(trickle, quiet(4, 4)))).toBe(8);
  });
  test('begins anew after a resync', () => {
    const state = after(opening(start), quiet(1, 1, 2, 4));
    const { watermark } = state;
    const resynced = committed(
      state,
      {
        kind: 'full',
        to: watermark!,
        rows: 0,
        tombstones: 0,
        sizeBytes: 0,
        billedSizeBytes: 0,
        committedAt: watermark!,
      },
      2,
    );
    expect(widthOf(resynced)).toBe(1);
  });
});

describe('adaptive with a freshness', () => {
  const fresh = { ...settings, adaptive: true, freshnessSeconds: 2 * 3600 };

  test('a quiet table has windows as wide as the freshness allows, a busy one as configured', () => {
    expect(widthBounds(fresh)).toEqual({ narrowestSeconds: 900, widestSeconds: 115 * 60 });
    const still = after(opening(start), quiet(1, 1, 2, 4, 7));
    expect(widthInHand(still, fresh)).toBe(7 * 900);
    expect(widthInHand(after(still, [{ quarters: 7, rows: 7 }]), fresh)).toBe(900);
  });
  test('a freshness below the configured width is the only one', () => {
    const fresher = { ...fresh, freshnessSeconds: 600 };
    const still = after(opening(start), quiet(1, 1, 2, 4));
    expect(widthInHand(still, fresher)).toBe(300);
    expect(widthBounds(fresher)).toEqual({ narrowestSeconds: 300, widestSeconds: 300 });
  });
  test('without adaptive, the freshness alone decides', () => {
    const { adaptive: _not, ...fixed } = fresh;
    expect(widthInHand(after(opening(start), quiet(1, 1)), fixed)).toBe(115 * 60);
    expect(widthBounds(settings)).toEqual({ narrowestSeconds: 900, widestSeconds: 900 });
  });
  test('no budget makes windows wider than the freshness allows', () => {
    expect(widthInHand(opening(start), { ...fresh, budgetMicros: 1 })).toBe(7 * 900);
  });
});

describe('a budget', () => {
  const widthOf = (state: TableSyncState, dollars: number): number =>
    windowWidth(state, { ...settings, budgetMicros: dollars * 1e6 }) / 900;
  const month = opening(at('2026-11-01T00:00:00Z'));

  test('that is ample leaves windows as configured', () => {
    expect(widthOf(month, 10)).toBe(1);
  });
  test('is met by windows that last the month, whatever changes', () => {
    // 30 days at $0.0011 and a little more a window.
    expect(widthOf(month, 1)).toBe(4);
    expect(widthOf(month, 0.1)).toBe(48);
  });
  test('that is spent by a busy spell widens what is left of the month', () => {
    const spell = Array.from({ length: 96 }, () => ({ quarters: 1, rows: 9, billed: 90_000_000 }));
    expect(widthOf(after(month, spell), 1)).toBeGreaterThan(4);
  });
  test('that cannot be met makes windows as wide as they get, and is told', () => {
    expect(widthOf(month, 0.01)).toBe(96);
    const budget = { ...settings, budgetMicros: 10_000 };
    expect(monthOutlook(after(month, quiet(96)), budget)?.isOverBudget).toBe(true);
    const ample = { ...settings, budgetMicros: 10_000_000 };
    expect(monthOutlook(after(month, quiet(96)), ample)?.isOverBudget).toBe(false);
  });
  test('begins anew with each month', () => {
    const november = after(month, [{ quarters: 96, rows: 1, billed: 900e9 }]);
    expect(widthOf(november, 5)).toBe(96);
    const december = { ...november, recentLoads: [], watermark: at('2026-12-01T00:00:00Z') };
    expect(widthOf(december, 5)).toBe(1);
  });
  test('asks for wider windows than a quiet table would, not for narrower ones', () => {
    const both = { ...settings, adaptive: true, budgetMicros: 100_000 };
    expect(windowWidth(month, both)).toBe(48 * 900);
    const still = after(month, quiet(1, 1, 2, 4, 8, 16, 32, 64));
    expect(windowWidth(still, { ...both, budgetMicros: 10_000_000 })).toBe(DAY);
  });
});

test.each([
  ['2026-11-30T23:45:00Z', 900],
  ['2026-12-01T00:00:00Z', 31 * DAY],
  ['2028-02-01T00:00:00Z', 29 * DAY],
])('the month of %s goes on for %d seconds', (instant, seconds) => {
  expect(secondsToMonthEnd(at(instant))).toBe(seconds);
});

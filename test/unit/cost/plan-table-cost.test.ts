/** Owns the known numbers of what windows cost. */
import { describe, expect, test } from '@jest/globals';
import { parseInstant } from '../../../src/core/instant.js';
import { budgetText, dollarsText, parseBudget } from '../../../src/cost/dollars.js';
import { costOfLoad } from '../../../src/cost/load-cost.js';
import { NO_USAGE } from '../../../src/cost/load-usage.js';
import { planTableCost, planWidth } from '../../../src/cost/plan-table-cost.js';
import { auditBooked, booked, monthSum } from '../../../src/cost/ledger.js';
import { PRICES } from '../../../src/cost/prices.js';
import { changeRate } from '../../../src/cost/window-price.js';
import { lookInterval } from '../../../src/cost/window-use.js';

const idle = {
  tableBytes: 0,
  changeBytesPerSecond: 0,
  pollSeconds: 30,
  narrowestSeconds: 900,
  widestSeconds: 86_400,
};

describe('a month of windows', () => {
  test('an idle table exports for $2.88 by 15 minutes, for $0.03 by 24 hours', () => {
    expect(dollarsText(planWidth(900, idle).exportMicros)).toBe('$2.88');
    expect(dollarsText(planWidth(86_400, idle).exportMicros)).toBe('$0.03');
  });

  test('an idle table in windows of 24 hours costs less than five cents, all told', () => {
    const { exportMicros, s3Micros, actionMicros } = planWidth(86_400, idle);
    expect(exportMicros + s3Micros + actionMicros).toBeLessThan(50_000);
  });

  test('once changes come to more than the minimum, narrower windows export for no more', () => {
    const busy = { ...idle, changeBytesPerSecond: 20_000 };
    const exported = [900, 3600, 86_400].map((width) => planWidth(width, busy).exportMicros);
    expect(new Set(exported)).toEqual(new Set([5_184_000]));
  });

  test('freshness is the window, the export and the load', () => {
    expect(planWidth(900, idle).freshnessSeconds).toBe(21 * 60);
    expect(planWidth(900, { ...idle, lagSeconds: 100 }).freshnessSeconds).toBe(1000);
  });

  test('wider windows never cost more', () => {
    for (const changeBytesPerSecond of [0, 1000, 11_000, 500_000]) {
      const { widths } = planTableCost({ ...idle, changeBytesPerSecond });
      const totals = widths.map(
        (width) => width.exportMicros + width.s3Micros + width.actionMicros,
      );
      expect(totals).toEqual([...totals].sort((a, b) => b - a));
    }
  });

  test('the table itself costs a full export once, and recovery every month', () => {
    const { onceMicros, recoveryMicros } = planTableCost({ ...idle, tableBytes: 100e9 });
    expect(dollarsText(onceMicros)).toBe('$10.00');
    expect(dollarsText(recoveryMicros)).toBe('$20.00');
    const audited = planTableCost({ ...idle, tableBytes: 100e9, auditEverySeconds: 15 * 86_400 });
    expect(dollarsText(audited.auditMicros ?? 0)).toBe('$20.00');
  });

  test('a look at an export of a day is worth waiting twelve times as long for', () => {
    expect([900, 3600, 21_600, 86_400].map((width) => lookInterval(width, 30))).toEqual([
      30, 60, 360, 360,
    ]);
  });
});

describe('the ledger', () => {
  test('books a full load apart from windows, and each by its own month', () => {
    const at = (text: string) => parseInstant(text)!;
    const window = { ...NO_USAGE, kind: 'incremental', billedSizeBytes: 10_000_000 } as const;
    const full = { ...NO_USAGE, kind: 'full', billedSizeBytes: 1e9 } as const;
    let ledger = booked(undefined, full, at('2026-11-30T23:50:00Z'));
    ledger = booked(ledger, window, at('2026-11-30T23:59:59Z'));
    ledger = booked(ledger, window, at('2026-12-01T00:00:00Z'));
    expect(ledger.since).toBe('2026-11-30T23:50:00Z');
    expect(
      ledger.months.map(({ month, windows, fullLoads }) => [
        month,
        windows.exportMicros,
        fullLoads.exportMicros,
      ]),
    ).toEqual([
      ['2026-12', 1000, 0],
      ['2026-11', 1000, 100_000],
    ]);
  });

  test('an audit is billed as a full export, in an account of its own', () => {
    const at = parseInstant('2026-11-30T23:50:00Z')!;
    const ledger = auditBooked(undefined, { ...NO_USAGE, billedSizeBytes: 1e9 }, at);
    const [month] = ledger.months;
    expect(month?.audits?.exportMicros).toBe(100_000);
    expect(month?.fullLoads.loads).toBe(0);
    expect(monthSum(month!).exportMicros).toBe(100_000);
  });

  test('a request or an action is never free, however few there are', () => {
    const { s3Micros, actionMicros } = costOfLoad({
      kind: 'incremental',
      billedSizeBytes: 0,
      writes: 1,
      reads: 1,
      actions: 1,
    });
    expect([s3Micros, actionMicros]).toEqual([6, 50]);
  });
});

test('windows that were billed the minimum tell nothing of how much changes', () => {
  const window = (billedSizeBytes: number) => ({ widthSeconds: 900, billedSizeBytes });
  expect(changeRate([])).toBe(0);
  expect(changeRate([window(PRICES.incrementalMinBytes)])).toBe(0);
  expect(changeRate([window(PRICES.incrementalMinBytes), window(18_000_000)])).toBe(10_000);
});

describe('money', () => {
  test.each([
    ['$5/month', 5_000_000],
    ['$0.50/month', 500_000],
    [' $ 12.5 / month ', 12_500_000],
  ])('%s is a budget', (text, micros) => {
    expect(parseBudget(text)).toBe(micros);
  });
  test.each(['5', '$5', '$5/day', '€5/month', '$0/month', '-$5/month', '$5/months', '$1e3/month'])(
    '%s is none',
    (text) => {
      expect(parseBudget(text)).toBeUndefined();
    },
  );
  test.each([
    [0, '$0.00'],
    [9_999, '<$0.01'],
    [30_000, '$0.03'],
    [1_234_567_890_000, '$1,234,567.89'],
  ])('%d micro-dollars are %s', (micros, text) => {
    expect(dollarsText(micros)).toBe(text);
  });
  test('a budget that covers a cost is never rounded down', () => {
    expect(budgetText(40_001)).toBe('$0.05/month');
    expect(parseBudget(budgetText(123_456))).toBeGreaterThanOrEqual(123_456);
  });
});

/** Owns what is said of a freshness that cannot be had. */
import { describe, expect, test } from '@jest/globals';
import {
  checkFreshness,
  checkOverlap,
  type FreshnessTerms,
} from '../../../src/config/freshness-of.js';
import { AWS_LIMITS } from '../../../src/core/service-limits.js';

const terms = (more: Partial<FreshnessTerms>): FreshnessTerms => ({
  tableName: 'orders',
  limits: AWS_LIMITS,
  lakeFormat: 'iceberg',
  ...more,
});

describe('a freshness is refused with the nearest that can be had', () => {
  test.each<[string, FreshnessTerms, readonly number[], string, string]>([
    [
      'before any export was seen',
      terms({ freshnessSeconds: 180 }),
      [],
      'A freshness of 3m for orders cannot be had: an export is taken to last 5m.',
      "Set freshness: '6m' or more.",
    ],
    [
      'by exports that were measured',
      terms({ freshnessSeconds: 600 }),
      [580, 600, 640],
      'A freshness of 10m for orders cannot be had: an export of orders, by the last, lasts 640s.',
      "Set freshness: '700s' or more.",
    ],
    [
      'in the format parquet',
      terms({ freshnessSeconds: 600, lakeFormat: 'parquet' }),
      [],
      "A freshness of 10m for orders needs exports that overlap, and format: 'parquet' takes no exports that overlap.",
      "Set freshness: '20m' or more, or remove what it does not go with.",
    ],
    [
      'with a history of changes',
      terms({ freshnessSeconds: 600, tableOptions: { changes: true } }),
      [],
      'A freshness of 10m for orders needs exports that overlap, and the history of changes takes no exports that overlap.',
      "Set freshness: '20m' or more, or remove what it does not go with.",
    ],
  ])('%s', (_name, input, measured, message, hint) => {
    const check = (): void => {
      checkOverlap(input);
      checkFreshness(input, measured);
    };
    expect(check).toThrow(expect.objectContaining({ code: 'InvalidConfig', message, hint }));
  });
});

test('what can be had is let pass', () => {
  checkFreshness(terms({}), []);
  checkFreshness(terms({ freshnessSeconds: 600 }), [290, 300]);
  // By measure alone: exports of a minute.
  checkFreshness(terms({ freshnessSeconds: 180 }), [60, 61]);
  checkOverlap(terms({ freshnessSeconds: 1200, lakeFormat: 'parquet' }));
});

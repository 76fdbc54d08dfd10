/** Owns the check of which lakes can be compared with an export, and what is said of the others. */
import { expect, test } from '@jest/globals';
import type { Instant } from '../../../src/core/instant.js';
import type { PitrState, TableIdentity } from '../../../src/export/table-exports.js';
import { checkComparable, reachOf } from '../../../src/sync/check-verifiable.js';

const at = (hour: number): Instant =>
  `2026-11-24T${String(hour).padStart(2, '0')}:00:00Z` as Instant;
const pitr = (earliest: number, latest: number): PitrState => ({
  enabled: true,
  earliestRestorable: at(earliest),
  latestRestorable: at(latest),
});
const TABLE: TableIdentity = {
  tableName: 'orders',
  tableArn: 'arn:aws:dynamodb:us-east-1:1:table/orders',
  tableId: 'id-1',
  keyAttributes: ['pk'],
};

test('a watermark that recovery reaches is exported at once, a newer one once it does', () => {
  expect(reachOf('orders', at(8), pitr(8, 8))).toBe('reachable');
  expect(reachOf('orders', at(9), pitr(8, 8))).toBe('wait');
});

test('a watermark out of reach is told with the times, and with what to do', () => {
  expect(() => reachOf('orders', at(7), pitr(8, 9))).toThrow(
    expect.objectContaining({
      code: 'WindowOutOfReach',
      message: expect.stringContaining(`reaches back to ${at(8)} only`),
      hint: expect.stringContaining('tidemark status orders'),
    }),
  );
  expect(() => reachOf('orders', at(7), { enabled: false })).toThrow(
    expect.objectContaining({ code: 'PitrUnavailable' }),
  );
});

test('a lake of an older table of the same name, or of a part of a second, is not compared', () => {
  const state = { tableId: 'id-1', watermark: at(8) };
  expect(() => {
    checkComparable(state, TABLE);
  }).not.toThrow();
  expect(() => {
    checkComparable({ ...state, tableId: 'id-0' }, TABLE);
  }).toThrow(expect.objectContaining({ code: 'TableReplaced' }));
  expect(() => {
    checkComparable({ ...state, takenAt: '2026-11-24T08:00:00.5Z' }, TABLE);
  }).toThrow(expect.objectContaining({ code: 'WindowOutOfReach' }));
});

/** Owns the checks of which snapshots expire. */
import { expect, test } from '@jest/globals';
import type { SnapshotRef, TableMetadata } from '../../../src/iceberg/table-metadata.js';
import { chooseExpired } from '../../../src/processing/iceberg/care/choose-expired.js';
import { CREATED_MS, sampleSnapshot } from '../iceberg/sample-metadata.js';

const LIMITS = { keepSnapshotsMs: 100, minExpired: 1, maxExpired: 1000 };
const snapshots = Array.from({ length: 10 }, (_, index) =>
  sampleSnapshot(index + 1, {
    'snapshot-id': BigInt(index + 1),
    'timestamp-ms': CREATED_MS + 10 * index,
  }),
);
const main = (changes: Partial<SnapshotRef> = {}): SnapshotRef => ({
  type: 'branch',
  'snapshot-id': 10n,
  ...changes,
});

function chosen(
  nowMs: number,
  changes: Partial<TableMetadata> = {},
  limits: Partial<typeof LIMITS> = {},
): readonly bigint[] {
  const metadata = { snapshots, refs: { main: main() }, properties: {}, ...changes };
  return chooseExpired(metadata, { ...LIMITS, ...limits }, CREATED_MS + nowMs);
}

test('keeps a snapshot for its time, to the millisecond', () => {
  expect(chosen(100)).toEqual([]);
  expect(chosen(101)).toEqual([1n]);
  expect(chosen(121)).toEqual([1n, 2n, 3n]);
});

test('keeps the current snapshot and what a tag or branch names, whatever their age', () => {
  const refs = {
    main: main(),
    audit: { type: 'tag', 'snapshot-id': 2n },
    try: { type: 'branch', 'snapshot-id': 4n },
  } as const;
  expect(chosen(1_000_000, { refs })).toEqual([1n, 3n, 5n, 6n, 7n, 8n, 9n]);
});

test('waits until enough are due, and takes no more than a pass may, the oldest first', () => {
  expect(chosen(121, {}, { minExpired: 4 })).toEqual([]);
  expect(chosen(121, {}, { minExpired: 3 })).toEqual([1n, 2n, 3n]);
  const aDay = 86_400_000;
  expect(chosen(100 + aDay, {}, { minExpired: 10 })).toEqual([]);
  expect(chosen(101 + aDay, {}, { minExpired: 10 })).toHaveLength(9);
  expect(chosen(1_000_000, {}, { maxExpired: 2 })).toEqual([1n, 2n]);
});

test("heeds the table's own properties, and before them those of main", () => {
  const properties = {
    'history.expire.max-snapshot-age-ms': '50',
    'history.expire.min-snapshots-to-keep': '8',
  };
  expect(chosen(1_000, { properties })).toEqual([1n, 2n]);
  expect(chosen(61, { properties })).toEqual([1n, 2n]);
  const refs = { main: main({ 'max-snapshot-age-ms': 40, 'min-snapshots-to-keep': 9 }) };
  expect(chosen(51, { properties, refs })).toEqual([1n]);
});

/** Owns the checks of when a table is looked after. */
import { expect, test } from '@jest/globals';
import {
  areOrphansDue,
  CARE_SUMMARY,
  isCompactionDue,
  ORPHANS_LOOKED_FOR,
} from '../../../src/processing/iceberg/care/care-due.js';
import { sampleSnapshot } from '../iceberg/sample-metadata.js';

const ROUND = { everyLoads: 3 };
const summaries = {
  load: { operation: 'append', 'tidemark.load': 'window' },
  care: { operation: 'replace', [CARE_SUMMARY]: 'compaction' },
  other: { operation: 'replace' },
} as const;

function isDue(...kinds: readonly (keyof typeof summaries)[]): boolean {
  const snapshots = kinds.map((kind, at) => sampleSnapshot(at + 1, { summary: summaries[kind] }));
  return isCompactionDue({ snapshots }, ROUND);
}

test('compaction is due once every so many loads, whoever else commits', () => {
  expect(isDue()).toBe(false);
  expect(isDue('load', 'load')).toBe(false);
  expect(isDue('load', 'load', 'load')).toBe(true);
  expect(isDue('load', 'other', 'load', 'other', 'load', 'other')).toBe(true);
  expect(isDue('load', 'load', 'load', 'load')).toBe(false);
});

test('the count begins again with a compaction', () => {
  expect(isDue('load', 'load', 'load', 'care')).toBe(false);
  expect(isDue('load', 'load', 'load', 'care', 'load', 'load')).toBe(false);
  expect(isDue('load', 'load', 'load', 'care', 'load', 'load', 'load')).toBe(true);
});

test('orphans are looked for in steady intervals, first when the table is as old', () => {
  const log = [{ 'snapshot-id': 1n, 'timestamp-ms': 1000 }];
  const day = { orphansEveryMs: 100 };
  const table = { properties: {}, 'snapshot-log': log };
  expect(areOrphansDue({ properties: {}, 'snapshot-log': [] }, day, 5000)).toBe(false);
  expect(areOrphansDue(table, day, 1099)).toBe(false);
  expect(areOrphansDue(table, day, 1100)).toBe(true);
  const looked = { ...table, properties: { [ORPHANS_LOOKED_FOR]: '1500' } };
  expect(areOrphansDue(looked, day, 1599)).toBe(false);
  expect(areOrphansDue(looked, day, 1600)).toBe(true);
  const garbled = { ...table, properties: { [ORPHANS_LOOKED_FOR]: 'soon' } };
  expect(areOrphansDue(garbled, day, 1100)).toBe(true);
});

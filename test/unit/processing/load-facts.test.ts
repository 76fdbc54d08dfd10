/** Owns the checks of what a snapshot tells of its load, in few bytes: a week's windows repeat it. */
import { describe, expect, test } from '@jest/globals';
import { millisOf, type Instant } from '../../../src/core/instant.js';
import type { TableMetadata } from '../../../src/iceberg/table-metadata.js';
import type { Load } from '../../../src/lake/load.js';
import {
  committedLoads,
  loadFacts,
  positionAt,
  summaryFacts,
  totalsOf,
  type LoadTotals,
} from '../../../src/processing/iceberg/load-facts.js';
import { apply, commitOf, sampleMetadata, sampleSnapshot } from '../iceberg/sample-metadata.js';

const BASE = '2026-11-24T08:00:00Z' as Instant;
const END = '2026-11-24T08:15:00Z' as Instant;
const COMMITTED = '2026-11-24T08:22:00Z' as Instant;
const load: Load = {
  scope: { kind: 'incremental', view: 'NEW_AND_OLD_IMAGES', window: { from: BASE, to: END } },
  tableId: 'table-1',
  epoch: 1,
  exportArn: 'arn:export/1',
  manifestMd5: 'q+/=',
  itemCount: 7,
  keyAttributes: ['pk'],
};
const totals: LoadTotals = {
  counts: { load: 0, insert: 0, update: 7, delete: 0, upsert: 0 },
  restRows: 0,
  sizeBytes: 9,
};
/** As every version before wrote them. */
const OLD_FACTS = {
  'tidemark.load': `window ${BASE}/${END}`,
  'tidemark.base-export-time': BASE,
  'tidemark.watermark': END,
  'tidemark.taken-at': '',
  'tidemark.table-id': 'table-1',
  'tidemark.epoch': '1',
  'tidemark.export-arn': 'arn:export/1',
  'tidemark.manifest-md5': 'q+/=',
  'tidemark.item-count': '7',
  'tidemark.counts': JSON.stringify(totals.counts),
  'tidemark.rest-rows': '0',
  'tidemark.size-bytes': '9',
  'tidemark.committed-at': COMMITTED,
};

const factsOf = (some: LoadTotals = totals, of: Load = load): Readonly<Record<string, string>> =>
  loadFacts(of, BASE, some, COMMITTED);
const tableWith = (summary: Readonly<Record<string, string>>): TableMetadata =>
  apply(
    sampleMetadata(),
    commitOf(
      sampleSnapshot(1, {
        'timestamp-ms': millisOf(COMMITTED) + 999,
        summary: { ...summary, operation: 'append' },
      }),
    ),
  );

describe('a summary', () => {
  test('leaves out what is none, what is empty, and what its export or its counts tell', () => {
    expect(summaryFacts(factsOf())).toEqual({
      'tidemark.load': `window ${BASE}/${END}`,
      'tidemark.base-export-time': BASE,
      'tidemark.watermark': END,
      'tidemark.table-id': 'table-1',
      'tidemark.epoch': '1',
      'tidemark.export-arn': 'arn:export/1',
      'tidemark.counts': '{"update":7}',
      'tidemark.size-bytes': '9',
    });
  });

  test('says what is there', () => {
    const scope = { kind: 'full', exportTime: BASE, takenAt: '2026-11-24T08:00:00.123Z' } as const;
    const facts = summaryFacts(factsOf({ ...totals, restRows: 3 }, { ...load, scope }));
    expect(facts).toMatchObject({
      'tidemark.taken-at': '2026-11-24T08:00:00.123Z',
      'tidemark.rest-rows': '3',
    });
  });

  test('is repeated by properties that say everything, since they stay until they are said anew', () => {
    expect(factsOf()).toEqual({ ...OLD_FACTS, 'tidemark.counts': '{"update":7}' });
  });
});

describe.each([
  ['a snapshot', summaryFacts(factsOf())],
  ['a snapshot of an older version', OLD_FACTS],
])('%s', (_what, summary) => {
  const metadata = tableWith(summary);

  test('tells what its load came to', () => {
    expect(totalsOf(metadata, load)).toEqual(totals);
  });

  test('is a window among the loads that are asked for', () => {
    expect(committedLoads(metadata)).toMatchObject([
      { counts: totals.counts, restRows: 0, exportArn: 'arn:export/1', committedAt: COMMITTED },
    ]);
  });

  test('tells where the table stood', () => {
    const [snapshot] = metadata.snapshots;
    expect(positionAt(metadata, snapshot!['snapshot-id'])).toEqual({
      tableId: 'table-1',
      baseExportTime: BASE,
      watermark: END,
    });
  });
});

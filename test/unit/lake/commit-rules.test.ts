/** Owns the tests of what may follow what in the lake. */
import { describe, expect, test } from '@jest/globals';
import { parseCommitRecord, type BatchReport } from '../../../src/lake/commit-record.js';
import { commitRecord, decideCommit, noCounts } from '../../../src/lake/commit-rules.js';
import { COMMITTED_AT, at, full, loadOf, window } from '../../support/lake-loads.js';

const position = { tableId: 'table-1', baseExportTime: at(0), watermark: at(30) };
const load = (scope: Parameters<typeof loadOf>[0]) => loadOf(scope, [[]]).load;

describe('decideCommit', () => {
  test.each([
    ['a window at the watermark', window(30, 45), 'commit'],
    ['a window that ends at it', window(15, 30), 'already-committed'],
    ['a window of long ago', window(-15, 0), 'already-committed'],
    ['a newer base', full(30), 'commit'],
    ['a base that comes late', full(15), 'already-committed'],
    ['the same base', full(0), 'already-committed'],
    ['an older base', full(-15), 'already-committed'],
  ])('judges %s', (_what, scope, verdict) => {
    expect(decideCommit(position, load(scope))).toBe(verdict);
  });

  test.each([
    ['across the watermark', window(15, 45)],
    ['with a gap', window(31, 46)],
  ])('refuses a window %s', (_what, scope) => {
    expect(() => decideCommit(position, load(scope))).toThrow(
      expect.objectContaining({ code: 'BrokenContinuity', retryable: false }),
    );
  });

  test('refuses any window on a base that was taken within a second, and takes a newer base', () => {
    const within = {
      tableId: 'table-1',
      baseExportTime: at(0),
      watermark: at(0),
      takenAt: '2025-11-24T16:00:00.608Z',
    };
    expect(() => decideCommit(within, load(window(0, 15)))).toThrow(
      expect.objectContaining({ code: 'BrokenContinuity', retryable: false }),
    );
    expect(decideCommit(within, load(full(15)))).toBe('commit');
  });

  test('of an empty lake takes a base alone', () => {
    expect(decideCommit(undefined, load(full(0)))).toBe('commit');
    expect(() => decideCommit(undefined, load(window(0, 15)))).toThrow(
      expect.objectContaining({ code: 'BrokenContinuity' }),
    );
  });

  test('takes windows of the base’s table alone, but a base of any', () => {
    const other = { ...position, tableId: 'table-2' };
    expect(() => decideCommit(other, load(window(30, 45)))).toThrow(
      expect.objectContaining({ code: 'TableReplaced' }),
    );
    expect(decideCommit(other, load(full(15)))).toBe('commit');
  });
});

describe('commitRecord', () => {
  const schema = { keyAttributes: ['pk'], columns: [] };
  const report = (index: number, rows: number, firstFile = index): BatchReport => ({
    batch: { index, batchCount: 2, firstFile, fileCount: 1, itemCount: rows },
    rows,
    counts: { ...noCounts(), update: rows },
    restRows: 1,
    parts: [{ file: `part-${index}`, rows, sizeBytes: 10 }],
    schema,
  });
  const two = { ...load(window(0, 15)), itemCount: 5 };
  const make = (reports: readonly BatchReport[]) => commitRecord(two, reports, COMMITTED_AT);

  test('adds up, and survives JSON', () => {
    const record = make([report(0, 2), report(1, 3)]);
    expect(record).toMatchObject({
      watermark: at(15),
      counts: { update: 5, delete: 0 },
      restRows: 2,
      parts: [{ file: 'part-0' }, { file: 'part-1' }],
    });
    expect(parseCommitRecord(JSON.stringify(record), 'key')).toEqual(record);
  });

  test.each<[string, readonly BatchReport[], RegExp]>([
    ['too few rows', [report(0, 2)], /it has 2 rows where the manifest counts 5/],
    ['a file left out', [report(0, 2), report(1, 3, 2)], /begins at file 2, not 1/],
    ['a file twice', [report(0, 2), report(1, 3, 0)], /begins at file 0, not 1/],
    ['rows lost', [report(0, 2), { ...report(1, 3), rows: 2 }], /batch 1 has 2 rows, not 3/],
    [
      'two schemas',
      [report(0, 2), { ...report(1, 3), schema: { ...schema, keyAttributes: [] } }],
      /different schemas/,
    ],
  ])('refuses %s', (_what, reports, problem) => {
    expect(() => make(reports)).toThrow(problem);
  });

  test('is not read from other JSON', () => {
    for (const text of ['', '{}', '{"formatVersion":1,"watermark":"noon"}']) {
      expect(() => parseCommitRecord(text, 'key')).toThrow(
        expect.objectContaining({ code: 'CorruptLake', subject: 'key' }),
      );
    }
  });
});

/** Owns the checks of what files are chosen to be written anew. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  mayNeedCompaction,
  planCompaction,
  type DataFileFacts,
  type DeleteFileFacts,
} from '../../../src/processing/iceberg/care/plan-compaction.js';

const MIB = 1024 * 1024;
const LIMITS = {
  maxDeletedShare: 0.3,
  minRun: 4,
  targetFileBytes: 256 * MIB,
  maxRewriteBytes: 512 * MIB,
};
const NOTHING = { rewrite: [], mergeDeletes: [], dropDeletes: [] };

function data(location: string, changes: Partial<DataFileFacts> = {}): DataFileFacts {
  const facts = { sizeBytes: 250 * MIB, rows: 100, deletedRows: 0, canRewrite: true };
  const partition = 'p';
  return { location, partition, ...facts, ...changes };
}

function deletes(
  location: string,
  appliedRows: Readonly<Record<string, number>>,
  changes: Partial<DeleteFileFacts> = {},
): DeleteFileFacts {
  const rows = Object.values(appliedRows).reduce((sum, count) => sum + count, 0);
  const applied = new Map(Object.entries(appliedRows));
  return { location, partition: 'p', sizeBytes: 1000, rows, appliedRows: applied, ...changes };
}

const names = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, index) => `f${index}`);

describe('planCompaction', () => {
  test('leaves a table alone that is in good order', () => {
    const dataFiles = [data('a', { deletedRows: 29 }), data('b')];
    expect(planCompaction({ dataFiles, deleteFiles: [deletes('d', { a: 29 })] }, LIMITS)).toEqual(
      NOTHING,
    );
    expect(planCompaction({ dataFiles: [], deleteFiles: [] }, LIMITS)).toEqual(NOTHING);
  });

  test('writes files anew whose share of deleted rows is at the bound, the hollowest first', () => {
    const dataFiles = [
      data('a', { deletedRows: 30 }),
      data('b', { deletedRows: 90 }),
      data('c', { deletedRows: 60 }),
      data('foreign', { deletedRows: 100, canRewrite: false }),
    ];
    const { rewrite } = planCompaction({ dataFiles, deleteFiles: [] }, LIMITS);
    expect(rewrite).toEqual(['b', 'c']);
  });

  test('takes a file that is larger than a pass, alone', () => {
    const dataFiles = ['a', 'b'].map((name) =>
      data(name, { sizeBytes: 2048 * MIB, deletedRows: 50 }),
    );
    expect(planCompaction({ dataFiles, deleteFiles: [] }, LIMITS).rewrite).toEqual(['a']);
  });

  test('joins a run of small files, and not fewer', () => {
    const small = names(4).map((name, index) => data(name, { sizeBytes: 1000 * (index + 1) }));
    const facts = { dataFiles: [data('large'), ...small], deleteFiles: [] };
    expect(planCompaction(facts, LIMITS).rewrite).toEqual(names(4));
    expect(
      planCompaction({ ...facts, dataFiles: [data('large'), ...small.slice(1)] }, LIMITS),
    ).toEqual(NOTHING);
  });

  test('joins files of one partition alone, and keeps to the bound over all of them', () => {
    const small = ['p', 'q', 'r'].flatMap((partition) =>
      names(partition === 'r' ? 3 : 4).map((name) =>
        data(`${partition}/${name}`, { partition, sizeBytes: 60 * MIB }),
      ),
    );
    const of = (maxRewriteBytes: number): readonly string[] =>
      planCompaction({ dataFiles: small, deleteFiles: [] }, { ...LIMITS, maxRewriteBytes }).rewrite;
    const [p, q] = ['p', 'q'].map((partition) => names(4).map((name) => `${partition}/${name}`));
    expect(of(480 * MIB)).toEqual([...p!, ...q!]);
    expect(of(400 * MIB)).toEqual(p);
  });

  test('does not write a large file anew for a few small ones', () => {
    const small = names(4).map((name) => data(name, { sizeBytes: 2 * MIB }));
    const dataFiles = [data('joined', { sizeBytes: 100 * MIB }), ...small];
    expect(planCompaction({ dataFiles, deleteFiles: [] }, LIMITS).rewrite).toEqual(names(4));
  });

  test('joins files of one size past a smaller one', () => {
    const dataFiles = [
      data('tiny', { sizeBytes: 2 * MIB }),
      ...names(4).map((name) => data(name, { sizeBytes: 20 * MIB })),
    ];
    expect(planCompaction({ dataFiles, deleteFiles: [] }, LIMITS).rewrite).toEqual(names(4));
  });

  test('drops deletes that take out nothing, also once their data files are written anew', () => {
    const dataFiles = [data('hollow', { deletedRows: 50 }), data('whole')];
    const deleteFiles = [
      deletes('gone', {}, { rows: 5 }),
      deletes('of-hollow', { hollow: 50 }),
      deletes('of-whole', { whole: 1 }),
    ];
    expect(planCompaction({ dataFiles, deleteFiles }, LIMITS)).toEqual({
      rewrite: ['hollow'],
      mergeDeletes: [],
      dropDeletes: ['gone', 'of-hollow'],
    });
  });

  test('joins many small files of deletes, and cleans one that is mostly stale', () => {
    const dataFiles = [data('a', { deletedRows: 4 })];
    const many = names(4).map((name) => deletes(name, { a: 1 }));
    expect(planCompaction({ dataFiles, deleteFiles: many }, LIMITS).mergeDeletes).toEqual(names(4));
    const stale = deletes('stale', { a: 1 }, { rows: 10 });
    expect(planCompaction({ dataFiles, deleteFiles: [stale] }, LIMITS).mergeDeletes).toEqual([
      'stale',
    ]);
    expect(planCompaction({ dataFiles, deleteFiles: many.slice(1) }, LIMITS)).toEqual(NOTHING);
  });

  test('stays within a pass, and names no file twice', () => {
    const sizeBytes = fc.integer({ min: 1, max: 600 }).map((size) => size * MIB);
    const dataFile = fc.record({
      sizeBytes,
      rows: fc.integer({ min: 0, max: 100 }),
      deletedRows: fc.integer({ min: 0, max: 100 }),
      canRewrite: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(dataFile, { maxLength: 40 }), (files) => {
        const dataFiles = files.map((file, index) =>
          data(`f${index}`, { ...file, deletedRows: Math.min(file.rows, file.deletedRows) }),
        );
        const { rewrite } = planCompaction({ dataFiles, deleteFiles: [] }, LIMITS);
        const chosen = dataFiles.filter(({ location }) => rewrite.includes(location));
        expect(chosen).toHaveLength(rewrite.length);
        expect(chosen.every(({ canRewrite }) => canRewrite)).toBe(true);
        const bytes = chosen.reduce((sum, file) => sum + file.sizeBytes, 0);
        expect(rewrite.length === 1 || bytes <= LIMITS.maxRewriteBytes).toBe(true);
      }),
    );
  });

  test('a thousand windows leave few files, and write each byte anew a few times', () => {
    let files: DataFileFacts[] = [data('base')];
    let rewritten = 0;
    let most = 0;
    const limits = { ...LIMITS, minRun: 16 };
    for (let window = 0; window < 1000; window++) {
      files.push(data(`w${window}`, { sizeBytes: 2 * MIB }));
      if (window % 16 !== 15) continue;
      const { rewrite } = planCompaction({ dataFiles: files, deleteFiles: [] }, limits);
      const chosen = files.filter(({ location }) => rewrite.includes(location));
      const sizeBytes = chosen.reduce((sum, file) => sum + file.sizeBytes, 0);
      rewritten += sizeBytes;
      files = files.filter((file) => !chosen.includes(file));
      if (sizeBytes > 0) files.push(data(`joined-${window}`, { sizeBytes }));
      most = Math.max(most, files.length);
    }
    expect(most).toBeLessThan(40);
    expect(rewritten / (2000 * MIB)).toBeLessThan(5);
  });
});

describe('mayNeedCompaction', () => {
  test('asks to look closer only where there are deletes, or a run of small files', () => {
    const whole = [data('a'), data('b')];
    expect(mayNeedCompaction(whole, 0, LIMITS)).toBe(false);
    expect(mayNeedCompaction(whole, 1, LIMITS)).toBe(true);
    const four = names(4).map((name) => data(name, { sizeBytes: 10 }));
    expect(mayNeedCompaction(four, 0, LIMITS)).toBe(true);
    expect(mayNeedCompaction(four.slice(1), 0, LIMITS)).toBe(false);
    expect(mayNeedCompaction([], 0, LIMITS)).toBe(false);
  });
});

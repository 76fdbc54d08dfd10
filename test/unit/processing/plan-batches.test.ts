/** Owns the tests of cutting an export into batches. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { ExportManifest } from '../../../src/export/export-manifest.js';
import { filesOf, planBatches } from '../../../src/processing/plan-batches.js';

function exportOf(counts: readonly number[], itemBytes: number) {
  const itemCount = counts.reduce((sum, count) => sum + count, 0);
  return {
    manifest: { itemCount, billedSizeBytes: itemCount * itemBytes } as ExportManifest,
    files: counts.map((count, index) => ({ key: `f${index}`, itemCount: count, md5: '' })),
  };
}

describe('planBatches', () => {
  test('cuts by size, and by number of files', () => {
    const plan = (maxBatchBytes: number, maxFiles: number): readonly number[] =>
      planBatches(exportOf([10, 10, 10, 0, 50], 10), { maxBatchBytes, maxFiles }).map(
        (batch) => batch.fileCount,
      );
    expect(plan(1e9, 10)).toEqual([5]);
    expect(plan(200, 10)).toEqual([2, 2, 1]);
    expect(plan(1e9, 2)).toEqual([2, 2, 1]);
    expect(plan(1, 10)).toEqual([1, 1, 1, 1, 1]);
  });

  test('has a batch even for an export without files', () => {
    const batch = { index: 0, batchCount: 1, firstFile: 0, fileCount: 0, itemCount: 0 };
    expect(planBatches(exportOf([], 1))).toEqual([batch]);
  });

  test('puts every file into one batch, in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 1000 })),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 100_000 }),
        (counts, maxFiles, maxBatchBytes) => {
          const source = exportOf(counts, 100);
          const batches = planBatches(source, { maxFiles, maxBatchBytes });
          expect(batches.flatMap((batch) => filesOf(source.files, batch))).toEqual(source.files);
          batches.forEach((batch, index) => {
            expect(batch.index).toBe(index);
            expect(batch.batchCount).toBe(batches.length);
            expect(batch.fileCount).toBeLessThanOrEqual(maxFiles);
            const files = filesOf(source.files, batch);
            expect(files.reduce((sum, file) => sum + file.itemCount, 0)).toBe(batch.itemCount);
          });
        },
      ),
    );
  });
});

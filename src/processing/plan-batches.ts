/** Owns the cutting of an export's files into batches. */
import { assert } from '../core/assert.js';
import type { Batch } from '../lake/load.js';
import type { VerifiedExport } from './read-export.js';

/** Bounds of one batch; a single file may be past them, since a gzip file cannot be split. */
export interface BatchLimits {
  /** Uncompressed size, as the export's billing tells it. */
  readonly maxBatchBytes: number;
  readonly maxFiles: number;
}

/** Bounds at which a batch takes about a minute and its Parquet file is of a good size to read. */
export const DEFAULT_BATCH_LIMITS: BatchLimits = { maxBatchBytes: 512 * 1024 ** 2, maxFiles: 256 };

/**
 * The batches of an export: runs of consecutive files in the manifest's order, at least one even
 * without files. The same manifest and limits give the same batches.
 */
export function planBatches(
  { manifest, files }: Pick<VerifiedExport, 'manifest' | 'files'>,
  limits: BatchLimits = DEFAULT_BATCH_LIMITS,
): readonly Batch[] {
  assert(limits.maxFiles >= 1, 'a batch may have at least one file');
  // Manifests name no file sizes, so items are taken to be of average size.
  const itemBytes = manifest.itemCount === 0 ? 0 : manifest.billedSizeBytes / manifest.itemCount;
  const runs: { firstFile: number; fileCount: number; itemCount: number }[] = [];
  let run = { firstFile: 0, fileCount: 0, itemCount: 0 };
  for (const [index, file] of files.entries()) {
    const bytes = (run.itemCount + file.itemCount) * itemBytes;
    if (run.fileCount > 0 && (run.fileCount >= limits.maxFiles || bytes > limits.maxBatchBytes)) {
      runs.push(run);
      run = { firstFile: index, fileCount: 0, itemCount: 0 };
    }
    run.fileCount++;
    run.itemCount += file.itemCount;
  }
  runs.push(run);
  return runs.map((each, index) => ({ index, batchCount: runs.length, ...each }));
}

/** The files of `batch`. */
export function filesOf<File>(files: readonly File[], batch: Batch): readonly File[] {
  return files.slice(batch.firstFile, batch.firstFile + batch.fileCount);
}

/** Owns taking one export into a lake's table: opened and verified, cut into batches, written, committed. */
import type { Instant } from '../core/instant.js';
import type { ObjectReader } from '../core/object-store.js';
import type { BatchSource, CommitOutcome, LakeTable } from '../lake/lake.js';
import type { Batch, Load } from '../lake/load.js';
import { inParallel } from './in-parallel.js';
import { DEFAULT_BATCH_LIMITS, filesOf, planBatches, type BatchLimits } from './plan-batches.js';
import { storedFiles } from './read-changes.js';
import { readExport, type ExportSource, type VerifiedExport } from './read-export.js';

/** An export, looked up and verified. */
export interface OpenedExport {
  readonly store: ObjectReader;
  readonly verified: VerifiedExport;
  readonly batches: readonly Batch[];
  readonly load: Load;
}

/** As what an export is loaded. */
export interface LoadTerms extends Omit<Load, 'manifestMd5' | 'itemCount'> {
  /** Uncompressed size of a batch, about. */
  readonly batchBytes: number;
}

/** Reads the manifests; CorruptExport names what does not verify. */
export async function openExport(source: ExportSource, terms: LoadTerms): Promise<OpenedExport> {
  const { batchBytes, ...load } = terms;
  const verified = await readExport(source);
  return {
    store: source.store,
    verified,
    batches: planBatches(verified, batchLimits(batchBytes, verified)),
    load: {
      ...load,
      manifestMd5: verified.manifestMd5,
      itemCount: verified.manifest.itemCount,
    },
  };
}

/**
 * Batches of one load at most. Each is some dozen events in the history of a sync's workflow, which
 * ends at 51,200, so a table of many terabytes gets larger batches, not more.
 */
const MAX_BATCHES = 500;

function batchLimits(batchBytes: number, { manifest, files }: VerifiedExport): BatchLimits {
  return {
    maxBatchBytes: Math.max(batchBytes, Math.ceil((2 * manifest.billedSizeBytes) / MAX_BATCHES)),
    maxFiles: Math.max(DEFAULT_BATCH_LIMITS.maxFiles, Math.ceil((2 * files.length) / MAX_BATCHES)),
  };
}

/** One batch's files; `onRecords` hears of what is read of them, so that long work shows it is alive. */
export function sourceOf(
  { store, verified }: OpenedExport,
  batch: Batch,
  onRecords: BatchSource['onRecords'],
): BatchSource {
  return storedFiles(store, filesOf(verified.files, batch), onRecords);
}

/** How {@link loadExport} goes about it. */
export interface LoadOptions {
  /** Batches in work at once. */
  readonly concurrency: number;
  /** Stops the load before its commit; what was written until then is seen by nobody. */
  readonly signal: AbortSignal;
  readonly now: () => Instant;
  /** Called for records as they are read; each batch may be read more than once. */
  readonly onRecords: BatchSource['onRecords'];
}

/** Brings an opened export into the table from here, as a sync's activities do from many workers. */
export async function loadExport(
  table: LakeTable,
  opened: OpenedExport,
  { concurrency, signal, now, onRecords }: LoadOptions,
): Promise<CommitOutcome> {
  const { batches, load } = opened;
  const forEach = (work: (batch: Batch, source: BatchSource) => Promise<unknown>): Promise<void> =>
    allOrFirstFailure(batches, concurrency, signal, (batch, stopped) =>
      work(
        batch,
        sourceOf(opened, batch, (count) => {
          stopped.throwIfAborted();
          onRecords(count);
        }),
      ),
    );
  // The lake's types are settled from the profiles of all batches, before any is written.
  if (batches.length > 1) {
    await forEach((batch, source) => table.profileBatch(load, batch, source));
  }
  await forEach((batch, source) => table.writeBatch(load, batch, source));
  signal.throwIfAborted();
  return table.commit(load, batches.length, now());
}

/** Runs `work` on all; the first failure stops the others too. */
async function allOrFirstFailure(
  batches: readonly Batch[],
  concurrency: number,
  signal: AbortSignal,
  work: (batch: Batch, stopped: AbortSignal) => Promise<unknown>,
): Promise<void> {
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  await inParallel(batches, concurrency, async (batch) => {
    try {
      stopped.throwIfAborted();
      await work(batch, stopped);
    } catch (error) {
      failed.abort(error);
      throw error;
    }
  });
}

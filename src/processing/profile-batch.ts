/** Owns the profile of a batch: what types its values need, left in staging for all batches to go by. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
import {
  formatTableEvidence,
  mergeTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../lake/evidence.js';
import type { BatchSource } from '../lake/lake.js';
import { evidenceKey } from '../lake/layout.js';
import type { Batch, Load } from '../lake/load.js';
import { getText, putText } from './text-objects.js';
import { runFiles } from './threads/run-files.js';

/** Leaves the evidence of a batch in staging; the values of `unseen` attributes leave none. */
export async function profileBatch(
  store: ObjectStore,
  staging: string,
  load: Load,
  batch: Batch,
  source: BatchSource,
  unseen: readonly string[] = [],
): Promise<void> {
  const evidence = await evidenceOf(load, batch, source, unseen);
  await putText(store, evidenceKey(staging, batch), formatTableEvidence(evidence));
}

/** The evidence of the whole load, the same for each of its batches. */
export function evidenceOfLoad(
  store: ObjectStore,
  staging: string,
  load: Load,
  batch: Batch,
  source: BatchSource,
  unseen: readonly string[] = [],
): Promise<TableEvidence> {
  // A load of one batch needs no profile left for others.
  return batch.batchCount === 1
    ? evidenceOf(load, batch, source, unseen)
    : mergedEvidence(store, staging, load, batch.batchCount);
}

/** What `profileBatch` left of each batch of a load of several. */
export async function mergedEvidence(
  store: ObjectStore,
  staging: string,
  load: Load,
  batchCount: number,
): Promise<TableEvidence> {
  const merged = newTableEvidence();
  for (let index = 0; index < batchCount; index++) {
    const text = await getText(store, evidenceKey(staging, { index, batchCount }));
    if (text === undefined) {
      throw new TidemarkError(`Batch ${index} of ${load.exportArn} was not profiled.`, {
        code: ErrorCode.NotFound,
        subject: load.exportArn,
        hint: 'Profile every batch of the load before writing any.',
      });
    }
    mergeTableEvidence(merged, parseTableEvidence(text));
  }
  return merged;
}

async function evidenceOf(
  load: Load,
  batch: Batch,
  source: BatchSource,
  unseen: readonly string[],
): Promise<TableEvidence> {
  const { scope: format, keyAttributes } = load;
  checkCount(
    load,
    batch,
    source.files.reduce((sum, file) => sum + file.itemCount, 0),
  );
  const evidence = newTableEvidence();
  for (const text of await runFiles('profile', source, (files) => ({
    files,
    format,
    keyAttributes,
    unseen,
  }))) {
    mergeTableEvidence(evidence, parseTableEvidence(text));
  }
  return evidence;
}

/** CorruptExport unless a batch has as many records as the manifest says. */
export function checkCount(load: Load, batch: Batch, rows: number): void {
  if (rows === batch.itemCount) return;
  throw new TidemarkError(
    `Batch ${batch.index} of ${load.exportArn} has ${rows} items, not ${batch.itemCount}.`,
    {
      code: ErrorCode.CorruptExport,
      subject: load.exportArn,
      hint: 'Check that nobody changed the export, then let a new export be taken.',
    },
  );
}

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
import { profileFile } from './scan/scan-file.js';
import { getText, putText } from './text-objects.js';

/** Leaves the evidence of a batch in staging. */
export async function profileBatch(
  store: ObjectStore,
  staging: string,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<void> {
  const evidence = await evidenceOf(load, batch, source);
  await putText(store, evidenceKey(staging, batch), formatTableEvidence(evidence));
}

/** The evidence of the whole load, the same for each of its batches. */
export function evidenceOfLoad(
  store: ObjectStore,
  staging: string,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<TableEvidence> {
  // A load of one batch needs no profile left for others.
  return batch.batchCount === 1
    ? evidenceOf(load, batch, source)
    : mergedEvidence(store, staging, load, batch.batchCount);
}

async function mergedEvidence(
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

async function evidenceOf(load: Load, batch: Batch, source: BatchSource): Promise<TableEvidence> {
  const evidence = newTableEvidence();
  let rows = 0;
  for (const file of source.files) {
    const body = watched(await source.open(file), source);
    const seen = await profileFile(body, file, load.keyAttributes, load.scope);
    mergeTableEvidence(evidence, seen);
    source.onRecords(file.itemCount);
    rows += file.itemCount;
  }
  checkCount(load, batch, rows);
  return evidence;
}

/** Lets whoever watches the work end it in the middle of a file. */
async function* watched(
  body: AsyncIterable<Uint8Array>,
  { onRecords }: BatchSource,
): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of body) {
    onRecords(0);
    yield piece;
  }
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

/** Owns how a load order becomes a verified export, its batches and the lake's table. */
import type { ObjectStore } from '../../src/core/object-store.js';
import type { LakeTable, ReadChanges } from '../../src/lake/lake.js';
import type { Batch, Load } from '../../src/lake/load.js';
import { createParquetLake } from '../../src/processing/parquet-lake.js';
import {
  DEFAULT_BATCH_LIMITS,
  filesOf,
  planBatches,
  type BatchLimits,
} from '../../src/processing/plan-batches.js';
import { readAllChanges } from '../../src/processing/read-changes.js';
import { readExport, type VerifiedExport } from '../../src/processing/read-export.js';
import type { ActivityPorts } from './activity-ports.js';
import type { LoadOrder, TableRef } from './load-order.js';

/** An order, looked up and verified. */
export interface OrderedExport {
  readonly store: ObjectStore;
  readonly verified: VerifiedExport;
  readonly batches: readonly Batch[];
  readonly load: Load;
}

/** Reads the export's manifests anew: each activity verifies what it goes by. */
export async function openOrderedExport(
  ports: ActivityPorts,
  order: LoadOrder,
): Promise<OrderedExport> {
  const { table, scope, exportArn, manifestKey, epoch } = order;
  const store = ports.objectStore(order.region, order.exportBucket);
  const expected = { exportArn, tableArn: table.tableArn, tableId: table.tableId, scope };
  const verified = await readExport({ store, manifestKey, expected });
  return {
    store,
    verified,
    batches: planBatches(verified, batchLimits(order, verified)),
    load: {
      scope,
      tableId: table.tableId,
      epoch,
      exportArn,
      manifestMd5: verified.manifestMd5,
      itemCount: verified.manifest.itemCount,
      keyAttributes: table.keyAttributes,
    },
  };
}

/**
 * Batches of one load at most. Each is some dozen events in the workflow's history, which ends at
 * 51,200, so a table of many terabytes gets larger batches, not more.
 */
const MAX_BATCHES = 500;

function batchLimits({ batchBytes }: LoadOrder, { manifest, files }: VerifiedExport): BatchLimits {
  return {
    maxBatchBytes: Math.max(batchBytes, Math.ceil((2 * manifest.billedSizeBytes) / MAX_BATCHES)),
    maxFiles: Math.max(DEFAULT_BATCH_LIMITS.maxFiles, Math.ceil((2 * files.length) / MAX_BATCHES)),
  };
}

/** The table in its lake. */
export function lakeTableOf(ports: ActivityPorts, ref: TableRef): LakeTable {
  const store = ports.objectStore(ref.region, ref.lakeBucket);
  return createParquetLake({ store, lakePrefix: ref.lakePrefix }).table(ref.tableName);
}

/** One batch's changes; `onChange` is called for each, so that long work shows it is alive. */
export function changesOf(
  { store, verified, load }: OrderedExport,
  batch: Batch,
  onChange: () => void,
): ReadChanges {
  return async function* () {
    const format = { kind: load.scope.kind, keyAttributes: load.keyAttributes };
    for await (const change of readAllChanges(store, filesOf(verified.files, batch), format)) {
      onChange();
      yield change;
    }
  };
}

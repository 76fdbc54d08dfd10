/** Owns the work on one batch of an export: profiling its types and writing its rows. */
import { Context } from '@temporalio/activity';
import { assert } from '../../src/core/assert.js';
import type { BatchSource, LakeTable } from '../../src/lake/lake.js';
import type { Batch, Load } from '../../src/lake/load.js';
import { sourceOf } from '../../src/processing/load-export.js';
import type { ActivityPorts } from './activity-ports.js';
import type { LoadOrder } from './load-order.js';
import { lakeTableOf, openOrderedExport } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';
import { beating } from './beating.js';

/** Leaves word of the types one batch needs, for a load of several. */
export function profileBatch(ports: ActivityPorts): TableActivities['profileBatch'] {
  return (order, index, batchCount) =>
    onBatch(ports, order, index, batchCount, async (table, load, batch, source) => {
      await table.profileBatch(load, batch, source);
      return {};
    });
}

/** Writes one batch where no reader sees it yet. */
export function writeBatch(ports: ActivityPorts): TableActivities['writeBatch'] {
  return (order, index, batchCount) =>
    onBatch(ports, order, index, batchCount, async (table, load, batch, source) => {
      const { rows } = await table.writeBatch(load, batch, source);
      return { rows };
    });
}

async function onBatch<Result>(
  ports: ActivityPorts,
  order: LoadOrder,
  index: number,
  batchCount: number,
  work: (table: LakeTable, load: Load, batch: Batch, source: BatchSource) => Promise<Result>,
): Promise<Result> {
  const opened = await openOrderedExport(ports, order);
  const batch = opened.batches[index];
  assert(
    batch !== undefined && opened.batches.length === batchCount,
    `${order.exportArn} makes ${batchCount} batches, as when it was planned`,
  );
  const { cancellationSignal } = Context.current();
  let changesRead = 0;
  const source = sourceOf(opened, batch, (count) => {
    cancellationSignal.throwIfAborted();
    changesRead += count;
  });
  return beating(
    () => ({ changesRead }),
    () => work(lakeTableOf(ports, order), opened.load, batch, source),
  );
}

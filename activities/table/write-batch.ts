/** Owns the work on one batch of an export: profiling its types and writing its rows. */
import { Context } from '@temporalio/activity';
import { assert } from '../../src/core/assert.js';
import type { LakeTable, ReadChanges } from '../../src/lake/lake.js';
import type { Batch, Load } from '../../src/lake/load.js';
import type { ActivityPorts } from './activity-ports.js';
import type { LoadOrder } from './load-order.js';
import { changesOf, lakeTableOf, openOrderedExport } from './ordered-export.js';
import type { TableActivities } from './table-activities.js';
import { beating } from './beating.js';

/** Leaves word of the types one batch needs, for a load of several. */
export function profileBatch(ports: ActivityPorts): TableActivities['profileBatch'] {
  return (order, index, batchCount) =>
    onBatch(ports, order, index, batchCount, (table, load, batch, changes) =>
      table.profileBatch(load, batch, changes),
    );
}

/** Writes one batch where no reader sees it yet. */
export function writeBatch(ports: ActivityPorts): TableActivities['writeBatch'] {
  return (order, index, batchCount) =>
    onBatch(ports, order, index, batchCount, async (table, load, batch, changes) => {
      const { rows } = await table.writeBatch(load, batch, changes);
      return { rows };
    });
}

async function onBatch<Result>(
  ports: ActivityPorts,
  order: LoadOrder,
  index: number,
  batchCount: number,
  work: (table: LakeTable, load: Load, batch: Batch, changes: ReadChanges) => Promise<Result>,
): Promise<Result> {
  const opened = await openOrderedExport(ports, order);
  const batch = opened.batches[index];
  assert(
    batch !== undefined && opened.batches.length === batchCount,
    `${order.exportArn} makes ${batchCount} batches, as when it was planned`,
  );
  const { cancellationSignal } = Context.current();
  let changesRead = 0;
  const changes = changesOf(opened, batch, () => {
    cancellationSignal.throwIfAborted();
    changesRead += 1;
  });
  return beating(
    () => ({ changesRead }),
    () => work(lakeTableOf(ports, order), opened.load, batch, changes),
  );
}

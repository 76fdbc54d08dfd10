/** Owns deleting the sync's own exports, once the lake has what they hold. */
import { Context, log } from '@temporalio/activity';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { manifestKeyOf, prefixBelow } from '../../src/export/window-prefix.js';
import { deleteExport } from '../../src/processing/delete-export.js';
import type { Leaving } from '../../src/sync/leaving.js';
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import type { DeleteOrder } from './load-order.js';
import type { TableActivities } from './table-activities.js';

/** Each by its own manifest. One that does not verify stays, and is told: by what could it be deleted? */
export function deleteExports(ports: ActivityPorts): TableActivities['deleteExports'] {
  return (order) => {
    const { cancellationSignal } = Context.current();
    const settled: string[] = [];
    return beating(
      () => ({ settled: settled.length }),
      async () => {
        for (const leaving of order.exports) {
          cancellationSignal.throwIfAborted();
          if (await isSettled(ports, order, leaving)) settled.push(leaving.id);
        }
        return { settled };
      },
    );
  };
}

/** False while the export is still being written. */
async function isSettled(
  ports: ActivityPorts,
  { region, tableName, table, exportBucket, exportPrefix }: DeleteOrder,
  { id, leaf }: Leaving,
): Promise<boolean> {
  const exportArn = `${table.tableArn}/export/${id}`;
  const store = ports.objectStore(region, exportBucket);
  const manifestKey = manifestKeyOf(prefixBelow(exportPrefix, tableName, leaf), exportArn);
  try {
    if (await deleteExport({ store, manifestKey, exportArn })) return true;
    // None there: deleted before, FAILED, or given up while it was in progress.
    const described = await ports.tableExports(region).describeExport(exportArn);
    if (described.status === 'COMPLETED' && described.manifestKey !== manifestKey) {
      await deleteExport({ store, manifestKey: described.manifestKey, exportArn });
    }
    return described.status !== 'IN_PROGRESS';
  } catch (error) {
    if (!(error instanceof TidemarkError)) throw error;
    if (error.code === ErrorCode.NotFound) return true;
    if (error.code !== ErrorCode.CorruptExport) throw error;
    log.warn(`export ${exportArn} stays: ${error.message}`);
    return true;
  }
}

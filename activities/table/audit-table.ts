/** Owns the audit of a table: an export of its own, compared with the lake, and deleted. */
import { Context } from '@temporalio/activity';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { verifyExportRequest } from '../../src/export/verify-export.js';
import { deleteExport } from '../../src/processing/delete-export.js';
import { lakeLocation } from '../../src/processing/lake-location.js';
import type { ExportSource } from '../../src/processing/read-export.js';
import { verifyExport, withVerifiableRows } from '../../src/processing/verify/verify-export.js';
import { reachOf } from '../../src/sync/check-verifiable.js';
import { destinationOf } from '../../src/sync/table-sync-input.js';
import type { ActivityPorts } from './activity-ports.js';
import { beating } from './beating.js';
import type { AuditExport } from './load-order.js';
import type { TableActivities } from './table-activities.js';

/** Asking twice is asking once: the token follows from the audit. */
export function requestAuditExport(ports: ActivityPorts): TableActivities['requestAuditExport'] {
  return async ({ order, pollSeconds }) => {
    const { region, tableName, table, watermark, exportPrefix, run } = order;
    const exports = ports.tableExports(region);
    const pitr = await exports.describePitr(tableName);
    if (reachOf(tableName, watermark, pitr) === 'wait') {
      throw new TidemarkError(`${tableName} cannot be restored to ${watermark} yet.`, {
        code: ErrorCode.NotYet,
        subject: tableName,
        retryable: true,
        retryAfterSeconds: pollSeconds,
      });
    }
    return exports.requestExport(
      verifyExportRequest({
        table,
        instant: watermark,
        ...destinationOf(order),
        root: exportPrefix,
        run,
      }),
    );
  };
}

/** Tells counts alone; `tidemark verify` tells which keys they are. */
export function compareExport(ports: ActivityPorts): TableActivities['compareExport'] {
  return (order) => {
    const { cancellationSignal } = Context.current();
    const read = { table: 0, lake: 0 };
    const { region, lakeBucket, table, watermark } = order;
    const location = lakeLocation(ports.objectStore(region, lakeBucket), order, ports.openCatalog);
    const { hashKey } = ports;
    return beating(
      () => read,
      () =>
        withVerifiableRows({ ...location, table, hashKey, at: watermark }, async (rows) => {
          if (rows.state.watermark !== watermark) throw noSuchState(order, rows.state.watermark);
          const { tableItems, lakeRows, counts } = await verifyExport(
            sourceOf(ports, order),
            rows,
            {
              hashKey,
              shown: 0,
              onRows: (side, count) => {
                cancellationSignal.throwIfAborted();
                read[side] += count;
              },
            },
          );
          const differences = Object.values(counts).reduce((sum, count) => sum + count, 0);
          return { tableItems, lakeRows, differences, endedAt: ports.now() };
        }),
    );
  };
}

/** Once the export is gone, there is nothing more to do. */
export function deleteAuditExport(ports: ActivityPorts): TableActivities['deleteAuditExport'] {
  return (order) =>
    beating(
      () => 'deleting',
      async () => {
        const { region, exportBucket, exportArn, manifestKey } = order;
        const store = ports.objectStore(region, exportBucket);
        await deleteExport({ store, manifestKey, exportArn });
      },
    );
}

function sourceOf(ports: ActivityPorts, order: AuditExport): ExportSource {
  const { region, exportBucket, exportArn, manifestKey, table, watermark } = order;
  const { tableArn, tableId } = table;
  return {
    store: ports.objectStore(region, exportBucket),
    manifestKey,
    expected: {
      exportArn,
      tableArn,
      tableId,
      scope: { kind: 'full', exportTime: watermark },
    },
  };
}

function noSuchState({ tableName, watermark }: AuditExport, found: string): TidemarkError {
  return new TidemarkError(
    `The lake has no state of ${tableName} at ${watermark} any more: the last before it is of ${found}.`,
    {
      code: ErrorCode.BrokenContinuity,
      subject: tableName,
      hint: 'The table was rolled back or loaded anew meanwhile; the next audit looks again.',
    },
  );
}

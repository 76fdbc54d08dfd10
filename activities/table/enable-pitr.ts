/** Owns switching on a table's point-in-time recovery. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { findLoss } from '../../src/sync/find-loss.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/** Harmless when PITR is on; waits out, by retries, the moments after a table's creation. */
export function enablePitr(ports: ActivityPorts): TableActivities['enablePitr'] {
  return async ({ region, tableName, followed }) => {
    const exports = ports.tableExports(region);
    const table = await exports.describeTable(tableName);
    const before = await exports.describePitr(tableName);
    const loss = followed && findLoss(table, before, ports.now(), followed);
    if (loss !== undefined) throw loss;
    if (before.enabled) return { table, pitr: before, now: ports.now() };
    await exports.enablePitr(tableName);
    const pitr = await exports.describePitr(tableName);
    if (pitr.enabled) return { table, pitr, now: ports.now() };
    throw new TidemarkError(`Point-in-time recovery of ${tableName} is still being switched on.`, {
      code: ErrorCode.NotYet,
      subject: tableName,
      retryable: true,
      retryAfterSeconds: 1,
    });
  };
}

/** Owns waiting until a table can be restored to an instant. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { secondsBetween } from '../../src/core/instant.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/**
 * One look a call: the server's retry is the wait, so that waiting holds no worker slot and adds
 * nothing to the history.
 */
export function awaitRestorable(ports: ActivityPorts): TableActivities['awaitRestorable'] {
  return async ({ ref, instant, pollSeconds }) => {
    const pitr = await ports.tableExports(ref.region).describePitr(ref.tableName);
    if (!pitr.enabled) {
      throw new TidemarkError(
        `Point-in-time recovery of ${ref.tableName} was switched off while waiting for ${instant}.`,
        { code: ErrorCode.PitrUnavailable, subject: ref.tableName },
      );
    }
    if (pitr.latestRestorable >= instant) return;
    const missingSeconds = secondsBetween(pitr.latestRestorable, instant);
    throw new TidemarkError(
      `${ref.tableName} is restorable to ${pitr.latestRestorable}, not yet to ${instant}.`,
      {
        code: ErrorCode.NotYet,
        subject: ref.tableName,
        retryable: true,
        retryAfterSeconds: Math.min(missingSeconds, pollSeconds),
      },
    );
  };
}

/** Owns waiting for an export to end. */
import { Context } from '@temporalio/activity';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ActivityPorts } from './activity-ports.js';
import type { TableActivities } from './table-activities.js';

/** One look a call; see `await-restorable.ts`. FAILED is an answer, not an error: the workflow decides. */
export function awaitExport(ports: ActivityPorts): TableActivities['awaitExport'] {
  return async ({ ref, exportArn, pollSeconds }) => {
    const description = await ports.tableExports(ref.region).describeExport(exportArn);
    if (description.status !== 'IN_PROGRESS') {
      return { ...description, seenAt: ports.now(), looks: Context.current().info.attempt };
    }
    throw new TidemarkError(`Export ${exportArn} is in progress.`, {
      code: ErrorCode.NotYet,
      subject: exportArn,
      retryable: true,
      retryAfterSeconds: pollSeconds,
    });
  };
}

/** Owns asking DynamoDB for an export. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { clientTokenOf } from '../../src/export/client-token.js';
import type { RequestedExport } from '../../src/export/table-exports.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import { checkedChoices } from '../../src/processing/iceberg/choices-for.js';
import { destinationOf } from '../../src/sync/table-sync-input.js';
import type { ActivityPorts } from './activity-ports.js';
import type { RequestExportInput, TableActivities } from './table-activities.js';

/** Attempts passed over in one call; a token is forgotten after eight hours, so that few are ever dead. */
const MAX_PASSED_OVER = 40;

/**
 * Asking twice is asking once: the token is derived from what is asked. A token that gets no living
 * export is passed over: its export FAILED before, under a sync that has been stopped since, or
 * somebody else used it.
 */
export function requestExport(ports: ActivityPorts): TableActivities['requestExport'] {
  return async (input) => {
    const { table, scope, attempt } = input;
    // Found now, an export is spared that no lake could be made of.
    if (scope.kind === 'full') checkedChoices(input.tableOptions ?? {}, table, ports.hashKey);
    for (let next = attempt; next <= attempt + MAX_PASSED_OVER; next++) {
      const asked = await requestAttempt(ports, input, next);
      if (asked?.hasFailed === false) return { exportArn: asked.exportArn, attempt: next };
    }
    throw new TidemarkError(
      `Attempts ${attempt} to ${attempt + MAX_PASSED_OVER} at exporting ${table.tableName} have all failed.`,
      {
        code: ErrorCode.NotYet,
        subject: table.tableName,
        retryable: true,
        retryAfterSeconds: 3600,
        hint: 'Look at the exports of the table in the console: each says why it failed.',
      },
    );
  };
}

/** Undefined where somebody else used the token for another export. */
async function requestAttempt(
  ports: ActivityPorts,
  input: RequestExportInput,
  attempt: number,
): Promise<RequestedExport | undefined> {
  const { region, table, scope, exportPrefix, epoch } = input;
  const destination = destinationOf(input);
  const prefix = windowPrefix(exportPrefix, table.tableName, scope);
  const clientToken = clientTokenOf({
    tableId: table.tableId,
    epoch,
    scope,
    bucket: destination.bucket,
    prefix,
    attempt,
  });
  try {
    return await ports.tableExports(region).requestExport({
      tableArn: table.tableArn,
      scope,
      ...destination,
      prefix,
      clientToken,
    });
  } catch (thrown) {
    if (thrown instanceof TidemarkError && thrown.code === ErrorCode.TokenTaken) return undefined;
    throw thrown;
  }
}

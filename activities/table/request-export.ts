/** Owns asking DynamoDB for an export. */
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { secondsBetween, type Instant } from '../../src/core/instant.js';
import { clientTokenOf } from '../../src/export/client-token.js';
import type { RequestedExport } from '../../src/export/table-exports.js';
import { windowPrefix } from '../../src/export/window-prefix.js';
import { checkedChoices } from '../../src/processing/iceberg/choices-for.js';
import { destinationOf } from '../../src/sync/table-sync-input.js';
import type { ActivityPorts } from './activity-ports.js';
import type { AskedExport, RequestExportInput, TableActivities } from './table-activities.js';

/** Seconds for which a Region that refused has no room for those without a turn: several rounds of those with one. */
const FULL_SECONDS = 60;

/** Attempts passed over in one call; a token is forgotten after eight hours, so that few are ever dead. */
const MAX_PASSED_OVER = 40;

/**
 * Asking twice is asking once: the token is derived from what is asked. A token that gets no living
 * export is passed over: its export FAILED before, under a sync that has been stopped since, or
 * somebody else used it.
 */
export function requestExport(ports: ActivityPorts): TableActivities['requestExport'] {
  // By Region. It sends newcomers of this worker to the line unasked, so that they take no room that
  // those in it wait for; workers that do not know ask once, and then do.
  const refusedAt = new Map<string, Instant>();
  const isFull = (region: string): boolean => {
    const refused = refusedAt.get(region);
    return refused !== undefined && secondsBetween(refused, ports.now()) < FULL_SECONDS;
  };
  return async (input) => {
    const { region, hasTurn } = input;
    if (hasTurn === false && isFull(region)) return { isFull: true };
    try {
      return await firstLiving(ports, input);
    } catch (thrown) {
      const code = thrown instanceof TidemarkError ? thrown.code : undefined;
      if (code === ErrorCode.NoRoom) {
        refusedAt.set(region, ports.now());
        if (hasTurn === false) return { isFull: true };
      }
      const isWorthTheTurn = code === ErrorCode.NoRoom || code === ErrorCode.Throttled;
      if (hasTurn === true && !isWorthTheTurn) return { isFull: false };
      throw thrown;
    }
  };
}

async function firstLiving(ports: ActivityPorts, input: RequestExportInput): Promise<AskedExport> {
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

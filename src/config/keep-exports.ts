/** Owns how long a sync's exports are kept, refused where it could not remember so many. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { exportPlanOf, exportSecondsOf } from '../sync/export-plan.js';
import { MAX_LEAVINGS } from '../sync/leavings.js';
import type { TableSyncInput } from '../sync/table-sync-input.js';
import { durationText, parseDuration } from './duration.js';
import type { TableConfig } from './tidemark-config.js';

/** Nothing for exports that are kept for ever; 0 for those that are deleted once they are loaded. */
export function keepExportsOf({
  keepExports = false,
}: TableConfig): Pick<TableSyncInput, 'keepExportsSeconds'> {
  if (keepExports === true) return {};
  return { keepExportsSeconds: keepExports === false ? 0 : (parseDuration(keepExports) ?? 0) };
}

/** InvalidConfig where more exports would wait to be deleted than a sync remembers. */
export function checkKeepExports(
  input: Pick<
    TableSyncInput,
    'tableName' | 'windowSeconds' | 'freshnessSeconds' | 'limits' | 'keepExportsSeconds'
  >,
): void {
  const { tableName, windowSeconds, freshnessSeconds, limits, keepExportsSeconds = 0 } = input;
  const stepSeconds =
    freshnessSeconds === undefined
      ? windowSeconds
      : exportPlanOf({ freshnessSeconds, exportSeconds: exportSecondsOf([], limits), limits })
          .stepSeconds;
  const mostSeconds = Math.floor(MAX_LEAVINGS * stepSeconds * ROOM);
  if (keepExportsSeconds <= mostSeconds) return;
  throw new TidemarkError(
    `keepExports is ${durationText(keepExportsSeconds)} for ${tableName}, which takes an export every ${durationText(stepSeconds)}: a sync remembers ${MAX_LEAVINGS.toLocaleString('en-US')} exports.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: 'keepExports',
      hint: `Set keepExports: '${Math.max(1, Math.floor(mostSeconds / 3600))}h' or less, or true and a lifecycle rule of the bucket.`,
    },
  );
}

/** Some of what is remembered is left for exports that FAILED, and for those in hand. */
const ROOM = 0.9;

/** Owns the freshness that is asked for a table, refused where it cannot be had. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { overlapRefused } from '../lake/earlier-exports.js';
import { exportPlanOf, exportSecondsOf, leastFreshness } from '../sync/export-plan.js';
import type { TableSyncInput } from '../sync/table-sync-input.js';
import { durationText } from './duration.js';

/** What of a sync's input its freshness hangs on. */
export type FreshnessTerms = Pick<
  TableSyncInput,
  'tableName' | 'freshnessSeconds' | 'limits' | 'lakeFormat' | 'tableOptions'
>;

/**
 * InvalidConfig, with the nearest freshness that can be had, where exports take longer than what is
 * asked for allows.
 *
 * @param measured - seconds that exports of the table took of late; none where nobody knows yet
 */
export function checkFreshness(terms: FreshnessTerms, measured: readonly number[]): void {
  const { tableName, freshnessSeconds, limits } = terms;
  if (freshnessSeconds === undefined) return;
  const exportSeconds = exportSecondsOf(measured, limits);
  const least = leastFreshness(exportSeconds, limits);
  if (freshnessSeconds >= least) return;
  const whose = measured.length === 0 ? 'is taken to last' : `of ${tableName}, by the last, lasts`;
  throw refused(
    `${durationText(freshnessSeconds)} for ${tableName} cannot be had: an export ${whose} ${durationText(Math.ceil(exportSeconds))}`,
    `Set freshness: '${durationText(least)}' or more.`,
  );
}

/** InvalidConfig where the freshness needs exports that overlap, and the table can have none. */
export function checkOverlap(terms: FreshnessTerms): void {
  const { tableName, freshnessSeconds, limits, lakeFormat = 'parquet', tableOptions = {} } = terms;
  const refusal = overlapRefused(lakeFormat, tableOptions);
  if (freshnessSeconds === undefined || refusal === undefined) return;
  const exportSeconds = exportSecondsOf([], limits);
  if (exportPlanOf({ freshnessSeconds, exportSeconds, limits }).overlapSeconds === 0) return;
  const without = limits.minWindowSeconds + exportSeconds;
  throw refused(
    `${durationText(freshnessSeconds)} for ${tableName} needs exports that overlap, and ${refusal}`,
    `Set freshness: '${durationText(without)}' or more, or remove what it does not go with.`,
  );
}

function refused(problem: string, hint: string): TidemarkError {
  return new TidemarkError(`A freshness of ${problem}.`, {
    code: ErrorCode.InvalidConfig,
    subject: 'freshness',
    hint,
  });
}

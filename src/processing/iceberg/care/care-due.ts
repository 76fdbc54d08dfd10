/** Owns when a table is looked after. */
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { LOAD } from '../load-facts.js';
import type { CareOptions } from './care-options.js';

/** The entry of a summary by which snapshots of the care are known. */
export const CARE_SUMMARY = 'tidemark.care';

/** The property that tells when orphans were last looked for, in milliseconds since 1970. */
export const ORPHANS_LOOKED_FOR = 'tidemark.orphans-looked-for-at-ms';

/** Whether to look for files to be written anew: once every so many loads since the last time. */
export function isCompactionDue(
  { snapshots }: Pick<TableMetadata, 'snapshots'>,
  { everyLoads }: Pick<CareOptions, 'everyLoads'>,
): boolean {
  const last = snapshots.findLastIndex(({ summary }) => summary[CARE_SUMMARY] !== undefined);
  const loads = snapshots.slice(last + 1).filter(({ summary }) => summary[LOAD] !== undefined);
  return loads.length > 0 && loads.length % everyLoads === 0;
}

/** Whether to look for orphans; the first time, once the table is as old as that. */
export function areOrphansDue(
  metadata: Pick<TableMetadata, 'properties' | 'snapshot-log'>,
  { orphansEveryMs }: Pick<CareOptions, 'orphansEveryMs'>,
  nowMs: number,
): boolean {
  const last = Number(metadata.properties[ORPHANS_LOOKED_FOR] ?? NaN);
  const since = Number.isFinite(last) ? last : metadata['snapshot-log'][0]?.['timestamp-ms'];
  return since !== undefined && nowMs - since >= orphansEveryMs;
}

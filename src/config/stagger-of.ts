/** Owns by how much a table asks later than its windows end, so that a thousand do not ask at once. */
import { createHash } from 'node:crypto';
import type { TableSyncInput } from '../sync/table-sync-input.js';

/** Tables are spread over a window's fifteenth: a minute of fifteen. */
const PARTS = 15;
/** Wide windows end together more seldom, and their tables are spread over no more than this. */
const MOST_SECONDS = 300;

/**
 * Of each table its own, and always the same: whole seconds from 0 to below a fifteenth of the window or
 * five minutes, whichever is less. None where a freshness is asked for, which it would eat into.
 */
export function staggerOf({
  region,
  tableName,
  windowSeconds,
  freshnessSeconds,
}: Pick<TableSyncInput, 'region' | 'tableName' | 'windowSeconds' | 'freshnessSeconds'>): Pick<
  TableSyncInput,
  'staggerSeconds'
> {
  const spreadSeconds = Math.min(MOST_SECONDS, Math.floor(windowSeconds / PARTS));
  if (freshnessSeconds !== undefined || spreadSeconds < 1) return {};
  const chance = createHash('sha256').update(`${region}/${tableName}`).digest().readUInt32BE();
  return { staggerSeconds: chance % spreadSeconds };
}

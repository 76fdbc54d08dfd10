/** Owns what loads left in staging that are committed: an attempt that was held up may write there once more. */
import { millisOf } from '../../../core/instant.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { stagedEnd } from '../../../lake/layout.js';
import { lakeStateOf } from '../load-facts.js';
import type { CarePorts } from './care-ports.js';

/**
 * Keys in staging of loads that end before the table's watermark, which are never committed again,
 * and before `endedBeforeMs` (milliseconds since 1970): after a rollback a load is written anew, in
 * the same place, and one so old is none that is being written.
 */
export async function abandonedStaging(
  { store, layout }: Pick<CarePorts, 'store' | 'layout'>,
  metadata: TableMetadata,
  endedBeforeMs: number,
): Promise<readonly string[]> {
  const watermark = lakeStateOf(metadata)?.watermark;
  if (watermark === undefined) return [];
  const keys: string[] = [];
  for await (const { key } of store.list(layout.stagingDirectory)) {
    const end = stagedEnd(layout, key);
    if (end === undefined || end >= watermark || millisOf(end) >= endedBeforeMs) continue;
    keys.push(key);
  }
  return keys;
}

/** Owns which snapshots of a table expire. */
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { MAIN } from '../../../iceberg/table-state.js';
import type { CareOptions } from './care-options.js';

type Limits = Pick<CareOptions, 'keepSnapshotsMs' | 'minExpired' | 'maxExpired'>;

/**
 * Ids of snapshots past their time, oldest first; none while they are few. What a branch or tag points
 * at stays, whatever its age. The table's own properties and those of `main` come before `limits`:
 * https://iceberg.apache.org/docs/latest/configuration/#table-behavior-properties.
 */
export function chooseExpired(
  metadata: Pick<TableMetadata, 'snapshots' | 'refs' | 'properties'>,
  limits: Limits,
  nowMs: number,
): readonly bigint[] {
  const { snapshots, refs, properties } = metadata;
  const main = refs[MAIN];
  const keepMs =
    main?.['max-snapshot-age-ms'] ??
    numberOf(properties['history.expire.max-snapshot-age-ms']) ??
    limits.keepSnapshotsMs;
  const keepCount =
    main?.['min-snapshots-to-keep'] ??
    numberOf(properties['history.expire.min-snapshots-to-keep']) ??
    1;
  const byAge = snapshots.toSorted((a, b) => a['sequence-number'] - b['sequence-number']);
  const named = new Set(Object.values(refs).map((ref) => ref['snapshot-id']));
  const expired = byAge
    .slice(0, Math.max(0, byAge.length - keepCount))
    .filter((snapshot) => snapshot['timestamp-ms'] < nowMs - keepMs)
    .map((snapshot) => snapshot['snapshot-id'])
    .filter((id) => !named.has(id));
  return expired.length < limits.minExpired ? [] : expired.slice(0, limits.maxExpired);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

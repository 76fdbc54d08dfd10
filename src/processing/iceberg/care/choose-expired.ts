/** Owns which snapshots of a table expire. */
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { MAIN } from '../../../iceberg/table-state.js';
import type { CareOptions } from './care-options.js';

/** So long a lot may gather. */
const LOT_MS = 86_400_000;

type Limits = Pick<CareOptions, 'keepSnapshotsMs' | 'minExpired' | 'maxExpired'>;

/**
 * Ids of snapshots past their time, oldest first; none while they are few, and a day past it at most:
 * people who have values left out wait for the old ones to go. What a branch or tag points
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
  const past = byAge
    .slice(0, Math.max(0, byAge.length - keepCount))
    .filter(
      ({ 'timestamp-ms': madeMs, 'snapshot-id': id }) => madeMs < nowMs - keepMs && !named.has(id),
    );
  const isOverdue = past.some((snapshot) => snapshot['timestamp-ms'] < nowMs - keepMs - LOT_MS);
  if (past.length < limits.minExpired && !isOverdue) return [];
  return past.slice(0, limits.maxExpired).map((snapshot) => snapshot['snapshot-id']);
}

function numberOf(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}

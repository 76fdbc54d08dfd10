/** Owns time travel: a table's metadata as it was when its watermark was last at or before an instant. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import { knownTableOf } from '../../iceberg/table-columns.js';
import type { Snapshot, TableMetadata } from '../../iceberg/table-metadata.js';
import { ancestorsOf, currentSnapshot, MAIN } from '../../iceberg/table-state.js';
import { lakeStateOf, watermarkIn } from './load-facts.js';

/** A state of the table that can still be read. */
interface PastState {
  readonly snapshot: Snapshot;
  readonly watermark: Instant;
}

/**
 * The table as its last load at or before `at` left it: that snapshot is the current one, with the
 * schema it was written with, and later snapshots are not there. NotFound, with the oldest watermark
 * that can be asked for, when `at` is before it.
 */
export function tableAsOf(metadata: TableMetadata, tableName: string, at: Instant): TableMetadata {
  const states = pastStates(metadata);
  const index = states.findIndex(({ watermark }) => watermark <= at);
  const found = states[index];
  if (found === undefined) throw tooOld(tableName, at, states.at(-1)?.watermark);
  const { snapshot } = found;
  const later = new Set(states.slice(0, index).map((state) => state.snapshot));
  return {
    ...metadata,
    'current-schema-id': snapshot['schema-id'] ?? metadata['current-schema-id'],
    'current-snapshot-id': snapshot['snapshot-id'],
    refs: { ...metadata.refs, [MAIN]: { type: 'branch', 'snapshot-id': snapshot['snapshot-id'] } },
    snapshots: metadata.snapshots.filter((each) => !later.has(each)),
  };
}

/** What a read as of an instant may choose from, the newest first. */
function pastStates(metadata: TableMetadata): readonly PastState[] {
  const states: PastState[] = [];
  // The current state has the table's watermark, also where another's compaction made it.
  let watermark = lakeStateOf(metadata)?.watermark;
  for (const next of ancestorsOf(metadata, currentSnapshot(metadata)?.['snapshot-id'])) {
    watermark = watermarkIn(next.summary) ?? (states.length === 0 ? watermark : undefined);
    if (!hasOurColumns(metadata, next)) break;
    if (watermark !== undefined) states.push({ snapshot: next, watermark });
  }
  return states;
}

/** False before the schema was begun anew: what its columns held is not known any more. */
function hasOurColumns(metadata: TableMetadata, snapshot: Snapshot): boolean {
  const { columns } = knownTableOf(metadata);
  const known = new Set(columns.columns.map(({ id }) => id));
  known.add(columns.restId).add(columns.writtenAtMicrosId);
  const schemaId = snapshot['schema-id'] ?? metadata['current-schema-id'];
  const schema = metadata.schemas.find((each) => each['schema-id'] === schemaId);
  return schema?.fields.some(({ id }) => known.has(id)) ?? false;
}

function tooOld(tableName: string, at: Instant, oldest: Instant | undefined): TidemarkError {
  return new TidemarkError(`The lake has no state of "${tableName}" as old as ${at}.`, {
    code: ErrorCode.NotFound,
    subject: tableName,
    hint:
      oldest === undefined
        ? 'Nothing was committed to it yet; ask without --at.'
        : `The oldest that can be asked for is ${oldest}: give --at that, or later.`,
  });
}

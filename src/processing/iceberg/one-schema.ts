/** Owns that a load is committed to the schema that its files were written for, or to one grown from it. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { IcebergSchema } from '../../iceberg/iceberg-schema.js';
import { knownTableOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { currentSnapshot } from '../../iceberg/table-state.js';
import type { Load } from '../../lake/load.js';
import type { RestartedTable } from './own-spec.js';

/** Field ids of the key. A schema that grows keeps them, one that is begun anew has others. */
export function keyIdsOf({ columns }: Pick<KnownTable, 'columns'>): readonly number[] {
  return columns.columns
    .filter(({ attribute }) => columns.keyAttributes.includes(attribute))
    .map(({ id }) => id);
}

/** What the files of a load were written for. */
export interface WrittenSchema {
  /** Empty where no value told the types of the key: then there are no rows. */
  readonly keyIds: readonly number[];
  /** The schema that the load brings, where its files do not have the table's. */
  readonly restarted: RestartedTable | undefined;
}

/**
 * BrokenContinuity unless `metadata`, the table as the load's commit finds it, can take its files.
 * Another load may have begun the schema anew since they were written: no column would be found in
 * them. Or the schema that they bring may have ids which another column was given meanwhile.
 */
export function requireOneSchema(
  metadata: TableMetadata,
  load: Load,
  { keyIds, restarted }: WrittenSchema,
): void {
  if (restarted !== undefined) {
    const ids = restarted.schema.fields.map(({ id }) => id);
    if (Math.min(...ids) <= metadata['last-column-id']) throw otherSchema(load);
    return;
  }
  if (!hasFields(knownTableOf(metadata).schema, keyIds)) throw otherSchema(load);
}

function hasFields({ fields }: IcebergSchema, ids: readonly number[]): boolean {
  return ids.every((id) => fields.some((field) => field.id === id));
}

/** To be written again, with the schema that there is now. */
function otherSchema(load: Load): TidemarkError {
  return new TidemarkError(
    `The load of ${load.exportArn} cannot be committed: the table's schema was changed while it was written.`,
    {
      code: ErrorCode.BrokenContinuity,
      subject: load.exportArn,
      hint: 'Load it again; a sync begins anew by itself.',
    },
  );
}

/**
 * KeyOutgrown when the rows that `metadata` shows are of an older schema than the table has: somebody
 * rolled it back over a full load that began the schema anew. Nothing of them could be found by a key.
 */
export function requireRowsOfSchema(tableName: string, metadata: TableMetadata): void {
  const snapshot = currentSnapshot(metadata);
  // A table without rows may get the columns of its key after its snapshot.
  if (snapshot === undefined || snapshot.summary['total-records'] === '0') return;
  const schema = metadata.schemas.find((each) => each['schema-id'] === snapshot['schema-id']);
  if (schema === undefined || hasFields(schema, keyIdsOf(knownTableOf(metadata)))) return;
  throw new TidemarkError(
    `The rows of ${tableName} are of an older schema than its own: it was rolled back over a full load that began the schema anew.`,
    {
      code: ErrorCode.KeyOutgrown,
      subject: tableName,
      hint: 'Load a new full export; a sync does so by itself.',
    },
  );
}

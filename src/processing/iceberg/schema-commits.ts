/** Owns the commits that make a table, and that bring its schema to what a load needs. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import {
  COMMIT_ID,
  type Catalog,
  type LoadedTable,
  type TableCommit,
} from '../../iceberg/catalog.js';
import { schemaCommitOf, type EvolvedSchema } from '../../iceberg/evolve-schema.js';
import { newTableMetadata } from '../../iceberg/new-table.js';
import { COLUMNS_PROPERTY, formatColumns } from '../../iceberg/table-columns.js';
import type { PartitionSpec, TableMetadata } from '../../iceberg/table-metadata.js';
import type { Load } from '../../lake/load.js';
import type { FormatVersion } from '../../lake/table-options.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import { schemaEvent } from './schema-log.js';

export interface SchemaPorts {
  readonly catalog: Catalog;
  readonly newUuid: () => string;
  readonly nowMs: () => number;
}

/** Others may commit at the same time; each attempt that fails is a commit of theirs. */
const ATTEMPTS = 20;

/** What `attempt` answers once it is not undefined, for a conflict. */
export async function untilCommitted<T>(
  tableName: string,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let count = 0; count < ATTEMPTS; count++) {
    const outcome = await attempt();
    if (outcome !== undefined) return outcome;
  }
  throw new TidemarkError(`Others keep committing to ${tableName}.`, {
    code: ErrorCode.Throttled,
    subject: tableName,
    retryable: true,
  });
}

/** For engines that change the table: they too shall write deletes rather than files anew. */
const NEW_TABLE_PROPERTIES = {
  'write.delete.mode': 'merge-on-read',
  'write.update.mode': 'merge-on-read',
  'write.merge.mode': 'merge-on-read',
  'write.parquet.compression-codec': BEST_COMPRESSION,
  'write.metadata.delete-after-commit.enabled': 'true',
  'write.metadata.previous-versions-max': '100',
};

/** What a new table has besides its columns. */
export interface NewTableSettings {
  readonly properties: Readonly<Record<string, string>>;
  readonly formatVersion: FormatVersion;
  /** Parts nothing by default. */
  readonly spec?: PartitionSpec;
}

/** Undefined when another made the table first. */
export async function createTable(
  ports: SchemaPorts,
  tableName: string,
  schema: EvolvedSchema,
  own: NewTableSettings,
): Promise<LoadedTable | undefined> {
  const metadata = newMetadata(ports, tableName, schema, own);
  const outcome = await ports.catalog.createTable(tableName, metadata);
  return outcome.outcome === 'committed' ? outcome.table : undefined;
}

/** The metadata that {@link createTable} makes a table with. */
export function newMetadata(
  { catalog, newUuid, nowMs }: SchemaPorts,
  tableName: string,
  { schema, columns, lastColumnId }: EvolvedSchema,
  { properties, formatVersion, spec }: NewTableSettings,
): TableMetadata {
  return newTableMetadata({
    location: catalog.locationOf(tableName),
    schema,
    lastColumnId,
    properties: {
      ...NEW_TABLE_PROPERTIES,
      ...properties,
      [COLUMNS_PROPERTY]: formatColumns(columns),
    },
    formatVersion,
    ...(spec === undefined ? {} : { spec }),
    nowMs: nowMs(),
    uuid: newUuid(),
  });
}

/** Commits new columns, and `besides` what follows from them. Undefined when another commit came first. */
export async function commitSchema(
  { catalog, newUuid }: SchemaPorts,
  tableName: string,
  metadata: TableMetadata,
  load: Load,
  evolved: EvolvedSchema,
  besides: TableCommit = { requirements: [], updates: [] },
): Promise<LoadedTable | undefined> {
  const { requirements, updates } = schemaCommitOf(metadata, evolved);
  const events = evolved.added.length === 0 ? {} : schemaEvent(load, metadata, evolved);
  const outcome = await catalog.commit(tableName, {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      ...requirements,
      ...besides.requirements,
    ],
    updates: [
      ...updates,
      ...besides.updates,
      // Another batch may be adding the very same columns just now.
      { action: 'set-properties', updates: { ...events, [COMMIT_ID]: newUuid() } },
    ],
  });
  return outcome.outcome === 'committed' ? outcome.table : undefined;
}

/** Owns making a table ready for a load: it exists, and its schema has a column for all that comes. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { COMMIT_ID, type Catalog, type LoadedTable } from '../../iceberg/catalog.js';
import {
  evolveSchema,
  restartSchema,
  schemaCommitOf,
  type EvolvedSchema,
} from '../../iceberg/evolve-schema.js';
import { newTableMetadata } from '../../iceberg/new-table.js';
import {
  COLUMNS_PROPERTY,
  formatColumns,
  knownTableOf,
  tableSchemaOf,
  type KnownTable,
} from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { sameMake, type ColumnChoices } from '../../lake/column-choices.js';
import { sameType, type TableSchema } from '../../lake/column-type.js';
import type { TableEvidence } from '../../lake/evidence.js';
import type { Load } from '../../lake/load.js';
import { FIXED } from '../../lake/settle-number.js';
import { settleSchema } from '../../lake/settle-schema.js';
import { undotted } from '../../lake/undotted.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import { keyHolds, lastingKeys } from '../../lake/key-holds.js';
import type { LoadChoices } from './choices-for.js';
import { optionsProperty, recordedOptions } from './recorded-options.js';
import { schemaEvent } from './schema-log.js';

/** A table, and the columns that rows of the load are written to. */
export interface PreparedTable {
  readonly metadata: TableMetadata;
  readonly known: KnownTable;
  /** To be committed together with the load: the rows before it do not fit this schema. */
  readonly restarted?: EvolvedSchema;
}

export interface PrepareOptions {
  readonly catalog: Catalog;
  readonly tableName: string;
  readonly choices: LoadChoices;
  readonly newUuid: () => string;
  readonly nowMs: () => number;
}

/** Others may change the schema at the same time; each attempt that fails is a change of theirs. */
const ATTEMPTS = 20;

/**
 * Columns are added before any row is written, in a commit of their own that shows no row: so their
 * field ids are the catalog's, and batches that write at the same time have the same ones.
 */
export async function prepareTable(
  options: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable> {
  const { catalog, tableName } = options;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await catalog.loadTable(tableName);
    const outcome = found
      ? await evolve(options, found, load, evidence)
      : await create(options, load, evidence);
    if (outcome !== undefined) return outcome;
  }
  throw new TidemarkError(`Others keep changing the schema of ${tableName}.`, {
    code: ErrorCode.Throttled,
    subject: tableName,
    retryable: true,
  });
}

/**
 * What {@link prepareTable} would answer if `evidence` were all there is. Nothing is committed: what is
 * written to such a table is of use only if the evidence of the whole load leads to the same columns.
 */
export async function guessTable(
  options: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable> {
  const found = await options.catalog.loadTable(options.tableName);
  if (found !== undefined) return planned(options, found.metadata, load, evidence).table;
  const metadata = newMetadata(options, load, evidence);
  return { metadata, known: knownTableOf(metadata) };
}

async function create(
  options: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable | undefined> {
  const { catalog, tableName } = options;
  const outcome = await catalog.createTable(tableName, newMetadata(options, load, evidence));
  return outcome.outcome === 'committed' ? prepared(outcome.table) : undefined;
}

function newMetadata(
  { catalog, tableName, choices, newUuid, nowMs }: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
): TableMetadata {
  const wanted = settled(undefined, evidence, load, choices);
  const { schema, columns, lastColumnId } = evolveSchema(undefined, wanted);
  return newTableMetadata({
    location: catalog.locationOf(tableName),
    schema,
    lastColumnId,
    properties: {
      ...NEW_TABLE_PROPERTIES,
      [COLUMNS_PROPERTY]: formatColumns(columns),
      // Of whoever makes the columns, should the load that was to record them never be committed.
      ...optionsProperty(choices.options),
    },
    formatVersion: choices.options.formatVersion ?? 2,
    nowMs: nowMs(),
    uuid: newUuid(),
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

async function evolve(
  options: PrepareOptions,
  { metadata }: LoadedTable,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable | undefined> {
  const { catalog, tableName, newUuid } = options;
  const { table, evolved } = planned(options, metadata, load, evidence);
  if (evolved === undefined) return table;
  const { requirements, updates } = schemaCommitOf(metadata, evolved);
  const outcome = await catalog.commit(tableName, {
    requirements: [{ type: 'assert-table-uuid', uuid: metadata['table-uuid'] }, ...requirements],
    updates: [
      ...updates,
      // Another batch may be adding the very same columns just now.
      {
        action: 'set-properties',
        updates: { ...schemaEvent(load, metadata, evolved), [COMMIT_ID]: newUuid() },
      },
    ],
  });
  return outcome.outcome === 'committed' ? prepared(outcome.table) : undefined;
}

/** The table as the load needs it; `evolved` is what must be committed for it, undefined for nothing. */
function planned(
  { tableName, choices }: PrepareOptions,
  metadata: TableMetadata,
  load: Load,
  evidence: TableEvidence,
): { readonly table: PreparedTable; readonly evolved?: EvolvedSchema } {
  const known = knownTableOf(metadata);
  if (load.scope.kind === 'full') {
    requireNoDowngrade(tableName, metadata, choices.options);
    const fresh = settled(undefined, evidence, load, choices);
    const restarted = restartOf(metadata, known, choices, fresh);
    if (restarted !== undefined) return { table: { metadata, known: restarted, restarted } };
  }
  requireSameKey(tableName, known.columns.keyAttributes, load.keyAttributes);
  const wanted = settled(tableSchemaOf(known), evidence, load, choices);
  const evolved = evolveSchema({ ...known, lastColumnId: metadata['last-column-id'] }, wanted);
  if (evolved.added.length === 0) return { table: { metadata, known } };
  return { table: { metadata, known: evolved }, evolved };
}

function settled(
  previous: TableSchema | undefined,
  evidence: TableEvidence,
  { keyAttributes }: Load,
  choices: LoadChoices,
): TableSchema {
  return undotted(settleSchema(previous, evidence, keyAttributes, FIXED, choices.columns));
}

/** A new schema, where a full load cannot have the table's, so that rows of one table are of one make. */
function restartOf(
  metadata: TableMetadata,
  known: KnownTable,
  { options, columns }: LoadChoices,
  fresh: TableSchema,
): EvolvedSchema | undefined {
  const schema = tableSchemaOf(known);
  if (!sameMake(recordedOptions(metadata), options) || !hasChosen(schema, fresh, columns)) {
    return restartSchema(
      metadata,
      fresh,
      'the table was loaded anew, with other choices of columns',
    );
  }
  if (!lacksKey(known) && keyHolds(schema, fresh)) return undefined;
  const reason = 'the table was loaded anew, with a key of another type';
  return restartSchema(metadata, lastingKeys(schema, fresh), reason);
}

/** Whether the columns of chosen types are as they would be made now. */
function hasChosen(schema: TableSchema, fresh: TableSchema, { types }: ColumnChoices): boolean {
  return [...types.keys()].every((attribute) => {
    const [have, want] = [schema, fresh].map(
      ({ columns }) => columns.find((column) => column.attribute === attribute)?.type,
    );
    return have === undefined || want === undefined || sameType(have, want);
  });
}

/** Iceberg has no way back from a format version, by a full load neither. */
function requireNoDowngrade(
  tableName: string,
  { 'format-version': has }: TableMetadata,
  { formatVersion: wanted = has }: { readonly formatVersion?: number },
): void {
  if (wanted >= has) return;
  throw new TidemarkError(
    `${tableName} has format version ${String(has)} of Iceberg, and formatVersion is ${String(wanted)}: it is never lowered.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: tableName,
      hint: `Set formatVersion: ${String(has)}, or another lakePrefix to begin anew.`,
    },
  );
}

/** Whether somebody dropped the column of a key. */
function lacksKey(known: KnownTable): boolean {
  const { keyAttributes, columns } = known.columns;
  const own = tableSchemaOf(known).columns;
  return columns.some(
    ({ attribute }) =>
      keyAttributes.includes(attribute) && !own.some((column) => column.attribute === attribute),
  );
}

function prepared({ metadata }: LoadedTable): PreparedTable {
  return { metadata, known: knownTableOf(metadata) };
}

function requireSameKey(
  tableName: string,
  found: readonly string[],
  wanted: readonly string[],
): void {
  if (JSON.stringify(found) === JSON.stringify(wanted)) return;
  throw new TidemarkError(
    `The key of table ${tableName} is ${wanted.join(', ')}; in the lake it is ${found.join(', ')}.`,
    {
      code: ErrorCode.TableReplaced,
      subject: tableName,
      hint: 'The table was re-created with another key; load a new full export.',
    },
  );
}

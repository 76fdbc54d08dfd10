/** Owns making a table ready for a load: it exists, and its schema has a column for all that comes. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { LoadedTable } from '../../iceberg/catalog.js';
import {
  evolveSchema,
  restartSchema,
  type EvolvedSchema,
  type EvolvingSchema,
} from '../../iceberg/evolve-schema.js';
import { knownTableOf, tableSchemaOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { PartitionSpec, TableMetadata } from '../../iceberg/table-metadata.js';
import { sameMake, type ColumnChoices } from '../../lake/column-choices.js';
import { sameType, type TableSchema } from '../../lake/column-type.js';
import type { TableEvidence } from '../../lake/evidence.js';
import type { Load } from '../../lake/load.js';
import { FIXED } from '../../lake/settle-number.js';
import { settleSchema } from '../../lake/settle-schema.js';
import { undotted } from '../../lake/undotted.js';
import { keyHolds, lastingKeys } from '../../lake/key-holds.js';
import type { LoadChoices } from './choices-for.js';
import { specOf } from '../../iceberg/table-state.js';
import { chooseSpec, leadBy, type Certainty, type RestartedTable } from './own-spec.js';
import { optionsProperty, readOptions } from './recorded-options.js';
import {
  commitSchema,
  createTable,
  newMetadata,
  untilCommitted,
  type NewTableSettings,
  type SchemaPorts,
} from './schema-commits.js';

/** A table, and the columns that rows of the load are written to. */
export interface PreparedTable {
  readonly metadata: TableMetadata;
  readonly known: KnownTable;
  /** By which its files are parted. */
  readonly spec: PartitionSpec;
  /** To be committed together with the load: the rows before it do not fit this schema. */
  readonly restarted?: RestartedTable;
}

export interface PrepareOptions extends SchemaPorts {
  readonly tableName: string;
  readonly choices: LoadChoices;
}

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
  return await untilCommitted(tableName, async () => {
    const found = await catalog.loadTable(tableName);
    return found
      ? await evolve(options, found, load, evidence)
      : await create(options, load, evidence);
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
  if (found !== undefined) {
    return planned(options, found.metadata, load, evidence, 'more-to-come').table;
  }
  const made = newTableOf(options, load, evidence, 'more-to-come');
  const metadata = newMetadata(options, options.tableName, ...made);
  return prepared({ metadata }, defaultSpec(metadata));
}

async function create(
  options: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable | undefined> {
  const made = newTableOf(options, load, evidence, certaintyOf(load, evidence));
  const created = await createTable(options, options.tableName, ...made);
  return created && prepared(created, defaultSpec(created.metadata));
}

/** The schema of a new table, and what it has of its own. */
function newTableOf(
  { choices }: PrepareOptions,
  load: Load,
  evidence: TableEvidence,
  certainty: Certainty,
): [EvolvedSchema, NewTableSettings] {
  const evolved = evolveSchema(undefined, settled(undefined, evidence, load, choices));
  return [
    evolved,
    {
      spec: chooseSpec(evolved, choices.options, certainty),
      // Of whoever makes the columns, should the load that was to record them never be committed.
      properties: optionsProperty(choices.options),
      formatVersion: choices.options.formatVersion ?? 2,
    },
  ];
}

function defaultSpec(metadata: TableMetadata): PartitionSpec {
  return specOf(metadata, metadata['default-spec-id']);
}

async function evolve(
  options: PrepareOptions,
  { metadata }: LoadedTable,
  load: Load,
  evidence: TableEvidence,
): Promise<PreparedTable | undefined> {
  const plan = planned(options, metadata, load, evidence, certaintyOf(load, evidence));
  const { table, evolved } = plan;
  if (evolved === undefined) return table;
  const lead = leadBy(metadata, table.spec, options.choices.options);
  if (evolved.added.length === 0 && lead.updates.length === 0) return table;
  const committed = await commitSchema(options, options.tableName, metadata, load, evolved, lead);
  return committed && prepared(committed, table.spec);
}

/** The table as the load needs it; `evolved` is its schema unless that is committed with the load. */
function planned(
  { tableName, choices }: PrepareOptions,
  metadata: TableMetadata,
  load: Load,
  evidence: TableEvidence,
  certainty: Certainty,
): { readonly table: PreparedTable; readonly evolved?: EvolvedSchema } {
  const known = knownTableOf(metadata);
  const specOn = (columns: KnownTable): PartitionSpec =>
    chooseSpec(columns, choices.options, certainty, metadata);
  if (load.scope.kind === 'full') {
    requireNoDowngrade(tableName, metadata, choices.options);
    const fresh = settled(undefined, evidence, load, choices);
    const anew = restartOf(metadata, known, choices, fresh);
    if (anew !== undefined) {
      const restarted = { ...anew, spec: specOn(anew) };
      return { table: { metadata, known: anew, spec: restarted.spec, restarted } };
    }
  }
  requireSameKey(tableName, known.columns.keyAttributes, load.keyAttributes);
  const wanted = settled(tableSchemaOf(known), evidence, load, choices);
  const evolved = evolveSchema(evolvingSchema(metadata, known), wanted);
  const columns = evolved.added.length === 0 ? known : evolved;
  return { table: { metadata, known: columns, spec: specOn(columns) }, evolved };
}

function evolvingSchema(metadata: TableMetadata, known: KnownTable): EvolvingSchema {
  const fields = metadata['partition-specs'].flatMap((spec) => spec.fields);
  return {
    ...known,
    lastColumnId: metadata['last-column-id'],
    partitionNames: fields.map(({ name }) => name),
  };
}

/** Of a full load, all values are known; one without any has no column to part rows by. */
function certaintyOf({ scope }: Load, { keys }: TableEvidence): Certainty {
  return scope.kind === 'full' && keys.size > 0 ? 'all-known' : 'more-to-come';
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
  const recorded = readOptions(metadata);
  const isSame = recorded !== undefined && sameMake(recorded, options);
  if (!isSame || !hasChosen(schema, fresh, columns)) {
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

function prepared({ metadata }: Pick<LoadedTable, 'metadata'>, spec: PartitionSpec): PreparedTable {
  return { metadata, known: knownTableOf(metadata), spec };
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

/** Owns how a table's Iceberg schema begins, and how it only ever gains columns and struct fields. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { claimName } from '../lake/column-names.js';
import {
  SystemColumn,
  type Column,
  type ColumnType,
  type TableSchema,
} from '../lake/column-type.js';
import { isHistorySchema } from '../lake/history-schema.js';
import type { TableCommit } from './catalog.js';
import type { IcebergField, IcebergSchema, IcebergType } from './iceberg-schema.js';
import { FieldIds, newFields, systemField } from './new-fields.js';
import {
  COLUMNS_PROPERTY,
  formatColumns,
  ownColumns,
  type KnownColumn,
  type KnownTable,
  type KnownType,
  type TableColumns,
} from './table-columns.js';
import type { TableMetadata } from './table-metadata.js';

/** A column that a table gained, for its log of events. */
export interface AddedColumn {
  /** As Iceberg writes paths: `address.zip`, `tags.element.name`. */
  readonly path: string;
  /** As Iceberg writes types; what is nested in it is left out. */
  readonly type: string;
  readonly reason: string;
}

/** A table's schema before it grows. */
export interface EvolvingSchema extends KnownTable {
  /** The highest field id ever given, nested ones included. */
  readonly lastColumnId: number;
  /** Of partition fields, which no column may share. */
  readonly partitionNames?: readonly string[];
}

export interface EvolvedSchema extends KnownTable {
  /** The highest field id ever given, nested ones included. */
  readonly lastColumnId: number;
  /** Empty for a new table. */
  readonly added: readonly AddedColumn[];
}

/**
 * The schema that holds `wanted`: `current` with what it lacks, or a new one.
 *
 * Field ids and types of what is there never change, and nothing is taken away: a value that does
 * not fit its column's type belongs in `_rest`. Columns of other people stay as they are. A column of
 * ours that was renamed keeps its new name; one that was dropped is made anew if `wanted` has it.
 * InvalidConfig when a key column is gone.
 */
export function evolveSchema(
  current: EvolvingSchema | undefined,
  wanted: TableSchema,
): EvolvedSchema {
  const ids = new FieldIds(current?.lastColumnId ?? 0);
  if (current === undefined) return newSchema(ids, wanted);
  const fields = current.schema.fields;
  const own = ownColumns(fields, current.columns.columns);
  requireKeys(own, current.columns);
  const owned = { fields, own, path: '', otherNames: current.partitionNames ?? [] };
  const columns = evolveFields(ids, owned, wanted.columns);
  const system = systemFields(ids, columns.fields, current.columns);
  const added = [...columns.added, ...system.added];
  const all = [...columns.fields, ...system.fields];
  return {
    schema:
      added.length === 0
        ? current.schema
        : { ...current.schema, 'schema-id': current.schema['schema-id'] + 1, fields: all },
    lastColumnId: ids.last,
    columns: {
      keyAttributes: current.columns.keyAttributes,
      columns: columns.own,
      omitted: current.columns.omitted,
      writtenAtMicrosId: system.writtenAtMicrosId,
      restId: system.restId,
    },
    added,
  };
}

/**
 * A schema of new columns alone, for a table that is loaded anew because its columns cannot hold what
 * they must; `reason` is for the log of events. Ids begin after all that were ever given, so that
 * nothing written before is read as one of these columns.
 */
export function restartSchema(
  metadata: TableMetadata,
  wanted: TableSchema,
  reason: string,
): EvolvedSchema {
  const restarted = newSchema(new FieldIds(metadata['last-column-id']), wanted);
  const schemaId = Math.max(...metadata.schemas.map((schema) => schema['schema-id'])) + 1;
  const ownIds = new Set(restarted.columns.columns.map(({ id }) => id));
  const own = restarted.schema.fields.filter(({ id }) => ownIds.has(id));
  const added = own.map((field) => addedColumn('', field, reason));
  return { ...restarted, schema: { ...restarted.schema, 'schema-id': schemaId }, added };
}

/** What commits an evolved schema: nothing when nothing was added. */
export function schemaCommitOf(metadata: TableMetadata, evolved: EvolvedSchema): TableCommit {
  if (evolved.added.length === 0) return { requirements: [], updates: [] };
  return {
    requirements: [
      {
        type: 'assert-last-assigned-field-id',
        'last-assigned-field-id': metadata['last-column-id'],
      },
      { type: 'assert-current-schema-id', 'current-schema-id': metadata['current-schema-id'] },
    ],
    updates: [
      {
        action: 'add-schema',
        schema: evolved.schema,
        'last-column-id': evolved.lastColumnId,
      },
      { action: 'set-current-schema', 'schema-id': -1 },
      {
        action: 'set-properties',
        updates: { [COLUMNS_PROPERTY]: formatColumns(evolved.columns) },
      },
    ],
  };
}

function newSchema(ids: FieldIds, wanted: TableSchema): EvolvedSchema {
  // A history has many rows of one key, and more than one column of a key that changed its type.
  const isHistory = isHistorySchema(wanted);
  const keys = new Set(isHistory ? [] : wanted.keyAttributes);
  const writtenAt = isHistory ? SystemColumn.WrittenAt : SystemColumn.WrittenAtMicros;
  const { fields, own } = newFields(ids, wanted.columns, (attribute) => keys.has(attribute), [
    writtenAt,
    SystemColumn.Rest,
  ]);
  const idOf = (name: string): number => fields.find((field) => field.name === name)?.id ?? 0;
  const schema: IcebergSchema = {
    type: 'struct',
    'schema-id': 0,
    'identifier-field-ids': [...keys].flatMap((key) =>
      own.filter(({ attribute }) => attribute === key).map(({ id }) => id),
    ),
    fields,
  };
  const columns: TableColumns = {
    keyAttributes: wanted.keyAttributes,
    columns: own,
    omitted: wanted.omitted ?? [],
    writtenAtMicrosId: idOf(writtenAt),
    restId: idOf(SystemColumn.Rest),
  };
  return { schema, columns, lastColumnId: ids.last, added: [] };
}

/** The fields of a struct as they are, and those of them that are ours. */
interface OwnedFields {
  readonly fields: readonly IcebergField[];
  readonly own: readonly KnownColumn[];
  readonly path: string;
  /** Names that nothing added may have, besides those of `fields`. */
  readonly otherNames: readonly string[];
}

interface EvolvedFields extends Pick<OwnedFields, 'fields' | 'own'> {
  readonly added: readonly AddedColumn[];
}

function evolveFields(
  ids: FieldIds,
  { fields, own, path, otherNames }: OwnedFields,
  wanted: readonly Column[],
): EvolvedFields {
  const byAttribute = new Map(wanted.map((column) => [column.attribute, column]));
  const ownIds = new Map(own.map((column) => [column.id, column]));
  const added: AddedColumn[] = [];
  const evolvedOwn: KnownColumn[] = [];
  const kept = fields.map((field): IcebergField => {
    const known = ownIds.get(field.id);
    const column = known && byAttribute.get(known.attribute);
    if (known === undefined || column === undefined) return field;
    const nested = evolveType(ids, field.type, known.type, column.type, path + field.name);
    added.push(...nested.added);
    ownIds.set(field.id, { ...known, type: nested.known });
    return nested.added.length === 0 ? field : { ...field, type: nested.type };
  });
  for (const column of own) evolvedOwn.push(ownIds.get(column.id) ?? column);
  const names = [...fields.map(({ name }) => name), ...otherNames];
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const attributes = new Set(own.map((column) => column.attribute));
  const missing = wanted
    .filter((column) => !attributes.has(column.attribute))
    .map((column) => ({ ...column, name: claimName(column.name, taken) }));
  const fresh = newFields(ids, missing, () => false);
  for (const [index, field] of fresh.fields.entries()) {
    const attribute = JSON.stringify(missing[index]?.attribute);
    added.push(addedColumn(path, field, `attribute ${attribute} had no column`));
  }
  return { fields: [...kept, ...fresh.fields], own: [...evolvedOwn, ...fresh.own], added };
}

interface EvolvedType {
  readonly type: IcebergType;
  readonly known: KnownType;
  readonly added: readonly AddedColumn[];
}

/** Only structs grow; a wanted type of another kind changes nothing. */
function evolveType(
  ids: FieldIds,
  type: IcebergType,
  known: KnownType,
  wanted: ColumnType,
  path: string,
): EvolvedType {
  const same: EvolvedType = { type, known, added: [] };
  if (typeof type === 'string') return same;
  if (type.type === 'list') {
    if (known.kind !== 'list' || wanted.kind !== 'list') return same;
    const elementPath = `${path}.element`;
    const element = evolveType(ids, type.element, known.element, wanted.element, elementPath);
    return {
      type: { ...type, element: element.type },
      known: { ...known, element: element.known },
      added: element.added,
    };
  }
  if (type.type === 'map' || known.kind !== 'struct' || wanted.kind !== 'struct') return same;
  const owned = { fields: type.fields, own: known.fields, path: `${path}.`, otherNames: [] };
  const { fields, own, added } = evolveFields(ids, owned, wanted.fields);
  return { type: { ...type, fields }, known: { kind: 'struct', fields: own }, added };
}

/** The system columns that somebody dropped, made anew: no row is exact without them. */
function systemFields(
  ids: FieldIds,
  fields: readonly IcebergField[],
  { writtenAtMicrosId, restId }: TableColumns,
): {
  readonly fields: readonly IcebergField[];
  readonly added: readonly AddedColumn[];
  readonly writtenAtMicrosId: number;
  readonly restId: number;
} {
  const there = new Set(fields.map((field) => field.id));
  const taken = new Set(fields.map((field) => field.name.toLowerCase()));
  const made: IcebergField[] = [];
  const ensure = (id: number, name: string): number => {
    if (there.has(id)) return id;
    const field = systemField(ids, name, claimName(name, taken));
    made.push(field);
    return field.id;
  };
  const system = {
    writtenAtMicrosId: ensure(writtenAtMicrosId, SystemColumn.WrittenAtMicros),
    restId: ensure(restId, SystemColumn.Rest),
  };
  const reason = 'a system column was dropped';
  return { ...system, fields: made, added: made.map((field) => addedColumn('', field, reason)) };
}

function addedColumn(path: string, { name, type }: IcebergField, reason: string): AddedColumn {
  return { path: path + name, type: typeof type === 'string' ? type : type.type, reason };
}

/** A table that was empty when it was made has no key columns yet: nothing told their types. */
function requireKeys(own: readonly KnownColumn[], { keyAttributes, columns }: TableColumns): void {
  for (const key of keyAttributes) {
    const hadColumn = columns.some(({ attribute }) => attribute === key);
    if (!hadColumn || own.some(({ attribute }) => attribute === key)) continue;
    throw new TidemarkError(`The column of key attribute "${key}" is no longer in the table.`, {
      code: ErrorCode.InvalidConfig,
      subject: key,
      hint: 'Roll the table back to a snapshot and schema that have it, or load it anew.',
    });
  }
}

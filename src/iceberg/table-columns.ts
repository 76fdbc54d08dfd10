/** Owns what Iceberg's schema cannot say of our columns: their attributes, and what their text means. */
import { z } from 'zod';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Column, ColumnType, TableSchema } from '../lake/column-type.js';
import { MAX_DIGITS } from '../lake/number-text.js';
import type { IcebergField, IcebergSchema, IcebergType } from './iceberg-schema.js';
import type { TableMetadata } from './table-metadata.js';
import { currentSchema } from './table-state.js';

/** The table property that holds {@link TableColumns} as JSON. */
export const COLUMNS_PROPERTY = 'tidemark.columns';

/** Our knowledge of the columns that we made, by field id, since others may rename them. */
export interface TableColumns {
  /** Partition key first. */
  readonly keyAttributes: readonly string[];
  /** In the order in which they were added. */
  readonly columns: readonly KnownColumn[];
  /** Attributes of which rows say nothing. */
  readonly omitted: readonly string[];
  /** The field ids of the system columns. */
  readonly writtenAtMicrosId: number;
  readonly restId: number;
}

/** A column, or a field of a struct. */
export interface KnownColumn {
  readonly id: number;
  readonly attribute: string;
  readonly type: KnownType;
}

/** A {@link ColumnType} with the field ids of what is nested in it. */
export type KnownType =
  | {
      readonly kind: 'string' | 'long' | 'numeral' | 'boolean' | 'binary' | 'timestamptz' | 'json';
    }
  | { readonly kind: 'hash'; readonly keyId: string }
  | { readonly kind: 'decimal'; readonly precision: number; readonly scale: number }
  | ({ readonly kind: 'list' } & KnownElement)
  | ({ readonly kind: 'set' } & KnownElement)
  | { readonly kind: 'struct'; readonly fields: readonly KnownColumn[] };

interface KnownElement {
  readonly elementId: number;
  readonly element: KnownType;
}

/** A table's schema, and which of its columns are ours. */
export interface KnownTable {
  readonly schema: IcebergSchema;
  readonly columns: TableColumns;
}

/**
 * The current schema of a table of ours and its columns. CorruptLake when the property is missing or
 * does not hold what we wrote.
 */
export function knownTableOf(metadata: TableMetadata): KnownTable {
  return { schema: currentSchema(metadata), columns: parseColumns(metadata) };
}

/** The value of {@link COLUMNS_PROPERTY}. */
export function formatColumns(columns: TableColumns): string {
  return JSON.stringify(columns);
}

function parseColumns(metadata: TableMetadata): TableColumns {
  try {
    return COLUMNS.parse(JSON.parse(metadata.properties[COLUMNS_PROPERTY] ?? 'null'));
  } catch (error) {
    throw new TidemarkError(
      `Table ${metadata.location} does not say in "${COLUMNS_PROPERTY}" what its columns hold.`,
      {
        code: ErrorCode.CorruptLake,
        subject: metadata.location,
        hint: 'Restore the property from an earlier metadata file, or name a table that tidemark made.',
        cause: error,
      },
    );
  }
}

/**
 * The columns that are still ours: those that `schema` has, with the type they were made with. What
 * somebody dropped is not.
 */
export function ownColumns(
  fields: readonly IcebergField[],
  columns: readonly KnownColumn[],
): readonly KnownColumn[] {
  const byId = new Map(fields.map((field) => [field.id, field]));
  const own: KnownColumn[] = [];
  for (const column of columns) {
    const field = byId.get(column.id);
    const type = field && ownType(field.type, column.type);
    if (type !== undefined) own.push({ ...column, type });
  }
  return own;
}

function ownType(found: IcebergType, known: KnownType): KnownType | undefined {
  if (known.kind === 'struct') {
    if (typeof found === 'string' || found.type !== 'struct') return undefined;
    const fields = ownColumns(found.fields, known.fields);
    // Parquet has no struct without fields: with all of ours dropped, nothing of it is ours.
    return fields.length === 0 ? undefined : { kind: 'struct', fields };
  }
  if (known.kind === 'list' || known.kind === 'set') {
    if (typeof found === 'string' || found.type !== 'list') return undefined;
    if (found['element-id'] !== known.elementId) return undefined;
    const element = ownType(found.element, known.element);
    return element && { ...known, element };
  }
  return found === primitiveOf(known) ? known : undefined;
}

/** The primitive type that a scalar kind has in Iceberg. */
export function primitiveOf(type: ScalarType): string {
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
      return 'string';
    case 'long':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
      return type.kind;
    case 'decimal':
      return `decimal(${type.precision}, ${type.scale})`;
  }
}

type ScalarType = Exclude<KnownType, { readonly kind: 'list' | 'set' | 'struct' }>;

/** The schema that rows are encoded by: our columns under the names they have now. */
export function tableSchemaOf({ schema, columns }: KnownTable): TableSchema {
  const { keyAttributes, omitted } = columns;
  return {
    keyAttributes,
    columns: columnsOf(schema.fields, ownColumns(schema.fields, columns.columns)),
    ...(omitted.length === 0 ? {} : { omitted }),
  };
}

function columnsOf(fields: readonly IcebergField[], own: readonly KnownColumn[]): Column[] {
  const byId = new Map(fields.map((field) => [field.id, field]));
  return own.flatMap(({ id, attribute, type }) => {
    const field = byId.get(id);
    return field ? [{ attribute, name: field.name, type: columnTypeOf(field.type, type) }] : [];
  });
}

function columnTypeOf(found: IcebergType, known: KnownType): ColumnType {
  switch (known.kind) {
    case 'decimal': {
      const { precision, scale } = known;
      return { kind: 'decimal', integerDigits: precision - scale, scale };
    }
    case 'list':
    case 'set': {
      const element = typeof found !== 'string' && found.type === 'list' ? found.element : '';
      return { kind: known.kind, element: columnTypeOf(element, known.element) };
    }
    case 'struct': {
      const fields = typeof found !== 'string' && found.type === 'struct' ? found.fields : [];
      return { kind: 'struct', fields: columnsOf(fields, known.fields) };
    }
    case 'string':
    case 'long':
    case 'numeral':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'json':
      return { kind: known.kind };
    case 'hash':
      return known;
  }
}

const COLUMN = z.object({
  id: z.int(),
  attribute: z.string(),
  get type() {
    return TYPE;
  },
});
const TYPE: z.ZodType<KnownType> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({
      kind: z.enum(['string', 'long', 'numeral', 'boolean', 'binary', 'timestamptz', 'json']),
    }),
    z.object({ kind: z.literal('hash'), keyId: z.string() }),
    z.object({
      kind: z.literal('decimal'),
      precision: z.int().min(1).max(MAX_DIGITS),
      scale: z.int().min(0).max(MAX_DIGITS),
    }),
    z.object({ kind: z.enum(['list', 'set']), elementId: z.int(), element: TYPE }),
    z.object({ kind: z.literal('struct'), fields: z.array(COLUMN) }),
  ]),
);
const COLUMNS = z.object({
  keyAttributes: z.array(z.string()).min(1),
  columns: z.array(COLUMN),
  omitted: z.array(z.string()),
  writtenAtMicrosId: z.int(),
  restId: z.int(),
});

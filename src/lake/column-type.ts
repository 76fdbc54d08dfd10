/** Owns the column types and the schema of a lake table. */
import type { NumberShape } from './number-text.js';

/**
 * How one attribute lies in Parquet.
 *
 * - `string` S · `long` N that are integers of 64 bits · `decimal` N with room for
 *   `integerDigits` before and `scale` after the point, 38 together · `numeral` N as text, for key
 *   attributes whose numbers no decimal holds · `boolean` BOOL · `binary` B
 * - `list` L · `set` SS, NS or BS by its element · `struct` M
 * - `json` any value, as the text of its DynamoDB JSON
 * - `hash` any value, as 64 hexadecimal digits that do not tell it: see canonical-value.ts; `keyId`
 *   tells which key they were made with
 * - `timestamptz` microseconds since 1970, of columns that hold no attribute
 *
 * A value a type cannot reproduce exactly lies in `_rest` (see encode-row.ts).
 */
export type ColumnType =
  | { readonly kind: 'string' }
  | { readonly kind: 'long' }
  | ({ readonly kind: 'decimal' } & NumberShape)
  | { readonly kind: 'numeral' }
  | { readonly kind: 'boolean' }
  | { readonly kind: 'binary' }
  | { readonly kind: 'timestamptz' }
  | { readonly kind: 'json' }
  | { readonly kind: 'hash'; readonly keyId: string }
  | { readonly kind: 'list'; readonly element: ColumnType }
  | { readonly kind: 'set'; readonly element: ColumnType }
  | { readonly kind: 'struct'; readonly fields: readonly Column[] };

/** A column of a table, or a field of a struct. */
export interface Column {
  /** The attribute's name in DynamoDB. */
  readonly attribute: string;
  /** The name in Parquet and SQL: the attribute's, or a changed one where that cannot stand. */
  readonly name: string;
  readonly type: ColumnType;
}

/** The columns that hold attributes; the system columns come besides. */
export interface TableSchema {
  /** Partition key first. */
  readonly keyAttributes: readonly string[];
  readonly columns: readonly Column[];
  /** Attributes of which rows say nothing, neither in a column nor in `_rest`. */
  readonly omitted?: readonly string[];
}

/** Columns that every part has besides its schema's. */
export const SystemColumn = {
  /** One of {@link ChangeKind}. */
  Change: '_change',
  /** BIGINT, microseconds since 1970; NULL in a full load. */
  WrittenAtMicros: '_written_at_micros',
  /** In its place in the history of an Iceberg table, as a time. */
  WrittenAt: '_written_at',
  /** DynamoDB JSON of the attributes whose column does not reproduce them; NULL when there are none. */
  Rest: '_rest',
} as const;

/** What a row says of its key: loaded by a full export, or what the window did to it. */
export const CHANGE_KINDS = ['load', 'insert', 'update', 'delete', 'upsert'] as const;
/** `upsert`: the export's view has no old images, so insert and update look alike. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Whether two types are the same, field by field. */
export function sameType(a: ColumnType, b: ColumnType): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** How many scalar columns `type` becomes in Parquet. */
export function leafCount(type: ColumnType): number {
  switch (type.kind) {
    case 'list':
    case 'set':
      return leafCount(type.element);
    case 'struct':
      return type.fields.reduce((sum, field) => sum + leafCount(field.type), 0);
    case 'string':
    case 'long':
    case 'decimal':
    case 'numeral':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'json':
    case 'hash':
      return 1;
  }
}

/** Owns new fields of a schema: their ids, types and docs. */
import { SystemColumn, type Column, type ColumnType } from '../lake/column-type.js';
import { decimalWidth } from '../lake/sql-type.js';
import { docOf } from './column-doc.js';
import type { IcebergField, IcebergType } from './iceberg-schema.js';
import { primitiveOf, type KnownColumn, type KnownType } from './table-columns.js';

/** Hands out field ids, which are never given twice in the life of a table. */
export class FieldIds {
  last: number;
  constructor(last: number) {
    this.last = last;
  }
  next(): number {
    this.last += 1;
    return this.last;
  }
}

/**
 * Ids go to all fields of a struct before those nested in them: so do catalogs that number a new
 * table's fields themselves, and their ids come out the same.
 */
export function newFields(
  ids: FieldIds,
  columns: readonly Column[],
  isRequired: (attribute: string) => boolean,
  systemNames: readonly string[] = [],
): { readonly fields: readonly IcebergField[]; readonly own: readonly KnownColumn[] } {
  const numbered = columns.map((column) => ({ id: ids.next(), column }));
  const system = systemNames.map((name) => systemField(ids, name, name));
  const own: KnownColumn[] = [];
  const fields = numbered.map(({ id, column }): IcebergField => {
    const { type, known } = newType(ids, column.type);
    const doc = docOf(column);
    own.push({ id, attribute: column.attribute, type: known });
    return {
      id,
      name: column.name,
      required: isRequired(column.attribute),
      type,
      ...(doc === undefined ? {} : { doc }),
    };
  });
  return { fields: [...fields, ...system], own };
}

function newType(ids: FieldIds, type: ColumnType): { type: IcebergType; known: KnownType } {
  switch (type.kind) {
    case 'list':
    case 'set': {
      const elementId = ids.next();
      const element = newType(ids, type.element);
      return {
        type: {
          type: 'list',
          'element-id': elementId,
          'element-required': false,
          element: element.type,
        },
        known: { kind: type.kind, elementId, element: element.known },
      };
    }
    case 'struct': {
      const { fields, own } = newFields(ids, type.fields, () => false);
      return { type: { type: 'struct', fields }, known: { kind: 'struct', fields: own } };
    }
    case 'decimal': {
      const known = { kind: type.kind, precision: decimalWidth(type), scale: type.scale };
      return { type: primitiveOf(known), known };
    }
    case 'hash':
      return { type: primitiveOf(type), known: type };
    case 'string':
    case 'long':
    case 'numeral':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'json': {
      const known = { kind: type.kind };
      return { type: primitiveOf(known), known };
    }
  }
}

/** A system column under `name`. */
export function systemField(ids: FieldIds, column: string, name: string): IcebergField {
  if (column === SystemColumn.WrittenAt) {
    const doc = 'when the item was written; null if a full export brought it';
    return { id: ids.next(), name, required: false, type: 'timestamptz', doc };
  }
  return column === SystemColumn.Rest
    ? {
        id: ids.next(),
        name,
        required: false,
        type: 'string',
        doc: 'DynamoDB JSON of what the columns do not hold exactly',
      }
    : {
        id: ids.next(),
        name,
        required: false,
        type: 'long',
        doc: 'when the item was written, in microseconds since 1970; null if a full export brought it',
      };
}

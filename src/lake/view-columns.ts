/** Owns the columns a reader sees over files of several schemas, and the exact casts between them. */
import { RESERVED_NAMES, claimName } from './column-names.js';
import type { Column, ColumnType, TableSchema } from './column-type.js';
import { quoteName, sqlType } from './sql-type.js';

/**
 * The columns of all `schemas`, the newest first: those of the newest, and those of older ones that
 * no newer column holds exactly. Only a new base can leave such; they come last, under a name of
 * their own, and two columns may then be of one attribute.
 */
export function viewColumns(schemas: readonly TableSchema[]): readonly Column[] {
  const columns: Column[] = [];
  const taken = new Set(RESERVED_NAMES);
  for (const [index, schema] of schemas.entries()) {
    for (const column of schema.columns) {
      if (columnFor(columns, column) !== undefined) continue;
      // The newest schema's names are taken as they are; they are told apart already.
      columns.push(index === 0 ? column : { ...column, name: claimName(column.name, taken) });
      taken.add(column.name.toLowerCase());
    }
  }
  return columns;
}

/** SQL that gives `column` of a view from a file written with `schema`; NULL where it has none. */
export function columnExpression(
  column: Column,
  columns: readonly Column[],
  schema: TableSchema,
): string {
  const source = schema.columns.find((other) => columnFor(columns, other) === column);
  if (source === undefined) return `CAST(NULL AS ${sqlType(column.type)})`;
  const name = quoteName(source.name);
  if (column.type.kind !== 'numeral' || source.type.kind === 'numeral') {
    return `CAST(${name} AS ${sqlType(column.type)})`;
  }
  const text = `CAST(${name} AS VARCHAR)`;
  const hasFraction = source.type.kind === 'decimal' && source.type.scale > 0;
  return hasFraction ? `regexp_replace(${text}, '\\.?0+$', '')` : text;
}

function columnFor(columns: readonly Column[], source: Column): Column | undefined {
  return columns.find(
    (column) => column.attribute === source.attribute && castsExactly(source.type, column.type),
  );
}

/** Whether every value of `from` is one of `to`, too. */
export function castsExactly(from: ColumnType, to: ColumnType): boolean {
  switch (from.kind) {
    case 'long':
      return (
        to.kind === 'long' ||
        to.kind === 'numeral' ||
        (to.kind === 'decimal' && to.integerDigits >= 19)
      );
    case 'decimal':
      return (
        to.kind === 'numeral' ||
        (to.kind === 'decimal' && to.integerDigits >= from.integerDigits && to.scale >= from.scale)
      );
    case 'list':
    case 'set':
      return to.kind === from.kind && castsExactly(from.element, to.element);
    case 'struct':
      return (
        to.kind === 'struct' &&
        from.fields.every((field) =>
          to.fields.some(
            (other) =>
              other.attribute === field.attribute &&
              other.name === field.name &&
              castsExactly(field.type, other.type),
          ),
        )
      );
    case 'string':
    case 'numeral':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'json':
      return to.kind === from.kind;
    case 'hash':
      return to.kind === 'hash' && to.keyId === from.keyId;
  }
}

/** Owns names without dots: Iceberg's readers take `a.b` for the field `b` of a struct `a`. */
import { claimName } from './column-names.js';
import type { Column, ColumnType, TableSchema } from './column-type.js';

/** `schema` with `_` for every dot in its names, told apart by a suffix where they would be equal. */
export function undotted(schema: TableSchema): TableSchema {
  return { ...schema, columns: columnsWithout(schema.columns) };
}

function columnsWithout(columns: readonly Column[]): readonly Column[] {
  const plain = columns.filter(({ name }) => !name.includes('.'));
  const taken = new Set(plain.map(({ name }) => name.toLowerCase()));
  return columns.map((column) => ({
    ...column,
    name: column.name.includes('.')
      ? claimName(column.name.replaceAll('.', '_'), taken)
      : column.name,
    type: typeWithout(column.type),
  }));
}

function typeWithout(type: ColumnType): ColumnType {
  if (type.kind === 'struct') return { kind: 'struct', fields: columnsWithout(type.fields) };
  if (type.kind === 'list') return { kind: 'list', element: typeWithout(type.element) };
  return type;
}

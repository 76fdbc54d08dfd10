/** Owns DuckDB's spelling of names, texts and column types. */
import type { ColumnType } from './column-type.js';

/** `name` as a quoted identifier. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `text` as a string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The type in SQL. */
export function sqlType(type: ColumnType): string {
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
      return 'VARCHAR';
    case 'long':
      return 'BIGINT';
    case 'decimal':
      return `DECIMAL(${decimalWidth(type)},${type.scale})`;
    case 'boolean':
      return 'BOOLEAN';
    case 'binary':
      return 'BLOB';
    case 'timestamptz':
      return 'TIMESTAMPTZ';
    case 'list':
    case 'set':
      return `${sqlType(type.element)}[]`;
    case 'struct':
      return `STRUCT(${type.fields
        .map((field) => `${quoteName(field.name)} ${sqlType(field.type)}`)
        .join(', ')})`;
  }
}

/** All digits of a decimal, at least one. */
export function decimalWidth(type: ColumnType & { readonly kind: 'decimal' }): number {
  return Math.max(1, type.integerDigits + type.scale);
}

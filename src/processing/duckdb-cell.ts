/** Owns the translation of cells to DuckDB's values and back, without passing through a double. */
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DECIMAL,
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  LIST,
  STRUCT,
  TIMESTAMPTZ,
  VARCHAR,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { assert, unreachable } from '../core/assert.js';
import type { Column, ColumnType } from '../lake/column-type.js';
import type { Cell } from '../lake/encode-row.js';
import { decimalWidth } from '../lake/sql-type.js';

/** The type of a column for DuckDB's data chunks. */
export function duckdbType(type: ColumnType): DuckDBType {
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
      return VARCHAR;
    case 'long':
      return BIGINT;
    case 'decimal':
      return DECIMAL(decimalWidth(type), type.scale);
    case 'boolean':
      return BOOLEAN;
    case 'binary':
      return BLOB;
    case 'timestamptz':
      return TIMESTAMPTZ;
    case 'list':
    case 'set':
      return LIST(duckdbType(type.element));
    case 'struct':
      return STRUCT(
        Object.fromEntries(type.fields.map((field) => [field.name, duckdbType(field.type)])),
      );
    default:
      return unreachable(type);
  }
}

/** The value DuckDB stores for `cell`. */
export function toDuckdb(type: ColumnType, cell: Cell): DuckDBValue {
  if (cell === null) return null;
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
    case 'boolean':
      return cell as string | boolean;
    case 'long':
      return BigInt(cell as string);
    case 'decimal':
      return decimalValue(type, cell as string);
    case 'binary':
      return new DuckDBBlobValue(Buffer.from(cell as string, 'base64'));
    case 'timestamptz':
      return null;
    case 'list':
    case 'set':
      return new DuckDBListValue(
        (cell as readonly Cell[]).map((element) => toDuckdb(type.element, element)),
      );
    case 'struct':
      return structValue(type.fields, cell as readonly Cell[]);
    default:
      return unreachable(type);
  }
}

/** The cell that DuckDB's `value` stands for. */
export function fromDuckdb(type: ColumnType, value: DuckDBValue): Cell {
  if (value === null) return null;
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash':
    case 'boolean':
      return value as string | boolean;
    case 'long':
      return (value as bigint).toString();
    case 'decimal':
      assert(value instanceof DuckDBDecimalValue, 'a DECIMAL is a decimal value');
      return decimalText(value);
    case 'binary':
      assert(value instanceof DuckDBBlobValue, 'a BLOB is a blob value');
      return Buffer.from(value.bytes).toString('base64');
    case 'timestamptz':
      return null;
    case 'list':
    case 'set':
      assert(value instanceof DuckDBListValue, 'a list is a list value');
      return value.items.map((item) => fromDuckdb(type.element, item));
    case 'struct': {
      assert(value instanceof DuckDBStructValue, 'a struct is a struct value');
      const { entries } = value;
      return type.fields.map((field) => fromDuckdb(field.type, entries[field.name] ?? null));
    }
    default:
      return unreachable(type);
  }
}

/** A decimal's plain text, without the zeros its scale adds at the end. */
export function decimalText({ value, scale }: DuckDBDecimalValue): string {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const integer = digits.slice(0, digits.length - scale);
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${value < 0n ? '-' : ''}${integer}${fraction === '' ? '' : `.${fraction}`}`;
}

function decimalValue(
  type: ColumnType & { readonly kind: 'decimal' },
  text: string,
): DuckDBDecimalValue {
  const [integer = '', fraction = ''] = text.split('.');
  const unscaled = BigInt(integer + fraction.padEnd(type.scale, '0'));
  return new DuckDBDecimalValue(unscaled, decimalWidth(type), type.scale);
}

function structValue(fields: readonly Column[], cells: readonly Cell[]): DuckDBStructValue {
  const entries = fields.map((field, index): [string, DuckDBValue] => [
    field.name,
    toDuckdb(field.type, cells[index] ?? null),
  ]);
  return new DuckDBStructValue(Object.fromEntries(entries));
}

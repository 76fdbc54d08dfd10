/** Owns vectors made of plain values, and the values of Parquet files as DuckDB reads them. */
import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBConnection,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import type { Vector } from '../../src/parquet/vector.js';

/**
 * One value: text; bytes for binary; bigint for long, timestamptz (microseconds) and decimal
 * (unscaled); lists as arrays; structs as objects.
 */
export type Value =
  | null
  | string
  | bigint
  | boolean
  | Uint8Array
  | readonly Value[]
  | { readonly [name: string]: Value };

/** One row, by the names of its columns. */
export type Row = Readonly<Record<string, Value>>;

const utf8 = new TextEncoder();

/** The vector of a column with these values, one a slot. */
export function vectorOf(type: ParquetType, slots: readonly Value[]): Vector {
  const values = slots.filter((value) => value !== null);
  const shared = {
    length: slots.length,
    values: values.length,
    // A little longer than it has to be, as a scanner's is.
    valid: Uint8Array.from([...slots.map((value) => (value === null ? 0 : 1)), 1, 1]),
  };
  switch (type.kind) {
    case 'string':
    case 'binary': {
      const pieces = values.map((value) =>
        typeof value === 'string' ? utf8.encode(value) : (value as Uint8Array),
      );
      const offsets = offsetsOf(pieces);
      const data = new Uint8Array(offsets.at(-1)! + 3);
      for (const [at, piece] of pieces.entries()) data.set(piece, offsets[at]);
      return { ...shared, kind: 'bytes', offsets, data };
    }
    case 'long':
    case 'timestamptz': {
      const words = new Int32Array(BigInt64Array.from(values as bigint[]).buffer);
      return { ...shared, kind: 'long', words };
    }
    case 'boolean':
      return {
        ...shared,
        kind: 'boolean',
        data: Uint8Array.from(values, (value) => +(value as boolean)),
      };
    case 'decimal': {
      const data = new Uint8Array(values.length * 16);
      for (const [at, value] of values.entries()) {
        for (let byte = 0; byte < 16; byte += 1) {
          data[at * 16 + 15 - byte] = Number(((value as bigint) >> BigInt(byte * 8)) & 0xffn);
        }
      }
      return { ...shared, kind: 'decimal', data };
    }
    case 'list': {
      const lists = values as (readonly Value[])[];
      const element = vectorOf(type.element.type, lists.flat());
      return { ...shared, kind: 'list', offsets: offsetsOf(lists), element };
    }
    case 'struct': {
      const structs = values as Row[];
      const fields = type.fields.map((field) =>
        vectorOf(
          field.type,
          structs.map((struct) => struct[field.name]!),
        ),
      );
      return { ...shared, kind: 'struct', fields };
    }
  }
}

function offsetsOf(pieces: readonly { readonly length: number }[]): Int32Array {
  const offsets = new Int32Array(pieces.length + 1);
  for (const [at, piece] of pieces.entries()) offsets[at + 1] = offsets[at]! + piece.length;
  return offsets;
}

/** Columns of vectors, from rows. */
export function columnsOf(
  fields: readonly ParquetField[],
  rows: readonly Row[],
): readonly Vector[] {
  return fields.map((field) =>
    vectorOf(
      field.type,
      rows.map((row) => row[field.name]!),
    ),
  );
}

let opened: Promise<DuckDBConnection> | undefined;

async function open(): Promise<DuckDBConnection> {
  const instance = await DuckDBInstance.create(':memory:');
  return instance.connect();
}

/** All that DuckDB answers, a row an object. */
export async function askDuckDb(sql: string): Promise<Row[]> {
  opened ??= open();
  const reader = await (await opened).runAndReadAll(sql);
  return reader.getRowObjects().map((row) => fromEntries(row));
}

function fromEntries(entries: Readonly<Record<string, DuckDBValue>>): Record<string, Value> {
  return Object.fromEntries(
    Object.entries(entries).map(([name, value]) => [name, plainValue(value)]),
  );
}

function plainValue(value: DuckDBValue): Value {
  if (value === null || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return BigInt(value);
  if (value instanceof DuckDBBlobValue) return Uint8Array.from(value.bytes);
  if (value instanceof DuckDBDecimalValue) return value.value;
  if (value instanceof DuckDBTimestampTZValue) return value.micros;
  if (value instanceof DuckDBListValue) return value.items.map(plainValue);
  if (value instanceof DuckDBStructValue) return fromEntries(value.entries);
  throw new Error(`DuckDB answered with ${String(value)}`);
}

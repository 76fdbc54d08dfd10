/** Owns the way of DuckDB's values into columns that the Parquet encoder takes. */
import {
  DuckDBBlobValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  type DuckDBDataChunk,
  type DuckDBValue,
} from '@duckdb/node-api';
import { assert, unreachable } from '../../../core/assert.js';
import type { ColumnType } from '../../../lake/column-type.js';
import type { Vector } from '../../../parquet/vector.js';
import { ColumnWriter } from '../../scan/column-writer.js';

/** Columns while chunks of a query come in. */
export class ColumnFiller {
  readonly #writers: readonly ColumnWriter[];
  #rows = 0;

  constructor(types: readonly ColumnType[]) {
    this.#writers = types.map((type) => new ColumnWriter(type));
  }

  get rows(): number {
    return this.#rows;
  }

  get sizeBytes(): number {
    return this.#writers.reduce((total, writer) => total + writer.sizeBytes(), 0);
  }

  /** Adds rows, whose columns are of the types and in their order. */
  add(chunk: DuckDBDataChunk): void {
    for (const [index, writer] of this.#writers.entries()) {
      const vector = chunk.getColumnVector(index);
      for (let row = 0; row < chunk.rowCount; row++) {
        writer.reach(this.#rows + row);
        put(writer, vector.getItem(row));
      }
    }
    this.#rows += chunk.rowCount;
  }

  /** All rows; good until the next are added. */
  vectors(): readonly Vector[] {
    return this.#writers.map((writer) => writer.vector(this.#rows));
  }

  reset(): void {
    for (const writer of this.#writers) writer.reset();
    this.#rows = 0;
  }
}

/** Fills the last slot of `writer`, which stays empty for NULL. */
function put(writer: ColumnWriter, value: DuckDBValue): void {
  if (value === null) return;
  const { type } = writer;
  switch (type.kind) {
    case 'string':
    case 'numeral':
    case 'json':
    case 'hash': {
      assert(typeof value === 'string', 'a VARCHAR is text');
      const bytes = Buffer.from(value);
      writer.putBytes(bytes, 0, bytes.length);
      return;
    }
    case 'binary':
      assert(value instanceof DuckDBBlobValue, 'a BLOB is a blob value');
      writer.putBytes(value.bytes, 0, value.bytes.length);
      return;
    case 'boolean':
      assert(typeof value === 'boolean', 'a BOOLEAN is a boolean');
      writer.putBoolean(value);
      return;
    case 'long':
      assert(typeof value === 'bigint', 'a BIGINT is a bigint');
      writer.putLong(word(value, 0n), word(value, 1n));
      return;
    case 'timestamptz':
      assert(value instanceof DuckDBTimestampTZValue, 'a TIMESTAMPTZ is a timestamp value');
      writer.putLong(word(value.micros, 0n), word(value.micros, 1n));
      return;
    case 'decimal':
      assert(value instanceof DuckDBDecimalValue, 'a DECIMAL is a decimal value');
      assert(value.scale === type.scale, 'a decimal has its column’s scale');
      writer.putDecimal(
        word(value.value, 3n),
        word(value.value, 2n),
        word(value.value, 1n),
        word(value.value, 0n),
      );
      return;
    case 'list':
    case 'set':
      assert(value instanceof DuckDBListValue, 'a list is a list value');
      putList(writer, value.items);
      return;
    case 'struct':
      assert(value instanceof DuckDBStructValue, 'a STRUCT is a struct value');
      putStruct(writer, type.fields, value);
      return;
    default:
      unreachable(type);
  }
}

function putList(writer: ColumnWriter, items: readonly DuckDBValue[]): void {
  const { element } = writer;
  assert(element !== null, 'a list has a writer of elements');
  for (const item of items) {
    element.reach(element.length);
    put(element, item);
  }
  writer.endList(element);
}

function putStruct(
  writer: ColumnWriter,
  fields: Extract<ColumnType, { kind: 'struct' }>['fields'],
  { entries }: DuckDBStructValue,
): void {
  assert(writer.fields !== null, 'a struct has writers of fields');
  for (const [index, field] of writer.fields.writers.entries()) {
    const value = entries[fields[index]?.name ?? ''];
    assert(value !== undefined, 'a struct value has all fields of its column');
    field.reach(writer.values);
    put(field, value);
  }
  writer.endStruct();
}

/** Word `index` of 32 bits, the lowest first. */
function word(value: bigint, index: bigint): number {
  return Number(BigInt.asIntN(32, value >> (32n * index)));
}

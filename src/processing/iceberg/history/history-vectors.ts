/** Owns the columns of a history's rows, made of what was scanned for the table's own. */
import { assert } from '../../../core/assert.js';
import { CHANGE_KINDS, type Column, type TableSchema } from '../../../lake/column-type.js';
import { growsInto, HISTORY, OLD_ATTRIBUTE } from '../../../lake/history-schema.js';
import type { ParquetField } from '../../../parquet/parquet-field.js';
import type { BytesVector, LongVector, Vector } from '../../../parquet/vector.js';
import { ColumnWriter } from '../../scan/column-writer.js';
import type { ScannedRows } from '../../scan/row-scanner.js';

/** The history's columns, and what all rows of a load have in common. */
export interface HistoryTask {
  /** Those of `columns`, and after them those of write time and rest. */
  readonly fields: readonly ParquetField[];
  /** Of two of one attribute, the first is written to. */
  readonly columns: readonly Column[];
  /** Microseconds since 1970. */
  readonly baseMicros: bigint;
  /** None of a full load. */
  readonly fromMicros: bigint | undefined;
  readonly toMicros: bigint;
}

/** Rows of a history: one for each record. */
export interface HistoryRows {
  readonly rows: number;
  /** One for each of the task's fields; good as long as the batch they were made of. */
  readonly vectors: readonly Vector[];
}

/** The rows of a batch, which was scanned with its changes unless it is of a full load. */
export function historyRows(
  schema: TableSchema,
  task: HistoryTask,
  scanned: ScannedRows,
): HistoryRows {
  const { keys, changes } = scanned;
  const rows = keys?.length ?? scanned.rows;
  const found = new Map<string, Sourced>();
  const put = (attribute: string, vector: Vector, column?: Column): void => {
    found.set(attribute, { vector, column });
  };
  const { operation, base, windowFrom, windowTo, oldRest } = HISTORY;
  put(operation.attribute, operations(keys?.kinds, rows));
  put(base.attribute, constant(task.baseMicros, rows));
  put(windowTo.attribute, constant(task.toMicros, rows));
  if (task.fromMicros !== undefined) put(windowFrom.attribute, constant(task.fromMicros, rows));
  const spread = spreader(keys?.rowNumbers, rows);
  for (const [index, column] of schema.columns.entries()) {
    const key = changes?.keys[schema.keyAttributes.indexOf(column.attribute)];
    put(column.attribute, key ?? spread(scanned.columns[index] as Vector), column);
  }
  if (changes !== undefined) {
    const type = { kind: 'struct', fields: schema.columns } as const;
    put(OLD_ATTRIBUTE, changes.old, { attribute: OLD_ATTRIBUTE, name: '_old', type });
    put(oldRest.attribute, changes.oldRest);
  }
  const vectors = task.columns.map((column) => {
    const source = found.get(column.attribute);
    found.delete(column.attribute);
    return source === undefined ? empty(column, rows) : arranged(source, column);
  });
  const writtenAt = keys?.writtenAtMicros ?? scanned.writtenAtMicros;
  return { rows, vectors: [...vectors, writtenAt, spread(scanned.rest)] };
}

/** A vector, and the table's column that it is of; undefined for a column of the history's own. */
interface Sourced {
  readonly vector: Vector;
  readonly column: Column | undefined;
}

/** The fields of structs as the history has them: it may have got them in another order. */
function arranged({ vector, column: from }: Sourced, to: Column): Vector {
  if (from === undefined) return vector;
  assert(growsInto(to.type, from.type), 'a history was prepared for the rows it gets');
  const [have, need] = [from.type, to.type];
  if (vector.kind === 'list') {
    if (!('element' in have && 'element' in need)) return vector;
    const element = arranged(
      { vector: vector.element, column: { ...from, type: have.element } },
      { ...to, type: need.element },
    );
    return { ...vector, element };
  }
  if (vector.kind !== 'struct' || have.kind !== 'struct' || need.kind !== 'struct') return vector;
  const fields = need.fields.map((field) => {
    const at = have.fields.findIndex(({ attribute }) => attribute === field.attribute);
    const part = vector.fields[at];
    return part === undefined
      ? empty(field, vector.values)
      : arranged({ vector: part, column: have.fields[at] }, field);
  });
  return { ...vector, fields };
}

/** Gives each record a slot, where the rows alone have one; a delete's is empty. */
function spreader(
  rowNumbers: Int32Array | undefined,
  records: number,
): <V extends Vector>(vector: V) => V {
  return (vector) => {
    if (rowNumbers === undefined || vector.length === records) return vector;
    const valid = new Uint8Array(records);
    for (let record = 0; record < records; record++) {
      const row = rowNumbers[record] as number;
      if (row >= 0) valid[record] = vector.valid[row] as number;
    }
    return { ...vector, length: records, valid };
  };
}

const LOAD = CHANGE_KINDS.indexOf('load');
const KIND_NAMES = CHANGE_KINDS.map((kind) => Buffer.from(kind));

function operations(kinds: Uint8Array | undefined, rows: number): BytesVector {
  const names = Array.from(
    { length: rows },
    (_, row) => KIND_NAMES[kinds?.[row] ?? LOAD] as Buffer,
  );
  const offsets = new Int32Array(rows + 1);
  for (const [row, { length }] of names.entries()) {
    offsets[row + 1] = (offsets[row] as number) + length;
  }
  return { kind: 'bytes', ...full(rows), offsets, data: Buffer.concat(names) };
}

function constant(micros: bigint, rows: number): LongVector {
  return {
    kind: 'long',
    ...full(rows),
    words: new Int32Array(new BigInt64Array(rows).fill(micros).buffer),
  };
}

function full(rows: number): { length: number; values: number; valid: Uint8Array } {
  return { length: rows, values: rows, valid: new Uint8Array(rows).fill(1) };
}

/** A column without a value. */
function empty({ type }: Pick<Column, 'type'>, rows: number): Vector {
  return new ColumnWriter(type).vector(rows);
}

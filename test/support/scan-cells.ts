/** Owns the reading back of vectors into cells, as plainly as can be, to compare with `rowEncoder`. */
import type { ColumnType } from '../../src/lake/column-type.js';
import type { Cell } from '../../src/lake/encode-row.js';
import { parseNumeral, plainText } from '../../src/lake/number-text.js';
import type { BytesVector, LongVector, Vector } from '../../src/parquet/vector.js';

/** The cells of all slots of `vector`, whose column has the type `type`. */
export function cellsOf(type: ColumnType, vector: Vector): Cell[] {
  const values = valuesOf(type, vector);
  if (values.length !== vector.values) throw new Error('values are not as many as it says');
  let next = 0;
  const cells = Array.from({ length: vector.length }, (_, slot) =>
    vector.valid[slot] === 1 ? values[next++]! : null,
  );
  if (next !== vector.values) throw new Error('valid slots are not as many as values');
  return cells;
}

/** The texts of a vector of bytes in UTF-8. */
export function textsOf(vector: BytesVector): (string | null)[] {
  return cellsOf({ kind: 'string' }, vector) as (string | null)[];
}

/** The integers of a vector, as text. */
export function longsOf(vector: LongVector): (string | null)[] {
  return cellsOf({ kind: 'long' }, vector) as (string | null)[];
}

/** The bytes of each value, whatever they are. */
export function bytesOf({ offsets, data, values }: BytesVector): Uint8Array[] {
  return Array.from({ length: values }, (_, index) =>
    data.slice(offsets[index], offsets[index + 1]),
  );
}

function valuesOf(type: ColumnType, vector: Vector): Cell[] {
  const indexes = Array.from({ length: vector.values }, (_, index) => index);
  switch (vector.kind) {
    case 'bytes':
      return bytesOf(vector).map((bytes) =>
        type.kind === 'binary' ? Buffer.from(bytes).toString('base64') : utf8(bytes),
      );
    case 'long':
      return indexes.map((index) => {
        const low = BigInt(vector.words[2 * index]! >>> 0);
        return ((BigInt(vector.words[2 * index + 1]!) << 32n) | low).toString();
      });
    case 'decimal':
      return indexes.map((index) =>
        decimalText(vector.data.slice(16 * index, 16 * index + 16), type),
      );
    case 'boolean':
      return indexes.map((index) => vector.data[index] === 1);
    case 'list': {
      const element = type.kind === 'list' || type.kind === 'set' ? type.element : type;
      const cells = cellsOf(element, vector.element);
      return indexes.map((index) => cells.slice(vector.offsets[index], vector.offsets[index + 1]));
    }
    case 'struct': {
      if (type.kind !== 'struct') throw new Error(`a struct under ${type.kind}`);
      const fields = vector.fields.map((field, index) => {
        if (field.length !== vector.values) throw new Error('a field of another length');
        return cellsOf(type.fields[index]!.type, field);
      });
      return indexes.map((index) => fields.map((cells) => cells[index]!));
    }
  }
}

function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
}

function decimalText(bytes: Uint8Array, type: ColumnType): string {
  if (type.kind !== 'decimal') throw new Error(`a decimal under ${type.kind}`);
  const unsigned = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  const unscaled = BigInt.asIntN(128, unsigned);
  return plainText(parseNumeral(`${unscaled}e-${type.scale}`)!);
}

/** Text that is equal for equal JSON values, whatever the order of members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value)
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`)
    .sort();
  return `{${members.join(',')}}`;
}

/** `cell` with every text of JSON in it made canonical. */
export function canonicalCell(type: ColumnType, cell: Cell): unknown {
  if (cell === null) return null;
  switch (type.kind) {
    case 'json':
      return canonical(JSON.parse(cell as string));
    case 'list':
    case 'set':
      return (cell as readonly Cell[]).map((each) => canonicalCell(type.element, each));
    case 'struct':
      return (cell as readonly Cell[]).map((each, index) =>
        canonicalCell(type.fields[index]!.type, each),
      );
    case 'string':
    case 'long':
    case 'decimal':
    case 'numeral':
    case 'hash':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
      return cell;
  }
}

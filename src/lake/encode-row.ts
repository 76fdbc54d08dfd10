/** Owns the way from an item to a row: exact cells where a column can, `_rest` where it cannot. */
import { InvariantError } from '../core/assert.js';
import type { AttributeValue, Item } from '../export/attribute-value.js';
import type { HashValue } from './canonical-value.js';
import type { Column, ColumnType, TableSchema } from './column-type.js';
import { fitsLong, fitsShape, parseNumeral, plainText, type Numeral } from './number-text.js';

/**
 * A value of a column: text for string, long, decimal, numeral, json and hash, base64 text for binary,
 * an array for list, set and struct (its fields in order), null for none.
 */
export type Cell = string | boolean | null | readonly Cell[];

/** A row without its system columns other than `_rest`. */
export interface EncodedRow {
  /** One for each column of the schema, in its order. */
  readonly cells: readonly Cell[];
  /**
   * DynamoDB JSON of every attribute that the cells do not reproduce exactly, whole. It wins over
   * the cell, which then shows what it can: a number in plain form, a struct without the misfit.
   */
  readonly rest: string | null;
}

/** Encodes items under one schema. */
export type RowEncoder = (item: Item) => EncodedRow;

/**
 * Law: `decodeRow(schema.columns, encode(item))` is what `itemKeeper(schema, hashValue)` gives, which without
 * omitted attributes and hashes is `item`, for every item and every schema.
 */
export function rowEncoder(schema: TableSchema, hashValue: HashValue = noHash): RowEncoder {
  const { columns, omitted = [] } = schema;
  const positions = new Map(columns.map((column, index) => [column.attribute, index]));
  return (item) => {
    const cells: Cell[] = columns.map(() => null);
    const rest: [string, AttributeValue][] = [];
    for (const name of Object.keys(item)) {
      const value = item[name];
      if (value === undefined || omitted.includes(name)) continue;
      const position = positions.get(name);
      const column = position === undefined ? undefined : columns[position];
      if (position === undefined || column === undefined) {
        rest.push([name, value]);
        continue;
      }
      if (column.type.kind === 'hash') {
        cells[position] = hashValue(value);
        continue;
      }
      const loss: Loss = { exact: true };
      cells[position] = encodeCell(column.type, value, loss);
      if (!loss.exact) rest.push([name, value]);
    }
    // Object.fromEntries, since an attribute may be named __proto__.
    return { cells, rest: rest.length === 0 ? null : JSON.stringify(Object.fromEntries(rest)) };
  };
}

function noHash(): never {
  throw new InvariantError('a schema with hashes comes with what makes them');
}

/** Cleared by whatever part of a value its type cannot reproduce. */
interface Loss {
  exact: boolean;
}

function encodeCell(type: ColumnType, value: AttributeValue, loss: Loss): Cell {
  switch (type.kind) {
    case 'string':
      return 'S' in value && isUnicode(value.S) ? value.S : misfit(loss);
    case 'long':
    case 'decimal':
    case 'numeral':
      return 'N' in value ? encodeNumber(type, value.N, loss) : misfit(loss);
    case 'boolean':
      return 'BOOL' in value ? value.BOOL : misfit(loss);
    case 'binary':
      return 'B' in value && isBase64(value.B) ? value.B : misfit(loss);
    case 'timestamptz':
      return misfit(loss);
    case 'json':
      return JSON.stringify(value);
    case 'list':
      return 'L' in value
        ? value.L.map((element) => encodeCell(type.element, element, loss))
        : misfit(loss);
    case 'set':
      return encodeSet(type.element, value, loss);
    case 'hash':
      // Whole attributes are hashed, never what lies within one.
      return misfit(loss);
    case 'struct':
      return 'M' in value ? encodeStruct(type.fields, value.M, loss) : misfit(loss);
  }
}

function encodeStruct(fields: readonly Column[], map: Item, loss: Loss): Cell {
  let found = 0;
  const cells = fields.map(({ attribute, type }) => {
    const value = Object.hasOwn(map, attribute) ? map[attribute] : undefined;
    if (value === undefined) return null;
    found++;
    return encodeCell(type, value, loss);
  });
  if (found < Object.keys(map).length) loss.exact = false;
  return cells;
}

function encodeSet(element: ColumnType, value: AttributeValue, loss: Loss): Cell {
  const isText = element.kind === 'string';
  const isBinary = element.kind === 'binary';
  if (isText && 'SS' in value) return value.SS.map((S) => encodeCell(element, { S }, loss));
  if (isBinary && 'BS' in value) return value.BS.map((B) => encodeCell(element, { B }, loss));
  const isNumber = !isText && !isBinary;
  if (isNumber && 'NS' in value) return value.NS.map((N) => encodeCell(element, { N }, loss));
  return misfit(loss);
}

function encodeNumber(
  type: ColumnType & { readonly kind: 'long' | 'decimal' | 'numeral' },
  text: string,
  loss: Loss,
): Cell {
  if (type.kind === 'long' && /^(?:0|-?[1-9]\d{0,17})$/.test(text)) return text;
  const numeral = parseNumeral(text);
  if (numeral === undefined || !fitsNumber(type, numeral)) return misfit(loss);
  const plain = plainText(numeral);
  // -0, 1E3, 1.50: the same number, but not the same text.
  if (plain !== text) loss.exact = false;
  return plain;
}

/** Whether a column of `type` holds the number. */
export function fitsNumber(
  type: ColumnType & { readonly kind: 'long' | 'decimal' | 'numeral' },
  numeral: Numeral,
): boolean {
  switch (type.kind) {
    case 'long':
      return fitsLong(numeral);
    case 'decimal':
      return fitsShape(numeral, type);
    case 'numeral':
      return Math.abs(numeral.exponent) <= MAX_EXPONENT;
  }
}

/** Twice DynamoDB's own bound, which is 1E-130 to 9.9E+125 (ServiceQuotas.html, Number). */
const MAX_EXPONENT = 300;

function misfit(loss: Loss): null {
  loss.exact = false;
  return null;
}

/** UTF-8 cannot carry half of a surrogate pair; JSON's escapes can, so such text goes to `_rest`. */
function isUnicode(text: string): boolean {
  return !/[\uD800-\uDFFF]/.test(text) || !/\p{Surrogate}/u.test(text);
}

/** Base64 that decoding and encoding gives back: padded, with no stray bits in its last letter. */
function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*(?:[AEIMQUYcgkosw048]=|[AQgw]==)?$/.test(text);
}

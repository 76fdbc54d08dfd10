/** Owns rows made as vectors, so that a table of millions is there in a minute. */
import { builtParts } from '../processing/built-parts.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import type { BytesVector, LongVector, Vector } from '../../src/parquet/vector.js';
import type { KeyHashes } from '../../src/positions/key-hashes.js';

export const KEY_ATTRIBUTES = ['pk'] as const;
const KEY_TYPES = [{ kind: 'string' }] as const;
const NOTE_BYTES = 64;

const { hashKeys, keyBytes } = await builtParts();

/** An item of the table, for its schema. */
export const EXAMPLE: Item = { pk: { S: keyOf(1) }, amount: { N: '12' }, note: { S: 'x' } };

/** Spread, as keys of a table are: neighbours have nothing in common. */
function keyOf(place: number): string {
  return `order#${(Math.imul(place, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`;
}

/** Columns of the rows at `places`, in the order of `fields`. */
export function columnsOf(
  fields: readonly ParquetField[],
  places: readonly number[],
  writtenAtMicros: number,
): readonly Vector[] {
  return fields.map((field): Vector => {
    if (field.name === 'pk') return bytesOf(places.map((place) => Buffer.from(keyOf(place))));
    if (field.name === 'note') return bytesOf(places.map((place) => noteOf(place)));
    if (field.name === 'amount') return longsOf(places);
    if (field.name === '_written_at_micros') return longsOf(places.map(() => writtenAtMicros));
    return nothing(field.type, places.length);
  });
}

/** Hashes of the keys at `places`, as the scanner's keys have them. */
export function hashesOf(places: readonly number[]): KeyHashes {
  return hashKeys(bytesOf(places.map((place) => keyBytes(KEY_TYPES, [keyOf(place)]))));
}

/** Text that compresses as text does, about: to a half. */
function noteOf(place: number): Uint8Array {
  const mixed = Math.imul(place, 0x85ebca6b) >>> 0;
  return Buffer.from(mixed.toString(2).padStart(NOTE_BYTES, 'abcdefgh').slice(0, NOTE_BYTES));
}

function bytesOf(values: readonly Uint8Array[]): BytesVector {
  const offsets = new Int32Array(values.length + 1);
  for (const [index, value] of values.entries()) {
    offsets[index + 1] = (offsets[index] as number) + value.length;
  }
  return { kind: 'bytes', ...present(values.length), offsets, data: Buffer.concat(values) };
}

function longsOf(values: readonly number[]): LongVector {
  const words = new Int32Array(2 * values.length);
  for (const [index, value] of values.entries()) {
    words[2 * index] = value | 0;
    words[2 * index + 1] = Math.floor(value / 2 ** 32);
  }
  return { kind: 'long', ...present(values.length), words };
}

function present(length: number): { length: number; values: number; valid: Uint8Array } {
  return { length, values: length, valid: new Uint8Array(length).fill(1) };
}

function nothing({ kind }: ParquetType, length: number): Vector {
  const slots = { length, values: 0, valid: new Uint8Array(length) };
  if (kind === 'long') return { kind, ...slots, words: new Int32Array(0) };
  return { kind: 'bytes', ...slots, offsets: new Int32Array(1), data: new Uint8Array(0) };
}

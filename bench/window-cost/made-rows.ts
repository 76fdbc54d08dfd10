/** Owns rows made as vectors, so that a table of millions is there in minutes. */
import { createCipheriv } from 'node:crypto';
import { builtParts } from '../processing/built-parts.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { ParquetField, ParquetType } from '../../src/parquet/parquet-field.js';
import type { BytesVector, LongVector, Vector } from '../../src/parquet/vector.js';
import type { KeyHashes } from '../../src/positions/key-hashes.js';

export const KEY_ATTRIBUTES = ['pk'] as const;
const KEY_TYPES = [{ kind: 'string' }] as const;
/** So that a row takes about 250 bytes of its file, as an item of 1 KB of JSON does. */
const NOTE_BYTES = 225;
const POOL_BYTES = 48 * 1024 * 1024;

const { hashKeys, keyBytes } = await builtParts();

/** An item of the table, for its schema. */
export const EXAMPLE: Item = { pk: { S: keyOf(1) }, amount: { N: '12' }, note: { S: 'x' } };

/** Text that no compression finds anything in but its alphabet; the same in every run. */
const POOL = Buffer.from(
  createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16))
    .update(Buffer.alloc((POOL_BYTES * 3) / 4))
    .toString('base64'),
);

/** Spread, as keys of a table are: neighbours have nothing in common. */
function keyOf(place: number): string {
  return `order#${(Math.imul(place, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0')}`;
}

/** What rows have besides their keys and an amount. */
export interface RowsMade {
  readonly withNotes: boolean;
  readonly writtenAtMicros: number;
}

/** Columns of the rows at `places`, in the order of `fields`. */
export function columnsOf(
  fields: readonly ParquetField[],
  places: readonly number[],
  { withNotes, writtenAtMicros }: RowsMade,
): readonly Vector[] {
  return fields.map((field): Vector => {
    if (field.name === 'pk') return keysOf(places);
    if (field.name === 'note' && withNotes) return notesOf(places);
    if (field.name === 'amount') return longsOf(places);
    if (field.name === '_written_at_micros') return longsOf(places.map(() => writtenAtMicros));
    return nothing(field.type, places.length);
  });
}

/** Hashes of the keys at `places`, as the scanner's keys have them. */
export function hashesOf(places: readonly number[]): KeyHashes {
  return hashKeys(bytesOf(places.map((place) => keyBytes(KEY_TYPES, [keyOf(place)]))));
}

function keysOf(places: readonly number[]): BytesVector {
  return bytesOf(places.map((place) => Buffer.from(keyOf(place))));
}

function notesOf(places: readonly number[]): BytesVector {
  const offsets = Int32Array.from({ length: places.length + 1 }, (_, row) => row * NOTE_BYTES);
  const data = Buffer.allocUnsafe(places.length * NOTE_BYTES);
  for (const [row, place] of places.entries()) {
    const at = (Math.imul(place, 0x85ebca6b) >>> 0) % (POOL_BYTES - NOTE_BYTES);
    POOL.copy(data, row * NOTE_BYTES, at, at + NOTE_BYTES);
  }
  return { kind: 'bytes', ...present(places.length), offsets, data };
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

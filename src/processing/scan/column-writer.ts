/** Owns the growing columns that a scan fills, and their handing out as vectors. */
import { assert, unreachable } from '../../core/assert.js';
import type { Column, ColumnType } from '../../lake/column-type.js';
import { MAX_DIGITS } from '../../lake/number-text.js';
import type { BytesVector, LongVector, StructVector, Vector } from '../../parquet/vector.js';
import { columnTag } from './column-tag.js';
import { NameGuesser } from './name-guesser.js';
import type { NumberCounts, Place } from './place.js';
import { leaveMemory, takeMemory } from './spare-memory.js';

const FIRST_SLOTS = 1024;
/** Below this many bytes, copying one by one is faster than asking for a copy. */
const FEW_BYTES = 48;
/** Below this many, copying eight by eight is. */
const SHORT_TEXT = 400;
const DOUBLE_BYTES = 8;
/** Smaller buffers are kept whatever little was used of them. */
const KEPT_BYTES = 1024 * 1024;

/**
 * One column, or one place within columns, while rows come in. A slot is empty until something is
 * put there, so what a row lacks costs nothing: `valid` is zero wherever nothing was written.
 *
 * One class for all kinds of columns: with a class each, every call here would have to find out
 * which one it has, and none would be inlined.
 */
export class ColumnWriter {
  readonly type: ColumnType;
  /** The type's, here since types have many shapes, and a writer has one. */
  readonly kind: ColumnType['kind'];
  /** The type letter of values that it may hold; ANY_TAG where those of all types are held or hashed. */
  readonly tag: number;
  /** Whether numbers are put as longs, or as decimals: to compare the kind costs more. */
  readonly isLong: boolean;
  readonly isDecimal: boolean;
  /** Of a decimal. */
  readonly integerDigits: number = 0;
  readonly scale: number = 0;
  /** The fields of a struct. */
  readonly fields: FieldWriters | null;
  /** The elements of a list or set. */
  readonly element: ColumnWriter | null;
  /** How many values there were before the last `reset`. */
  valuesBefore = 0;
  /** Of all numbers that came to this column, those it cannot hold among them; null for none. */
  numbers: NumberCounts | null = null;
  /** What the column cannot hold: values of other types, fields without a column; null for none. */
  place: Place | null = null;
  length = 0;
  values = 0;
  valid = new Uint8Array(FIRST_SLOTS);
  /** Of bytes and lists. */
  offsets = new Int32Array(1);
  /** Of bytes, booleans and decimals. */
  data = new Uint8Array(0);
  /** Of `data`, to write eight bytes at once. */
  #doubles = new DataView(this.data.buffer);
  /** How much of `data` is in use. */
  size = 0;
  /** Of longs. */
  words = new Int32Array(0);

  constructor(type: ColumnType) {
    this.type = type;
    this.kind = type.kind;
    this.tag = columnTag(type);
    this.isLong = type.kind === 'long';
    this.isDecimal = type.kind === 'decimal';
    this.fields = type.kind === 'struct' ? new FieldWriters(type.fields) : null;
    const isList = type.kind === 'list' || type.kind === 'set';
    this.element = isList ? new ColumnWriter(type.element) : null;
    if (type.kind === 'decimal') {
      this.integerDigits = type.integerDigits;
      this.scale = type.scale;
      assert(this.integerDigits + this.scale <= MAX_DIGITS, 'a decimal has 38 digits at most');
    }
  }

  /** The fields of a struct's writer. */
  members(): FieldWriters {
    assert(this.fields !== null, 'a struct has writers of fields');
    return this.fields;
  }

  /** Makes `slot` the last one, empty. */
  reach(slot: number): void {
    if (slot >= this.valid.length) this.#growSlots(slot + 1);
    this.length = slot + 1;
  }

  /** Fills the last slot with the bytes from `start` to `end` (exclusive). */
  putBytes(bytes: Uint8Array, start: number, end: number): void {
    this.append(bytes, start, end);
    this.#endValue(this.size);
  }

  /** Adds to the bytes of the value that {@link endBytes} will end. */
  append(bytes: Uint8Array, start: number, end: number): void {
    let size = this.size;
    if (size + end - start > this.data.length) this.makeRoom(end - start);
    this.size = size + end - start;
    const data = this.data;
    if (end - start > FEW_BYTES) data.set(bytes.subarray(start, end), size);
    else for (let at = start; at < end; at++) data[size++] = bytes[at] as number;
  }

  /** Fills the last slot with the text from `start` to `end` (exclusive): see {@link appendText}. */
  putText(bytes: Uint8Array, words: DataView, start: number, end: number): void {
    this.appendText(bytes, words, start, end);
    this.#endValue(this.size);
  }

  /**
   * Adds as {@link append} does, from UTF-8 and nothing else, of which `words` is a view: eight
   * bytes of it are a double that comes through as it is. One that is not a number would not, but
   * such a one ends in 0xff, or in 0x7f after 0xf0 or above, and no UTF-8 has either.
   */
  appendText(bytes: Uint8Array, words: DataView, start: number, end: number): void {
    const length = end - start;
    if (length >= SHORT_TEXT || end > bytes.length - DOUBLE_BYTES) {
      this.append(bytes, start, end);
      return;
    }
    let size = this.size;
    if (size + length + DOUBLE_BYTES > this.data.length) this.makeRoom(length + DOUBLE_BYTES);
    this.size = size + length;
    const into = this.#doubles;
    for (let at = start; at < end; at += DOUBLE_BYTES) {
      into.setFloat64(size, words.getFloat64(at, true), true);
      size += DOUBLE_BYTES;
    }
  }

  /** Makes room for so many bytes more. */
  makeRoom(bytes: number): void {
    const needed = this.size + bytes;
    if (needed <= this.data.length) return;
    const before = this.data;
    this.#setData(new Uint8Array(takeMemory(Math.max(needed, 2 * before.length, FIRST_SLOTS))));
    this.data.set(before.subarray(0, this.size));
    leaveMemory(before.buffer);
  }

  /** Fills the last slot with the bytes appended since the last value. */
  endBytes(): void {
    this.#endValue(this.size);
  }

  putBoolean(value: boolean): void {
    this.makeRoom(1);
    this.data[this.size++] = value ? 1 : 0;
    this.valid[this.length - 1] = 1;
    this.values++;
  }

  /** Fills the last slot with an integer of two words. */
  putLong(low: number, high: number): void {
    const at = 2 * this.values++;
    if (at + 1 >= this.words.length) {
      this.words = grownWords(this.words);
    }
    this.words[at] = low;
    this.words[at + 1] = high;
    this.valid[this.length - 1] = 1;
  }

  /** Fills the last slot with an integer of four words, the highest first. */
  putDecimal(word3: number, word2: number, word1: number, word0: number): void {
    this.makeRoom(16);
    const at = this.size;
    putWord(this.data, at, word3);
    putWord(this.data, at + 4, word2);
    putWord(this.data, at + 8, word1);
    putWord(this.data, at + 12, word0);
    this.size = at + 16;
    this.valid[this.length - 1] = 1;
    this.values++;
  }

  /** Fills the last slot with the elements since the last list. */
  endList(element: ColumnWriter): void {
    this.#endValue(element.length);
  }

  /** Fills the last slot with the fields of slot `values`. */
  endStruct(): void {
    this.valid[this.length - 1] = 1;
    this.values++;
  }

  /** The column with `length` slots, on the writer's own buffers: good until the next value. */
  vector(length: number): Vector {
    if (length > this.valid.length) this.#growSlots(length);
    this.length = length;
    const { values, valid, offsets, data, words } = this;
    const slots = { length, values, valid };
    switch (this.kind) {
      case 'string':
      case 'json':
      case 'numeral':
      case 'hash':
      case 'binary':
        return { kind: 'bytes', ...slots, offsets, data };
      case 'long':
      case 'timestamptz':
        return { kind: 'long', ...slots, words };
      case 'decimal':
        return { kind: 'decimal', ...slots, data };
      case 'boolean':
        return { kind: 'boolean', ...slots, data };
      case 'list':
      case 'set': {
        assert(this.element !== null, 'a list has a writer of elements');
        return {
          kind: 'list',
          ...slots,
          offsets,
          element: this.element.vector(this.element.length),
        };
      }
      case 'struct':
        return { kind: 'struct', ...slots, fields: this.members().vectors(values) };
      default:
        return unreachable(this.kind);
    }
  }

  /** How many bytes the column's slots and values take. */
  sizeBytes(): number {
    const own = this.length + this.size + (this.words.length > 0 ? 8 * this.values : 0);
    const offsets = this.offsets.length > 1 ? 4 * this.values : 0;
    return own + offsets + (this.element?.sizeBytes() ?? 0) + (this.fields?.sizeBytes() ?? 0);
  }

  /** Begins again with no slot; buffers stay, unless they turned out far too large. */
  reset(): void {
    this.valid.fill(0, 0, this.length);
    if (this.data.length > KEPT_BYTES && this.size < this.data.length / 4) {
      this.#setData(new Uint8Array(this.data.length / 2));
    }
    this.valuesBefore += this.values;
    this.length = this.values = this.size = 0;
    this.element?.reset();
    this.fields?.reset();
  }

  /** Leaves the buffers to others; neither the writer nor its vectors are of use any more. */
  leave(): void {
    for (const { buffer } of [this.valid, this.offsets, this.data, this.words]) leaveMemory(buffer);
    this.element?.leave();
    this.fields?.leave();
  }

  #setData(data: Uint8Array<ArrayBuffer>): void {
    this.data = data;
    this.#doubles = new DataView(data.buffer);
  }

  #endValue(offset: number): void {
    this.valid[this.length - 1] = 1;
    const values = ++this.values;
    if (values >= this.offsets.length) {
      this.offsets = grownWords(this.offsets);
    }
    this.offsets[values] = offset;
  }

  #growSlots(length: number): void {
    const before = this.valid;
    const valid = new Uint8Array(takeMemory(Math.max(length, 2 * before.length)));
    valid.set(before);
    valid.fill(0, before.length);
    this.valid = valid;
    leaveMemory(before.buffer);
  }
}

/** Twice as many words, the present ones first. */
function grownWords(words: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const bytes = 4 * Math.max(FIRST_SLOTS, 2 * words.length);
  const memory = takeMemory(bytes);
  const grown = new Int32Array(memory, 0, Math.floor(memory.byteLength / 4));
  grown.set(words);
  leaveMemory(words.buffer);
  return grown;
}

function putWord(data: Uint8Array, at: number, word: number): void {
  data[at] = word >> 24;
  data[at + 1] = word >> 16;
  data[at + 2] = word >> 8;
  data[at + 3] = word;
}

/** The columns of a table, or the fields of a struct, found by their names. */
export class FieldWriters {
  readonly names = new NameGuesser();
  readonly attributes: readonly string[];
  readonly writers: readonly ColumnWriter[];

  constructor(columns: readonly Column[]) {
    this.attributes = columns.map(({ attribute }) => attribute);
    for (const attribute of this.attributes) this.names.add(attribute);
    this.writers = columns.map(({ type }) => new ColumnWriter(type));
  }

  vectors(length: number): Vector[] {
    return this.writers.map((writer) => writer.vector(length));
  }

  sizeBytes(): number {
    return this.writers.reduce((sum, writer) => sum + writer.sizeBytes(), 0);
  }

  reset(): void {
    for (const writer of this.writers) writer.reset();
  }

  leave(): void {
    for (const writer of this.writers) writer.leave();
  }
}

/** The vector of a writer of text. */
export function bytesVector(writer: ColumnWriter, length: number): BytesVector {
  const vector = writer.vector(length);
  assert(vector.kind === 'bytes', 'text lies in bytes');
  return vector;
}

/** The vector of a writer of longs. */
export function longVector(writer: ColumnWriter, length: number): LongVector {
  const vector = writer.vector(length);
  assert(vector.kind === 'long', 'integers lie in longs');
  return vector;
}

/** The vector of a writer of structs. */
export function structVector(writer: ColumnWriter, length: number): StructVector {
  const vector = writer.vector(length);
  assert(vector.kind === 'struct', 'structs lie in a struct');
  return vector;
}

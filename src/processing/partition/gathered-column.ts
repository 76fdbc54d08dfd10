/** Owns a column that is put together from chosen rows of others. */
import { assert, unreachable } from '../../core/assert.js';
import type { ParquetType } from '../../parquet/parquet-field.js';
import type { Vector } from '../../parquet/vector.js';
import type { RankedVector } from './ranked-vector.js';

/** One column, or one place within columns, as rows are added to it. It takes no more than it must. */
export class GatheredColumn {
  readonly #type: ParquetType;
  /** Of a list's element, or of a struct's fields. */
  readonly #nested: readonly GatheredColumn[];
  #length = 0;
  #values = 0;
  #valid = new Uint8Array(0);
  #offsets = new Int32Array(1);
  #data = new Uint8Array(0);
  #size = 0;
  #words = new Int32Array(0);

  constructor(type: ParquetType) {
    this.#type = type;
    this.#nested = nestedIn(type).map((nested) => new GatheredColumn(nested));
  }

  /** Adds those of the column's slots, in their order. */
  add(column: RankedVector, slots: Int32Array): void {
    const { vector, ranks } = column;
    const places = new Int32Array(slots.length);
    let count = 0;
    this.#valid = reached(this.#valid, this.#length + slots.length);
    for (const slot of slots) {
      const isThere = vector.valid[slot] as number;
      this.#valid[this.#length++] = isThere;
      if (isThere === 1) places[count++] = ranks === undefined ? slot : (ranks[slot] as number);
    }
    this.#addValues(vector, places.subarray(0, count), column.nested);
  }

  /** The column as it is now: good until the next rows are added. */
  vector(): Vector {
    const slots = { length: this.#length, values: this.#values, valid: this.#valid };
    const { kind } = this.#type;
    const nested = this.#nested.map((each) => each.vector());
    switch (kind) {
      case 'string':
      case 'binary':
        return { kind: 'bytes', ...slots, offsets: this.#offsets, data: this.#data };
      case 'long':
      case 'timestamptz':
        return { kind: 'long', ...slots, words: this.#words };
      case 'decimal':
      case 'boolean':
        return { kind, ...slots, data: this.#data };
      case 'list': {
        const [element] = nested;
        assert(element !== undefined, 'a list has elements');
        return { kind, ...slots, offsets: this.#offsets, element };
      }
      case 'struct':
        return { kind, ...slots, fields: nested };
      default:
        return unreachable(kind);
    }
  }

  /** What its slots and values take. */
  sizeBytes(): number {
    const offsets = this.#offsets.length > 1 ? 4 * this.#values : 0;
    const words = this.#words.length > 0 ? 8 * this.#values : 0;
    const own = this.#length + this.#size + offsets + words;
    return this.#nested.reduce((sum, each) => sum + each.sizeBytes(), own);
  }

  #addValues(vector: Vector, places: Int32Array, nested: readonly RankedVector[]): void {
    switch (vector.kind) {
      case 'bytes':
        this.#addBytes(vector.offsets, vector.data, places);
        break;
      case 'long':
        this.#addLongs(vector.words, places);
        break;
      case 'decimal':
        this.#addFixed(vector.data, 16, places);
        break;
      case 'boolean':
        this.#addFixed(vector.data, 1, places);
        break;
      case 'list':
        this.#addLists(vector.offsets, places, nested);
        break;
      case 'struct':
        for (const [index, field] of nested.entries()) this.#nested[index]?.add(field, places);
        break;
      default:
        unreachable(vector);
    }
    this.#values += places.length;
  }

  #addBytes(offsets: Int32Array, data: Uint8Array, places: Int32Array): void {
    let size = this.#size;
    for (const at of places) size += (offsets[at + 1] as number) - (offsets[at] as number);
    this.#data = reached(this.#data, size);
    this.#offsets = reached(this.#offsets, this.#values + places.length + 1);
    let value = this.#values;
    for (const at of places) {
      const from = offsets[at] as number;
      const end = offsets[at + 1] as number;
      this.#data.set(data.subarray(from, end), this.#size);
      this.#size += end - from;
      this.#offsets[++value] = this.#size;
    }
  }

  #addLongs(words: Int32Array, places: Int32Array): void {
    this.#words = reached(this.#words, 2 * (this.#values + places.length));
    let at = 2 * this.#values;
    for (const place of places) {
      this.#words[at++] = words[2 * place] as number;
      this.#words[at++] = words[2 * place + 1] as number;
    }
  }

  #addFixed(data: Uint8Array, width: number, places: Int32Array): void {
    this.#data = reached(this.#data, this.#size + width * places.length);
    for (const place of places) {
      this.#data.set(data.subarray(width * place, width * (place + 1)), this.#size);
      this.#size += width;
    }
  }

  #addLists(offsets: Int32Array, places: Int32Array, nested: readonly RankedVector[]): void {
    let end = this.#offsets[this.#values] as number;
    this.#offsets = reached(this.#offsets, this.#values + places.length + 1);
    const elements: number[] = [];
    let value = this.#values;
    for (const place of places) {
      const until = offsets[place + 1] as number;
      for (let slot = offsets[place] as number; slot < until; slot++) elements.push(slot);
      end += until - (offsets[place] as number);
      this.#offsets[++value] = end;
    }
    const [element] = nested;
    assert(element !== undefined, 'a list has elements');
    this.#nested[0]?.add(element, Int32Array.from(elements));
  }
}

function nestedIn(type: ParquetType): readonly ParquetType[] {
  if (type.kind === 'list') return [type.element.type];
  return type.kind === 'struct' ? type.fields.map((field) => field.type) : [];
}

interface Growable<A> {
  readonly length: number;
  set(from: A): void;
}

/** `array`, or a longer copy of it. */
function reached<A extends (Uint8Array | Int32Array) & Growable<A>>(array: A, length: number): A {
  if (length <= array.length) return array;
  const room = Math.max(length, array.length + (array.length >> 1));
  const grown = new (array.constructor as new (length: number) => A)(room);
  grown.set(array);
  return grown;
}

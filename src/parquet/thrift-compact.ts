/**
 * Owns Thrift's compact protocol, as far as Parquet's metadata needs it.
 *
 * Source: thrift/doc/specs/thrift-compact-protocol.md in apache/thrift. Fields of a struct are
 * written in the order of their ids.
 */
import { GrowingBytes } from './growing-bytes.js';

/** The type of an element of a list, or of a field in its header. */
export const ThriftType = { i32: 5, i64: 6, binary: 8, struct: 12 } as const;
export type ThriftType = (typeof ThriftType)[keyof typeof ThriftType];

const TRUE = 1;
const FALSE = 2;
const LIST = 9;

const utf8 = new TextEncoder();

/** Writes one struct with all it holds. */
export class ThriftWriter {
  readonly #out = new GrowingBytes();
  #lastId = 0;

  /** Ends the outermost struct; the view is valid until the writer is used again. */
  finish(): Uint8Array {
    this.#out.pushByte(0);
    return this.#out.written();
  }

  i32(id: number, value: number): void {
    this.#header(id, ThriftType.i32);
    this.i32Element(value);
  }

  /** A safe integer; Parquet's sizes and offsets of files are far from their end. */
  i64(id: number, value: number): void {
    this.#header(id, ThriftType.i64);
    this.i32Element(value);
  }

  bool(id: number, value: boolean): void {
    this.#header(id, value ? TRUE : FALSE);
  }

  binary(id: number, value: Uint8Array): void {
    this.#header(id, ThriftType.binary);
    this.#binary(value);
  }

  string(id: number, value: string): void {
    this.binary(id, utf8.encode(value));
  }

  struct(id: number, writeFields: () => void): void {
    this.#header(id, ThriftType.struct);
    this.structElement(writeFields);
  }

  list<T>(
    id: number,
    type: ThriftType,
    items: readonly T[],
    writeElement: (item: T, writer: ThriftWriter) => void,
  ): void {
    this.#header(id, LIST);
    if (items.length < 15) this.#out.pushByte((items.length << 4) | type);
    else {
      this.#out.pushByte(0xf0 | type);
      this.#out.pushVarint(items.length);
    }
    for (const item of items) writeElement(item, this);
  }

  i32Element(value: number): void {
    this.#out.pushVarint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  stringElement(value: string): void {
    this.#binary(utf8.encode(value));
  }

  structElement(writeFields: () => void): void {
    const outerId = this.#lastId;
    this.#lastId = 0;
    writeFields();
    this.#out.pushByte(0);
    this.#lastId = outerId;
  }

  #binary(value: Uint8Array): void {
    this.#out.pushVarint(value.length);
    this.#out.push(value);
  }

  #header(id: number, type: number): void {
    const delta = id - this.#lastId;
    this.#lastId = id;
    if (delta > 0 && delta < 16) {
      this.#out.pushByte((delta << 4) | type);
      return;
    }
    this.#out.pushByte(type);
    this.i32Element(id);
  }
}

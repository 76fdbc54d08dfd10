/** Owns the cutting of chunks into lines, whole and of valid UTF-8, under one cursor. */
import { isUtf8 } from 'node:buffer';
import { assert } from '../../core/assert.js';
import { NEWLINE } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';

/** An item is 400 KB at most, and a record two of them, each byte at most six as JSON. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Feeds a cursor line by line. Lines that lie whole in a chunk are read where they are; one that
 * is cut by the chunk's end is put together aside.
 */
export class LineFeed {
  readonly cursor: ByteCursor;
  /** Of the lines read so far. */
  lines = 0;
  #carry: Buffer = Buffer.alloc(1 << 16);
  #carried = 0;
  /** What comes after the line that was put together. */
  #later: Buffer = NOTHING;
  /** Where in the file the chunk's next unread byte, or what is carried, begins. */
  #offset = 0;
  #stop = 0;
  #lineStart = 0;

  constructor(cursor: ByteCursor) {
    this.cursor = cursor;
  }

  /** Takes a chunk, which must not change until `next` has answered false. */
  push(chunk: Uint8Array): void {
    assert(
      !this.#hasLines() && this.#later.length === 0,
      'all lines of a chunk are read before another',
    );
    // One class of array for all bytes there are, whoever made them: see ByteCursor.
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (this.#carried === 0) {
      this.#openChunk(bytes);
      return;
    }
    const end = bytes.indexOf(NEWLINE) + 1;
    this.#carryOver(end === 0 ? bytes : bytes.subarray(0, end));
    if (end === 0) return;
    this.#later = bytes.subarray(end);
    this.#openCarried();
  }

  /** Takes the end of the file; a last line needs no newline. */
  end(): void {
    assert(
      !this.#hasLines() && this.#later.length === 0,
      'all lines of a chunk are read before the end',
    );
    if (this.#carried === 0) return;
    this.#carryOver(Buffer.from([NEWLINE]));
    this.#openCarried();
  }

  /** Begins to count anew, for the file `file`; after the end of the one before. */
  nextFile(file: string): void {
    assert(this.#carried === 0 && !this.#hasLines(), 'a file is read to its end before another');
    this.cursor.file = file;
    this.cursor.lineNumber = this.lines = this.#offset = 0;
  }

  /** Moves to the next line; false when another chunk is needed. */
  next(): boolean {
    if (!this.#hasLines()) {
      if (this.#later.length === 0) return false;
      const later = this.#later;
      this.#later = NOTHING;
      this.#openChunk(later);
      if (!this.#hasLines()) return false;
    }
    this.cursor.lineNumber = ++this.lines;
    this.#lineStart = this.cursor.at;
    return true;
  }

  /** Passes the end of the line and answers how many bytes it has. */
  closeLine(): number {
    this.cursor.closeLine();
    const length = this.cursor.at - this.#lineStart;
    if (length > MAX_LINE_BYTES) throw this.#tooLong();
    return length;
  }

  #hasLines(): boolean {
    return this.cursor.at < this.#stop;
  }

  #openChunk(bytes: Buffer): void {
    const stop = bytes.lastIndexOf(NEWLINE) + 1;
    this.#openLines(stop === bytes.length ? bytes : bytes.subarray(0, stop));
    if (stop < bytes.length) this.#carryOver(bytes.subarray(stop));
  }

  #openCarried(): void {
    const bytes = this.#carry.subarray(0, this.#carried);
    this.#carried = 0;
    this.#openLines(bytes);
  }

  #openLines(bytes: Buffer): void {
    this.#stop = bytes.length;
    this.cursor.open(bytes, this.#offset);
    this.#offset += bytes.length;
    if (!isUtf8(bytes)) throw this.#notUtf8(bytes);
  }

  #carryOver(bytes: Buffer): void {
    const size = this.#carried + bytes.length;
    if (size > MAX_LINE_BYTES + 1) {
      this.cursor.lineNumber = this.lines + 1;
      throw this.#tooLong();
    }
    if (size > this.#carry.length) {
      const grown = Buffer.alloc(Math.max(size, 2 * this.#carry.length));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    this.#carry.set(bytes, this.#carried);
    this.#carried = size;
  }

  #tooLong(): Error {
    return this.cursor.failure(`is longer than ${MAX_LINE_BYTES} bytes`);
  }

  #notUtf8(bytes: Buffer): Error {
    let from = 0;
    for (;;) {
      this.cursor.lineNumber = ++this.lines;
      const end = bytes.indexOf(NEWLINE, from) + 1;
      if (!isUtf8(bytes.subarray(from, end))) break;
      from = end;
    }
    this.cursor.at = from;
    return this.cursor.failure('is not UTF-8');
  }
}

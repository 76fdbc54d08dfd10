/** Owns the way from values in a line to columns, exactly as `rowEncoder` makes rows of items. */
import { assert } from '../../core/assert.js';
import { fitsNumber } from '../../lake/encode-row.js';
import { parseNumeral, plainText } from '../../lake/number-text.js';
import type { HashBytes } from '../hash-value.js';
import { decodeBase64 } from './base64.js';
import type { ByteCursor } from './byte-cursor.js';
import type { ColumnWriter, FieldWriters } from './column-writer.js';
import { NumberReader } from './number-reader.js';
import { NumberCounts, Place } from './place.js';
import { Scratch } from './unescape.js';
import type { ValueProfiler } from './value-profiler.js';
import {
  ANY_TAG,
  TAG_B,
  TAG_BOOL,
  TAG_L,
  TAG_M,
  TAG_N,
  TAG_S,
  checkValue,
  readTag,
} from './value-tag.js';

/** A number this short in plain form has an exponent that every numeral column holds. */
const SHORT_NUMBER = 300;
const NUMBER_BEFORE = Buffer.from('{"N":"');
const NUMBER_AFTER = Buffer.from('"}');

/** Scans values at a cursor into writers. */
export class ValueScanner {
  readonly #cursor: ByteCursor;
  readonly #profiler: ValueProfiler;
  readonly #number = new NumberReader();
  readonly #scratch = new Scratch();
  readonly #hash: HashBytes | undefined;
  /** Cleared by whatever part of a value its column cannot reproduce. */
  exact = true;

  /** `profiler` counts what columns cannot hold. */
  constructor(cursor: ByteCursor, profiler: ValueProfiler, hash?: HashBytes) {
    this.#cursor = cursor;
    this.#profiler = profiler;
    this.#hash = hash;
  }

  /** Scans an attribute value into `slot`, the next one of `writer`. */
  value(writer: ColumnWriter, slot: number): void {
    const cursor = this.#cursor;
    writer.reach(slot);
    const wanted = writer.tag;
    if (wanted === ANY_TAG) {
      if (writer.kind === 'json') this.#json(writer);
      else this.#hashed(writer);
      return;
    }
    const tag = readTag(cursor);
    if (tag !== wanted) this.#misfit(writer, tag);
    else if (tag === TAG_S) this.#text(writer);
    else if (tag === TAG_N) this.#numberText(writer);
    else if (tag === TAG_M) this.#struct(writer);
    else if (tag === TAG_L) this.#list(writer);
    else if (tag === TAG_BOOL) writer.putBoolean(cursor.boolean());
    else if (tag === TAG_B) this.#binary(writer);
    else this.#set(writer);
    cursor.closeValue();
  }

  #json(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    cursor.blanks();
    const from = cursor.at;
    this.#profiler.value((writer.place ??= new Place()));
    writer.putText(cursor.bytes, cursor.words, from, cursor.at);
  }

  #hashed(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    assert(this.#hash !== undefined, 'a column of hashes comes with what makes them');
    const from = cursor.at;
    checkValue(cursor);
    const digits = this.#hash(cursor.bytes, from, cursor.at);
    writer.putBytes(digits, 0, digits.length);
  }

  #misfit(writer: ColumnWriter, tag: number): void {
    this.exact = false;
    this.#profiler.content((writer.place ??= new Place()), tag);
  }

  #text(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    cursor.string();
    if (!cursor.escaped) {
      writer.putText(cursor.bytes, cursor.words, cursor.start, cursor.end);
      return;
    }
    const scratch = this.#scratch;
    scratch.unescape(cursor.bytes, cursor.start, cursor.end);
    if (scratch.wellFormed) {
      writer.putBytes(scratch.bytes, 0, scratch.size);
      return;
    }
    this.exact = false;
    (writer.place ??= new Place()).strings++;
  }

  #binary(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    cursor.string();
    let { bytes, start, end } = cursor;
    if (cursor.escaped) {
      this.#scratch.unescape(bytes, start, end);
      ({ bytes, size: end } = this.#scratch);
      start = 0;
    }
    writer.makeRoom(end - start);
    const size = decodeBase64(bytes, start, end, writer.data, writer.size);
    if (size < 0) {
      this.exact = false;
      (writer.place ??= new Place()).binaries++;
      return;
    }
    writer.size = size;
    writer.endBytes();
  }

  #struct(writer: ColumnWriter): void {
    const { fields } = writer;
    assert(fields !== null, 'a struct has writers of fields');
    this.#members(writer, fields);
    writer.endStruct();
  }

  #members(struct: ColumnWriter, { names, writers }: FieldWriters): void {
    const cursor = this.#cursor;
    const slot = struct.values;
    let previous = -1;
    let object = 0;
    if (!cursor.enterObject()) return;
    do {
      const from = cursor.at;
      const found = names.find(cursor, previous);
      const writer = found < 0 ? undefined : writers[found];
      if (writer === undefined) {
        this.exact = false;
        cursor.at = from;
        if (object === 0) object = this.#profiler.newObject();
        this.#profiler.mapMember((struct.place ??= new Place()), object, -1);
        continue;
      }
      previous = found;
      if (writer.length > slot) throw cursor.failure('has two attributes of one name');
      this.value(writer, slot);
    } while (cursor.moreMembers());
  }

  #list(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    const { element } = writer;
    assert(element !== null, 'a list has a writer of elements');
    if (cursor.enterArray())
      do this.value(element, element.length);
      while (cursor.moreElements());
    writer.endList(element);
  }

  #set(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    const { element } = writer;
    assert(element !== null, 'a set has a writer of elements');
    const { kind } = element;
    if (kind !== 'string' && kind !== 'binary') element.numbers ??= new NumberCounts();
    if (cursor.enterArray()) {
      do {
        element.reach(element.length);
        if (kind === 'string') this.#text(element);
        else if (kind === 'binary') this.#binary(element);
        else if (isNumber(kind)) this.#numberText(element);
        else this.#oddNumber(element);
      } while (cursor.moreElements());
    }
    writer.endList(element);
  }

  /** A number in a set whose elements are of no type of numbers. */
  #oddNumber(element: ColumnWriter): void {
    const cursor = this.#cursor;
    this.#profiler.number((element.numbers ??= new NumberCounts()));
    if (element.kind !== 'json') {
      this.exact = false;
      return;
    }
    element.append(NUMBER_BEFORE, 0, NUMBER_BEFORE.length);
    element.append(cursor.bytes, cursor.start, cursor.end);
    element.putBytes(NUMBER_AFTER, 0, NUMBER_AFTER.length);
  }

  #numberText(writer: ColumnWriter): void {
    const cursor = this.#cursor;
    const numbers = (writer.numbers ??= new NumberCounts());
    let plainEnd = this.#number.pass(cursor);
    const { bytes, start, end } = cursor;
    if (end - start > SHORT_NUMBER && writer.kind === 'numeral') plainEnd = -1;
    if (plainEnd < 0) {
      this.#oddSpelling(writer, numbers);
      return;
    }
    numbers.addPlain(this.#number);
    const isHeld = this.#putNumber(writer, bytes, start, plainEnd);
    if (!isHeld || plainEnd !== end) this.exact = false;
  }

  /** A number with an exponent, zeros before it, escapes, or no number. */
  #oddSpelling(writer: ColumnWriter, numbers: NumberCounts): void {
    const { type } = writer;
    assert(isNumberType(type), 'only a column of numbers is asked to hold one');
    const text = this.#cursor.text();
    const numeral = parseNumeral(text);
    if (numeral !== undefined) numbers.addNumeral(numeral);
    if (numeral === undefined || !fitsNumber(type, numeral)) {
      this.exact = false;
      return;
    }
    const plain = plainText(numeral);
    if (plain !== text) this.exact = false;
    const scratch = this.#scratch;
    scratch.setAscii(plain);
    this.#number.read(scratch.bytes, 0);
    const put = this.#putNumber(writer, scratch.bytes, 0, scratch.size);
    assert(put, 'a number that fits a column fits its writer');
  }

  /** Puts the number read last; false when its column cannot hold it. */
  #putNumber(writer: ColumnWriter, bytes: Uint8Array, start: number, end: number): boolean {
    const number = this.#number;
    if (writer.isLong) {
      if (!number.toLong()) return false;
      writer.putLong(number.word0, number.word1);
    } else if (writer.isDecimal) {
      const zeros = writer.scale - number.scale;
      const fits = zeros >= 0 && (number.integerDigits <= writer.integerDigits || number.isZero());
      if (!fits) return false;
      number.toWords(zeros);
      writer.putDecimal(number.word3, number.word2, number.word1, number.word0);
    } else {
      writer.putBytes(bytes, start, end);
    }
    return true;
  }
}

type Kind = ColumnWriter['kind'];
type NumberType = Parameters<typeof fitsNumber>[0];

function isNumber(kind: Kind): boolean {
  return kind === 'long' || kind === 'decimal' || kind === 'numeral';
}

function isNumberType(type: ColumnWriter['type']): type is NumberType {
  return isNumber(type.kind);
}

/** Owns the frame of a record: its members in any order, its key, its stamp, what happened to the key. */
import type { ExportWindow } from '../../core/export-window.js';
import type { Instant } from '../../core/instant.js';
import type { ExportView } from '../../export/table-exports.js';
import { CHANGE_KINDS, type ChangeKind } from '../../lake/column-type.js';
import { CLOSE_OBJECT } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';
import { NameGuesser } from './name-guesser.js';
import { NumberReader } from './number-reader.js';
import { Scratch } from './unescape.js';
import { TAG_B, TAG_N, TAG_S, checkValue, readTag } from './value-tag.js';

/** How an export writes its records; an `ExportScope` is one. */
export type RecordFormat =
  | { readonly kind: 'full' }
  | {
      readonly kind: 'incremental';
      readonly view: ExportView;
      /** See `ExportScope`; what was last written before `window.from` is passed over then. */
      readonly exportFrom?: Instant;
      readonly window?: ExportWindow;
    };

/** Reads an image a record has of its item. */
export interface ImageReader {
  /** Passes an item, noting in `keyValues` where the values of its key attributes begin. */
  readImage(keyValues: Int32Array): void;
}

/** A place in a line where nothing begins. */
export const NOWHERE = -1;

/** Of attributes that are no key's so many names are kept, about. */
const MOST_NAMES = 512;

const FULL_MEMBERS = ['Item'];
const INCREMENTAL_MEMBERS = ['Metadata', 'Keys', 'OldImage', 'NewImage'];
const METADATA = Buffer.from('{"WriteTimestampMicros":{"N":"');

/** A full export's records have one kind: see {@link CHANGE_KINDS}. */
const LOAD = CHANGE_KINDS.indexOf('load');
const DELETE = CHANGE_KINDS.indexOf('delete');

/**
 * Reads records one by one. Whatever `parseChange` refuses is refused, and besides a key attribute
 * that is no S, N or B, a member or key attribute that comes twice, and nesting past MAX_DEPTH.
 * Of an item only the key is read, unless `image`, or `oldImage` before the change, is there to read it all.
 */
export class RecordReader {
  readonly #cursor: ByteCursor;
  readonly #image: ImageReader | undefined;
  readonly #oldImage: ImageReader | undefined;
  readonly #isFull: boolean;
  readonly #keyAttributes: readonly string[];
  readonly #members = new NameGuesser('objects');
  /** The key attributes', and then those of other attributes as they come: what is known is passed faster. */
  readonly #imageNames = new NameGuesser();
  readonly #number = new NumberReader();
  readonly #scratch = new Scratch();
  readonly #otherScratch = new Scratch();
  readonly #kinds: { readonly first: number; readonly changed: number };
  /** Where the key's values begin in the current line, in the order of the key attributes. */
  readonly keyValues: Int32Array;
  readonly #oldValues: Int32Array;
  readonly #newValues: Int32Array;
  /** Index into {@link CHANGE_KINDS}. */
  kind = LOAD;
  /** Whether the record has an item after the change; a delete has none. */
  hasImage = false;
  #hasKeys = false;
  #hasOld = false;
  #hasStamp = false;
  /** The stamp in microseconds since 1970, in two words; a full export's records have none. */
  stampLow = 0;
  stampHigh = 0;

  constructor(
    cursor: ByteCursor,
    format: RecordFormat,
    keyAttributes: readonly string[],
    image: ImageReader | undefined,
    oldImage?: ImageReader,
  ) {
    this.#cursor = cursor;
    this.#image = image;
    this.#oldImage = oldImage;
    this.#keyAttributes = keyAttributes;
    this.#isFull = format.kind === 'full';
    for (const name of this.#isFull ? FULL_MEMBERS : INCREMENTAL_MEMBERS) this.#members.add(name);
    for (const name of keyAttributes) this.#imageNames.add(name);
    const bothImages = format.kind === 'incremental' && format.view === 'NEW_AND_OLD_IMAGES';
    this.#kinds = {
      first: kindCode(bothImages ? 'insert' : 'upsert'),
      changed: kindCode(bothImages ? 'update' : 'upsert'),
    };
    this.#newValues = new Int32Array(keyAttributes.length);
    this.#oldValues = new Int32Array(keyAttributes.length);
    this.keyValues = this.#isFull ? this.#newValues : new Int32Array(keyAttributes.length);
  }

  /** The stamp as a number: exact until the year 2255. */
  get stampMicros(): number {
    return this.stampHigh * 2 ** 32 + (this.stampLow >>> 0);
  }

  /** Passes a record, but not the end of its line. */
  read(): void {
    const cursor = this.#cursor;
    this.hasImage = this.#hasKeys = this.#hasOld = this.#hasStamp = false;
    let previous = -1;
    if (cursor.enterObject()) {
      do {
        const member = this.#members.find(cursor, previous);
        if (member < 0) {
          cursor.anyValue();
          continue;
        }
        previous = member;
        if (this.#isFull || member === 3) this.#readNew();
        else if (member === 2) this.#readOld();
        else if (member === 1) this.#readKeys();
        else this.#readMetadata();
      } while (cursor.moreMembers());
    }
    if (this.#isFull) this.#checkFull();
    else this.#checkIncremental();
  }

  #readNew(): void {
    this.#once(this.hasImage);
    this.hasImage = true;
    if (this.#image === undefined) {
      this.#readKeyed(this.#newValues);
      return;
    }
    this.#newValues.fill(NOWHERE);
    this.#image.readImage(this.#newValues);
  }

  #readOld(): void {
    this.#once(this.#hasOld);
    this.#hasOld = true;
    if (this.#oldImage === undefined) {
      this.#readKeyed(this.#oldValues);
      return;
    }
    this.#oldValues.fill(NOWHERE);
    this.#oldImage.readImage(this.#oldValues);
  }

  #readKeys(): void {
    this.#once(this.#hasKeys);
    this.#hasKeys = true;
    this.#readKeyed(this.keyValues);
  }

  #once(before: boolean): void {
    if (before) throw this.#cursor.failure('has two members of one name');
  }

  /** Passes an item of which only the key matters. */
  #readKeyed(keyValues: Int32Array): void {
    const cursor = this.#cursor;
    keyValues.fill(NOWHERE);
    if (!cursor.enterObject()) return;
    let previous = -1;
    do {
      const found = this.#imageNames.find(cursor, previous);
      if (found >= 0) {
        previous = found;
        if (found < keyValues.length) noteKey(cursor, keyValues, found);
      } else if (this.#imageNames.size < MOST_NAMES) {
        previous = this.#imageNames.size;
        this.#imageNames.addUnknown(cursor);
      }
      checkValue(cursor);
    } while (cursor.moreMembers());
  }

  #readMetadata(): void {
    this.#once(this.#hasStamp);
    this.#hasStamp = true;
    const cursor = this.#cursor;
    const from = cursor.at;
    if (startsWith(cursor, METADATA)) {
      cursor.at = from + METADATA.length - 1;
      cursor.string();
      const { bytes, start, end, at } = cursor;
      // `}}` closes the stamp and the metadata.
      if (
        bytes[at] === CLOSE_OBJECT &&
        bytes[at + 1] === CLOSE_OBJECT &&
        this.#readStamp(bytes, start, end)
      ) {
        cursor.at = at + 2;
        return;
      }
    }
    cursor.at = from;
    const micros = stampOf(cursor.anyValue());
    if (micros === undefined) throw cursor.failure('has no WriteTimestampMicros');
    this.#scratch.setAscii(String(BigInt(micros)));
    this.#readStamp(this.#scratch.bytes, 0, this.#scratch.size);
  }

  /** False when the bytes are no stamp in its plain form. */
  #readStamp(bytes: Uint8Array, start: number, end: number): boolean {
    const number = this.#number;
    const isPlain = number.read(bytes, start) === end && end - start <= 18 && number.toLong();
    if (!isPlain || number.negative) return false;
    this.stampLow = number.word0;
    this.stampHigh = number.word1;
    return true;
  }

  #checkFull(): void {
    if (!this.hasImage) throw this.#cursor.failure('has no Item');
    this.#checkKey();
  }

  #checkIncremental(): void {
    if (!this.#hasKeys) throw this.#cursor.failure('has no Keys');
    if (!this.#hasStamp) throw this.#cursor.failure('has no WriteTimestampMicros');
    this.#checkKey();
    if (this.#hasOld) this.#checkSameKey(this.#oldValues);
    if (this.hasImage) this.#checkSameKey(this.#newValues);
    if (!this.hasImage) this.kind = DELETE;
    else this.kind = this.#hasOld ? this.#kinds.changed : this.#kinds.first;
  }

  #checkKey(): void {
    for (let index = 0; index < this.keyValues.length; index++) {
      if (this.keyValues[index] !== NOWHERE) continue;
      const part = this.#isFull ? 'Item' : 'Keys';
      throw this.#keyFailure(index, `has no key attribute "NAME" in its ${part}`);
    }
    const cursor = this.#cursor;
    const back = cursor.at;
    for (let index = 0; index < this.keyValues.length; index++) {
      cursor.at = this.keyValues[index] as number;
      const tag = readTag(cursor);
      if (tag === TAG_S || tag === TAG_N || tag === TAG_B) continue;
      throw this.#keyFailure(index, 'has a key attribute "NAME" that is neither S, N nor B');
    }
    cursor.at = back;
  }

  #checkSameKey(values: Int32Array): void {
    const cursor = this.#cursor;
    const back = cursor.at;
    for (let index = 0; index < values.length; index++) {
      const mine = this.keyValues[index] as number;
      const other = values[index] as number;
      if (other !== NOWHERE && this.#sameValue(mine, other)) continue;
      throw cursor.failure('has an image of another key than its Keys');
    }
    cursor.at = back;
  }

  #sameValue(mine: number, other: number): boolean {
    const cursor = this.#cursor;
    cursor.at = other;
    const tag = readTag(cursor);
    if (tag !== TAG_S && tag !== TAG_N && tag !== TAG_B) return false;
    cursor.string();
    const { bytes, start, end, escaped } = cursor;
    cursor.at = mine;
    if (readTag(cursor) !== tag) return false;
    cursor.string();
    if (!escaped && !cursor.escaped) {
      return sameBytes(bytes, start, end, bytes, cursor.start, cursor.end);
    }
    const [left, right] = [this.#scratch, this.#otherScratch];
    left.unescape(bytes, start, end);
    right.unescape(bytes, cursor.start, cursor.end);
    return sameBytes(left.bytes, 0, left.size, right.bytes, 0, right.size);
  }

  #keyFailure(index: number, problem: string): Error {
    return this.#cursor.failure(problem.replace('NAME', () => this.#keyAttributes[index] ?? ''));
  }
}

function kindCode(kind: ChangeKind): number {
  return CHANGE_KINDS.indexOf(kind);
}

/** Notes that the value of key attribute `index` begins at the cursor. */
export function noteKey(cursor: ByteCursor, keyValues: Int32Array, index: number): void {
  if (keyValues[index] !== NOWHERE) throw cursor.failure('has two attributes of one name');
  cursor.blanks();
  keyValues[index] = cursor.at;
}

function startsWith({ bytes, at }: ByteCursor, token: Uint8Array): boolean {
  let index = 0;
  while (index < token.length && bytes[at + index] === token[index]) index++;
  return index === token.length;
}

function sameBytes(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): boolean {
  const length = leftEnd - leftStart;
  if (length !== rightEnd - rightStart) return false;
  for (let index = 0; index < length; index++) {
    if (left[leftStart + index] !== right[rightStart + index]) return false;
  }
  return true;
}

function stampOf(metadata: unknown): string | undefined {
  const stamp = isObject(metadata) ? metadata['WriteTimestampMicros'] : undefined;
  const micros = isObject(stamp) ? stamp['N'] : undefined;
  return typeof micros === 'string' && /^\d{1,18}$/.test(micros) ? micros : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

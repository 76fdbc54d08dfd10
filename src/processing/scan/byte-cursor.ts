/** Owns the reading of JSON from bytes: a place in a line, and the tokens from there on. */
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import {
  BACKSLASH,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  NEWLINE,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
} from './ascii.js';

/** Deeper values are refused; DynamoDB nests 32 levels (ServiceQuotas.html, nested attribute depth). */
export const MAX_DEPTH = 256;

/** 1 for the bytes that end a run of plain text within a string: quote, backslash, controls. */
const ENDS_TEXT = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < SPACE || byte === QUOTE || byte === BACKSLASH ? 1 : 0,
);
const TAB = 0x09;
const RETURN = 0x0d;
const LETTER_U = 0x75;
/** What may follow a backslash, but for `u`: " / \ b f n r t. */
const ESCAPES: ReadonlySet<number> = new Set(Buffer.from('"/\\bfnrt'));
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
const NO_BYTES = Buffer.from('\n');

/**
 * A place in `bytes`, whose lines all end in a newline. JSON in a line has no raw newline, so every
 * loop stops there by itself and need not look where the bytes end.
 *
 * Everything that reads must call these methods on this one class: they are the hottest code there
 * is, and V8 inlines them only while they see one shape of object and of array.
 */
export class ByteCursor {
  /** For messages: the key of the data file. */
  file: string;
  bytes: Buffer = NO_BYTES;
  /** Of `bytes`, to take several of them at once; words of four may begin before `wordsEnd`. */
  words: DataView = new DataView(NO_BYTES.buffer, NO_BYTES.byteOffset, NO_BYTES.length);
  wordsEnd = 0;
  at = 0;
  /** Of the string read last: its content is from `start` to `end` (exclusive), quotes left out. */
  start = 0;
  end = 0;
  /** Whether that content has a backslash. */
  escaped = false;
  /** Where a value begins whose type is known to be `tag`, its content beginning at `contentAt`. */
  tagAt = -1;
  tag = 0;
  contentAt = 0;
  /** Counted from 1. */
  lineNumber = 0;
  /** How many bytes of the file came before `bytes`. */
  offset = 0;
  #depth = 0;
  /** Whether messages may show text of the file, which may be of values that nobody shall see. */
  readonly #mayQuote: boolean;

  constructor(file: string, mayQuote = true) {
    this.file = file;
    this.#mayQuote = mayQuote;
  }

  /** Puts the cursor at the beginning of other bytes, the last of which is a newline. */
  open(bytes: Buffer, offset: number): void {
    this.bytes = bytes;
    this.words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.wordsEnd = bytes.length - 3;
    this.offset = offset;
    this.at = 0;
    this.tagAt = -1;
  }

  /** Passes blanks, but no newline. */
  blanks(): void {
    for (;;) {
      const byte = this.bytes[this.at];
      if (byte !== SPACE && byte !== TAB && byte !== RETURN) return;
      this.at++;
    }
  }

  /** Passes a string and leaves its place in `start` and `end`. */
  string(): void {
    if (this.bytes[this.at] !== QUOTE) this.#expect(QUOTE);
    const bytes = this.bytes;
    this.start = this.at + 1;
    let at = this.#endOfText(this.start);
    this.escaped = bytes[at] !== QUOTE;
    if (this.escaped) at = this.#restOfString(at);
    this.end = at;
    this.at = at + 1;
  }

  /** The content of the string read last. */
  text(): string {
    const text = this.bytes.toString('utf8', this.start, this.end);
    return this.escaped ? (JSON.parse(`"${text}"`) as string) : text;
  }

  /** Passes the colon after a name. */
  colon(): void {
    if (this.bytes[this.at] !== COLON) this.#expect(COLON);
    this.at++;
  }

  /** Passes `{` and answers whether a member follows; passes the `}` too when none does. */
  enterObject(): boolean {
    return this.#enter(OPEN_OBJECT, CLOSE_OBJECT);
  }

  /** Passes `[` and answers whether an element follows; passes the `]` too when none does. */
  enterArray(): boolean {
    return this.#enter(OPEN_ARRAY, CLOSE_ARRAY);
  }

  /** Passes the comma before another member, or the `}` after the last one. */
  moreMembers(): boolean {
    return this.#more(CLOSE_OBJECT);
  }

  /** Passes the comma before another element, or the `]` after the last one. */
  moreElements(): boolean {
    return this.#more(CLOSE_ARRAY);
  }

  /** Passes `true` or `false` and answers which. */
  boolean(): boolean {
    this.blanks();
    if (this.#passes(TRUE)) return true;
    if (this.#passes(FALSE)) return false;
    throw this.failure('has neither true nor false');
  }

  /** Passes the `{` before an attribute value's only member. */
  openValue(): void {
    if (this.bytes[this.at] !== OPEN_OBJECT) this.#expect(OPEN_OBJECT);
    this.at++;
  }

  /** Passes the `}` after an attribute value's only member. */
  closeValue(): void {
    if (this.bytes[this.at] !== CLOSE_OBJECT) {
      this.blanks();
      if (this.bytes[this.at] !== CLOSE_OBJECT) {
        throw this.failure('has an attribute value that does not have exactly one type');
      }
    }
    this.at++;
  }

  /** Passes the newline. */
  closeLine(): void {
    if (this.bytes[this.at] !== NEWLINE) this.#expect(NEWLINE);
    this.at++;
  }

  /** Reads any JSON value: slow, for what no record of ours has. */
  anyValue(): unknown {
    this.blanks();
    const from = this.at;
    this.#passAnyValue();
    try {
      return JSON.parse(this.bytes.toString('utf8', from, this.at));
    } catch (cause) {
      throw this.failure(`is not JSON${this.quoted(` (${messageOf(cause)})`)}`);
    }
  }

  /** CorruptExport that says where; `problem` goes on after "Line 7 of data/x.json.gz". */
  failure(problem: string): TidemarkError {
    const place = `byte ${this.offset + this.at} of its text`;
    return new TidemarkError(`Line ${this.lineNumber} of ${this.file} ${problem} (${place}).`, {
      code: ErrorCode.CorruptExport,
      subject: this.file,
      hint: 'Check that nobody changed the export, then let a new export be taken.',
    });
  }

  /** `text` where messages may show it, else nothing. */
  quoted(text: string): string {
    return this.#mayQuote ? text : '';
  }

  #enter(open: number, close: number): boolean {
    if (this.bytes[this.at] !== open) this.#expect(open);
    if (++this.#depth > MAX_DEPTH) throw this.failure(`is nested deeper than ${MAX_DEPTH} levels`);
    this.at++;
    const next = this.bytes[this.at];
    if (next === QUOTE || next === OPEN_OBJECT) return true;
    this.blanks();
    if (this.bytes[this.at] !== close) return true;
    this.at++;
    this.#depth--;
    return false;
  }

  #more(close: number): boolean {
    let byte = this.bytes[this.at];
    if (byte !== COMMA && byte !== close) {
      this.blanks();
      byte = this.bytes[this.at];
    }
    if (byte === COMMA) {
      this.at++;
      return true;
    }
    if (byte !== close) throw this.#unexpected(`, or ${String.fromCharCode(close)}`);
    this.at++;
    this.#depth--;
    return false;
  }

  #expect(byte: number): void {
    this.blanks();
    if (this.bytes[this.at] === byte) return;
    throw this.#unexpected(byte === NEWLINE ? 'the end of the line' : String.fromCharCode(byte));
  }

  #unexpected(wanted: string): TidemarkError {
    const byte = this.bytes[this.at] ?? NEWLINE;
    const end = this.bytes.indexOf(NEWLINE, this.at);
    const found =
      byte === NEWLINE
        ? 'ends'
        : `has ${this.quoted(this.bytes.toString('utf8', this.at, Math.min(end, this.at + 12))) || 'something else'}`;
    return this.failure(`is not a record: it ${found} where ${wanted} should be`);
  }

  #passes(word: Uint8Array): boolean {
    for (let index = 0; index < word.length; index++) {
      if (this.bytes[this.at + index] !== word[index]) return false;
    }
    this.at += word.length;
    return true;
  }

  /** Where plain text from `at` on ends: at its closing quote, a backslash or a control. */
  #endOfText(from: number): number {
    const { bytes, words, wordsEnd } = this;
    let at = from;
    while (at < wordsEnd) {
      const ends = endsIn(words.getInt32(at, true));
      // The lowest bit is right; those above it may be set by what it took from them.
      if (ends !== 0) return at + ((31 - Math.clz32(ends & -ends)) >> 3);
      at += 4;
    }
    while (ENDS_TEXT[bytes[at] as number] === 0) at++;
    return at;
  }

  /** From the first byte that is no plain text to the closing quote, checking every escape. */
  #restOfString(from: number): number {
    const bytes = this.bytes;
    let at = from;
    while (bytes[at] !== QUOTE) {
      if (bytes[at] !== BACKSLASH) {
        this.at = at;
        throw this.#unexpected('text and a closing quote');
      }
      const letter = bytes[at + 1] as number;
      if (letter === LETTER_U ? !isHex(bytes, at + 2) : !ESCAPES.has(letter)) {
        this.at = at;
        throw this.#unexpected('an escape that JSON has');
      }
      at = this.#endOfText(at + (letter === LETTER_U ? 6 : 2));
    }
    return at;
  }

  /** To where a value ends if it is JSON; {@link anyValue} finds out whether it is. */
  #passAnyValue(): void {
    let depth = 0;
    do {
      const byte = this.bytes[this.at];
      if (byte === NEWLINE) throw this.#unexpected('a JSON value');
      if (byte === QUOTE) {
        this.string();
        continue;
      }
      if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
      this.at++;
    } while (depth > 0);
    if (depth === 0) this.#passScalar();
  }

  #passScalar(): void {
    for (;;) {
      const byte = this.bytes[this.at] as number;
      const ends = byte <= SPACE || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
      if (ends) return;
      this.at++;
    }
  }
}

/** The highest bit of each of four bytes that {@link ENDS_TEXT} has. */
function endsIn(word: number): number {
  // Below 0x21 is, after the first step, what was a control or a quote.
  const low = word ^ 0x02020202;
  const slash = word ^ 0x5c5c5c5c;
  return (((low - 0x21212121) & ~low) | ((slash - 0x01010101) & ~slash)) & 0x80808080;
}

function isHex(bytes: Uint8Array, at: number): boolean {
  for (let index = at; index < at + 4; index++) {
    // Lower case has this bit set, digits have it anyway.
    const byte = (bytes[index] as number) | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 && bytes[index] === byte;
    const letter = byte >= 0x61 && byte <= 0x66;
    if (!digit && !letter) return false;
  }
  return true;
}

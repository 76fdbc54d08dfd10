/** Owns the undoing of JSON's escapes, byte to byte. */
import { BACKSLASH, QUOTE } from './ascii.js';

const LETTER_U = 0x75;
/** What a letter after a backslash stands for; the others stand for themselves. */
const MEANINGS = Uint8Array.from({ length: 256 }, (_, byte) => byte);
for (const [letter, meaning] of ['b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  MEANINGS[letter?.charCodeAt(0) ?? 0] = meaning?.charCodeAt(0) ?? 0;
}

/** Text on its way from one form to another; a quote follows it, as it does in a line. */
export class Scratch {
  /** A Buffer, like every chunk: see ByteCursor. */
  bytes: Buffer = Buffer.alloc(1024);
  size = 0;
  /** Whether the text has no half of a surrogate pair, so that its bytes are UTF-8. */
  wellFormed = true;

  /** Becomes `text`, all of it ASCII. */
  setAscii(text: string): void {
    this.makeRoom(text.length);
    this.size = this.bytes.write(text, 'latin1');
    this.bytes[this.size] = QUOTE;
  }

  /**
   * Becomes what valid JSON from `start` to `end` (exclusive) says. Half of a surrogate pair becomes
   * three bytes that no UTF-8 has (WTF-8), so equal bytes are equal text even then.
   */
  unescape(source: Uint8Array, start: number, end: number): void {
    // No escape is shorter than what it says.
    this.makeRoom(end - start);
    this.wellFormed = true;
    const into = this.bytes;
    let size = 0;
    for (let at = start; at < end;) {
      const byte = source[at] as number;
      if (byte !== BACKSLASH) {
        into[size++] = byte;
        at++;
        continue;
      }
      const letter = source[at + 1] as number;
      if (letter !== LETTER_U) {
        into[size++] = MEANINGS[letter] as number;
        at += 2;
        continue;
      }
      let code = hexAt(source, at + 2);
      at += 6;
      if (isHigh(code) && source[at] === BACKSLASH && source[at + 1] === LETTER_U) {
        const low = hexAt(source, at + 2);
        if (isLow(low)) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          at += 6;
        }
      }
      if (isHigh(code) || isLow(code)) this.wellFormed = false;
      size = writeCode(into, size, code);
    }
    into[size] = QUOTE;
    this.size = size;
  }

  /** Has room for so many bytes and a quote; what was there is lost. */
  makeRoom(size: number): void {
    if (size < this.bytes.length) return;
    this.bytes = Buffer.alloc(Math.max(size + 1, 2 * this.bytes.length));
  }
}

/** The bytes that {@link Scratch} makes of a name, whichever way it was escaped. */
export function nameBytes(name: string): Uint8Array {
  const scratch = new Scratch();
  const json = Buffer.from(JSON.stringify(name));
  scratch.unescape(json, 1, json.length - 1);
  return Uint8Array.from(scratch.bytes.subarray(0, scratch.size));
}

function isHigh(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function isLow(code: number): boolean {
  return code >= 0xdc00 && code <= 0xdfff;
}

function hexAt(source: Uint8Array, at: number): number {
  let code = 0;
  for (let index = at; index < at + 4; index++) {
    const byte = source[index] as number;
    // Digits are 0x30 to 0x39; letters of either case have 1 to 6 in their low bits.
    code = (code << 4) | (byte < 0x3a ? byte - 0x30 : (byte & 0x0f) + 9);
  }
  return code;
}

function writeCode(into: Uint8Array, size: number, code: number): number {
  if (code < 0x80) {
    into[size] = code;
    return size + 1;
  }
  if (code < 0x800) {
    into[size] = 0xc0 | (code >> 6);
    into[size + 1] = 0x80 | (code & 0x3f);
    return size + 2;
  }
  if (code < 0x10000) {
    into[size] = 0xe0 | (code >> 12);
    into[size + 1] = 0x80 | ((code >> 6) & 0x3f);
    into[size + 2] = 0x80 | (code & 0x3f);
    return size + 3;
  }
  into[size] = 0xf0 | (code >> 18);
  into[size + 1] = 0x80 | ((code >> 12) & 0x3f);
  into[size + 2] = 0x80 | ((code >> 6) & 0x3f);
  into[size + 3] = 0x80 | (code & 0x3f);
  return size + 4;
}

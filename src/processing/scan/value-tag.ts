/** Owns the type letters before a value's content, and the check that content is of that type. */
import { COLON } from './ascii.js';
import type { ByteCursor } from './byte-cursor.js';

export const TAG_S = 0x53;
export const TAG_N = 0x4e;
export const TAG_B = 0x42;
export const TAG_L = 0x4c;
export const TAG_M = 0x4d;
export const TAG_SS = 1;
export const TAG_NS = 2;
export const TAG_BS = 3;
export const TAG_BOOL = 4;
export const TAG_NULL = 5;
/** No type: see `ColumnWriter.tag`. */
export const ANY_TAG = 0;

/** `{"?"`, `{"?S` and `":`, `{"BO` and `OL":`, as words are read: the first byte lowest. */
const LETTER_MASK = 0xff00ffff | 0;
const ONE_LETTER = 0x2200227b;
const SET = 0x5300227b;
const SET_END = 0x3a22;
const SET_END_MASK = 0xffff;
const BOOL_START = 0x4f42227b;
const BOOL_END = 0x3a224c4f;

const TAGS: ReadonlyMap<string, number> = new Map([
  ['S', TAG_S],
  ['N', TAG_N],
  ['B', TAG_B],
  ['L', TAG_L],
  ['M', TAG_M],
  ['SS', TAG_SS],
  ['NS', TAG_NS],
  ['BS', TAG_BS],
  ['BOOL', TAG_BOOL],
  ['NULL', TAG_NULL],
]);

/** Passes `{"S":` and the like, up to the content. */
export function readTag(cursor: ByteCursor): number {
  if (cursor.at === cursor.tagAt) {
    cursor.at = cursor.contentAt;
    return cursor.tag;
  }
  return passPlainTag(cursor) || readAnyTag(cursor);
}

/** Passes a type as it is mostly written, without blanks or escapes; else 0. */
export function passPlainTag(cursor: ByteCursor): number {
  const { bytes, words, wordsEnd, at } = cursor;
  if (at + 4 >= wordsEnd) return 0;
  const word = words.getInt32(at, true);
  const letter = (word >> 16) & 0xff;
  if ((word & LETTER_MASK) === ONE_LETTER && bytes[at + 4] === COLON) {
    if (!isLetter(letter)) return 0;
    cursor.at = at + 5;
    return letter;
  }
  const next = words.getInt32(at + 4, true);
  if (word === BOOL_START && next === BOOL_END) {
    cursor.at = at + 8;
    return TAG_BOOL;
  }
  const isSet = (word & LETTER_MASK) === SET && (next & SET_END_MASK) === SET_END;
  const tag = isSet ? setTag(letter) : 0;
  if (tag !== 0) cursor.at = at + 6;
  return tag;
}

function isLetter(letter: number): boolean {
  return (
    letter === TAG_S || letter === TAG_N || letter === TAG_M || letter === TAG_L || letter === TAG_B
  );
}

function setTag(letter: number): number {
  if (letter === TAG_S) return TAG_SS;
  if (letter === TAG_N) return TAG_NS;
  return letter === TAG_B ? TAG_BS : 0;
}

function readAnyTag(cursor: ByteCursor): number {
  cursor.openValue();
  cursor.string();
  const tag = TAGS.get(cursor.text());
  if (tag === undefined)
    throw cursor.failure(`has an unknown type${cursor.quoted(` "${cursor.text()}"`)}`);
  cursor.colon();
  return tag;
}

/** Passes an attribute value. */
export function checkValue(cursor: ByteCursor): void {
  checkContent(cursor, readTag(cursor));
  cursor.closeValue();
}

/** Passes the content of a value of the type `tag`. */
export function checkContent(cursor: ByteCursor, tag: number): void {
  switch (tag) {
    case TAG_S:
    case TAG_N:
    case TAG_B:
      cursor.string();
      return;
    case TAG_BOOL:
      cursor.boolean();
      return;
    case TAG_NULL:
      if (!cursor.boolean()) throw cursor.failure('has a NULL that is not true');
      return;
    case TAG_M:
      checkItem(cursor);
      return;
    case TAG_L:
      if (cursor.enterArray())
        do checkValue(cursor);
        while (cursor.moreElements());
      return;
    default:
      if (cursor.enterArray())
        do cursor.string();
        while (cursor.moreElements());
  }
}

/** Passes an item, or the content of an M. */
export function checkItem(cursor: ByteCursor): void {
  if (cursor.enterObject())
    do checkMember(cursor);
    while (cursor.moreMembers());
}

/** Passes an attribute's name and its value. */
export function checkMember(cursor: ByteCursor): void {
  cursor.string();
  cursor.colon();
  checkValue(cursor);
}

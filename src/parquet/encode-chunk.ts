/** Owns one column of one row group: its pages, and what the footer says of them. */
import { assert } from '../core/assert.js';
import { compress, type Compression } from './compression.js';
import { DictionaryBuilder, type Dictionary } from './dictionary.js';
import { GrowingBytes } from './growing-bytes.js';
import type { LeafColumn } from './leaf-column.js';
import { isHashable, type LeafValues } from './leaf-values.js';
import type { Levels } from './levels.js';
import { Encoding, pageHeader, PageType, type PageFacts } from './page-header.js';
import { bitWidthOf, pushHybrid, pushRun } from './rle-hybrid.js';

/** Pages without a value, or with tiny ones, still end somewhere. */
const MAX_PAGE_ENTRIES = 1 << 18;

/** One encoded column chunk. */
export interface EncodedChunk {
  /** Headers and pages, in the order of the file. */
  readonly parts: readonly Uint8Array[];
  /** Of all parts: the chunk's size in the file. */
  readonly sizeBytes: number;
  /** With headers, before compression. */
  readonly rawSizeBytes: number;
  /** Of the dictionary's page with its header; 0 without a dictionary. */
  readonly dictionarySizeBytes: number;
  readonly dataPages: number;
  readonly entries: number;
  readonly nulls: number;
  /** The smallest and the largest value in PLAIN encoding; undefined when all are null. */
  readonly smallest: Uint8Array | undefined;
  readonly largest: Uint8Array | undefined;
}

/** A page's span of entries, and of the values among them; ends are exclusive. */
interface Span {
  readonly entry: number;
  readonly entryEnd: number;
  readonly value: number;
  readonly valueEnd: number;
}

/** Encodes chunk after chunk in the same memory. */
export class ChunkEncoder {
  readonly #compression: Compression;
  readonly #pageSizeBytes: number;
  readonly #dictionaries = new DictionaryBuilder();
  readonly #page = new GrowingBytes();
  /** Columns that no dictionary paid for are not asked again. */
  readonly #withoutDictionary = new Set<LeafColumn>();

  constructor(compression: Compression, pageSizeBytes: number) {
    this.#compression = compression;
    this.#pageSizeBytes = pageSizeBytes;
  }

  encode(leaf: LeafColumn, levels: Levels, values: LeafValues): EncodedChunk {
    const dictionary = this.#dictionaryOf(leaf, values);
    const pages = new PageList();
    if (dictionary !== undefined) {
      this.#page.clear();
      values.writePlain(this.#page, 0, dictionary.entries.length, dictionary.entries);
      this.#endPage(pages, PageType.dictionary, Encoding.plain, dictionary.entries.length);
    }
    const dictionarySizeBytes = pages.sizeBytes;
    const encoding = dictionary === undefined ? Encoding.plain : Encoding.rleDictionary;
    let dataPages = 0;
    let span: Span = { entry: 0, entryEnd: 0, value: 0, valueEnd: 0 };
    while (span.entryEnd < levels.entries) {
      const valueLimit = this.#valueLimit(span.valueEnd, values, dictionary);
      span = nextSpan(span, valueLimit, levels, leaf, values.count);
      this.#page.clear();
      this.#writeLevels(leaf, levels, span);
      this.#writeValues(values, dictionary, span);
      this.#endPage(pages, PageType.data, encoding, span.entryEnd - span.entry);
      dataPages += 1;
    }
    assert(
      span.valueEnd === values.count,
      `${leaf.path.join('.')} has a valid slot for each value`,
    );
    return {
      parts: pages.parts,
      sizeBytes: pages.sizeBytes,
      rawSizeBytes: pages.rawSizeBytes,
      dictionarySizeBytes,
      dataPages,
      entries: levels.entries,
      nulls: levels.entries - values.count,
      ...extremesOf(values, dictionary),
    };
  }

  #dictionaryOf(leaf: LeafColumn, values: LeafValues): Dictionary | undefined {
    if (values.count === 0 || !isHashable(values) || this.#withoutDictionary.has(leaf)) {
      return undefined;
    }
    const dictionary = this.#dictionaries.build(values);
    if (dictionary === undefined) this.#withoutDictionary.add(leaf);
    return dictionary;
  }

  #valueLimit(from: number, values: LeafValues, dictionary: Dictionary | undefined): number {
    if (from === values.count) return from;
    if (dictionary === undefined) return values.plainFit(from, this.#pageSizeBytes);
    const fit = Math.floor((this.#pageSizeBytes * 8) / dictionary.bitWidth);
    return Math.min(values.count, from + Math.max(1, fit));
  }

  #writeLevels(leaf: LeafColumn, levels: Levels, span: Span): void {
    if (leaf.maxRepetition > 0) {
      this.#writeLevel(levels.repetition, 0, leaf.maxRepetition, span);
    }
    if (leaf.maxDefinition > 0) {
      this.#writeLevel(levels.definition, leaf.maxDefinition, leaf.maxDefinition, span);
    }
  }

  /** `otherwise` is the level of every entry where there are no `levels`. */
  #writeLevel(levels: Uint8Array | undefined, otherwise: number, max: number, span: Span): void {
    const page = this.#page;
    const lengthAt = page.length;
    page.pushUint32(0);
    const bitWidth = bitWidthOf(max);
    if (levels === undefined) pushRun(page, otherwise, span.entryEnd - span.entry, bitWidth);
    else pushHybrid(page, levels, span.entry, span.entryEnd, bitWidth);
    page.view.setUint32(lengthAt, page.length - lengthAt - 4, true);
  }

  #writeValues(values: LeafValues, dictionary: Dictionary | undefined, span: Span): void {
    if (dictionary === undefined) {
      values.writePlain(this.#page, span.value, span.valueEnd);
      return;
    }
    this.#page.pushByte(dictionary.bitWidth);
    const { indices, bitWidth } = dictionary;
    pushHybrid(this.#page, indices, span.value, span.valueEnd, bitWidth);
  }

  #endPage(pages: PageList, type: PageType, encoding: Encoding, entries: number): void {
    const body = compress(this.#page.written(), this.#compression);
    pages.add(body, {
      type,
      encoding,
      entries,
      rawSizeBytes: this.#page.length,
      compressedSizeBytes: body.length,
    });
  }
}

class PageList {
  readonly parts: Uint8Array[] = [];
  sizeBytes = 0;
  rawSizeBytes = 0;

  add(body: Uint8Array, facts: PageFacts): void {
    const header = pageHeader(facts);
    this.parts.push(header, body);
    this.sizeBytes += header.length + body.length;
    this.rawSizeBytes += header.length + facts.rawSizeBytes;
  }
}

/** The next page: up to the row in which `valueLimit` is reached. */
function nextSpan(
  last: Span,
  valueLimit: number,
  levels: Levels,
  leaf: LeafColumn,
  count: number,
): Span {
  const { entryEnd: entry, valueEnd: value } = last;
  const { definition, repetition, entries } = levels;
  const entryLimit = Math.min(entries, entry + MAX_PAGE_ENTRIES);
  if (valueLimit === count && entryLimit === entries) {
    return { entry, entryEnd: entries, value, valueEnd: count };
  }
  if (definition === undefined && repetition === undefined) {
    const taken = Math.min(valueLimit - value, entryLimit - entry);
    return { entry, entryEnd: entry + taken, value, valueEnd: value + taken };
  }
  const present = leaf.maxDefinition;
  let at = entry;
  let valueEnd = value;
  while (at < entries) {
    // Nulls after the last value take no room.
    const hasLimit = valueLimit < count;
    const isFull = (hasLimit && valueEnd >= valueLimit) || at >= entryLimit;
    // A page begins with a row.
    if (isFull && at > entry && (repetition === undefined || repetition[at] === 0)) break;
    if (definition === undefined || definition[at] === present) valueEnd += 1;
    at += 1;
  }
  return { entry, entryEnd: at, value, valueEnd };
}

function extremesOf(
  values: LeafValues,
  dictionary: Dictionary | undefined,
): Pick<EncodedChunk, 'smallest' | 'largest'> {
  if (values.count === 0) return { smallest: undefined, largest: undefined };
  const order = dictionary?.entries;
  const count = order === undefined ? values.count : order.length;
  let smallest = 0;
  let largest = 0;
  for (let place = 0; place < count; place += 1) {
    const value = order === undefined ? place : (order[place] as number);
    if (values.compare(value, smallest) < 0) smallest = value;
    else if (values.compare(value, largest) > 0) largest = value;
  }
  return { smallest: values.plainBytes(smallest), largest: values.plainBytes(largest) };
}

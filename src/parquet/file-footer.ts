/** Owns the footer of a file (parquet.thrift: FileMetaData). */
import { CODEC, type Compression } from './compression.js';
import type { EncodedChunk } from './encode-chunk.js';
import { boundUnit } from './iceberg-bounds.js';
import type { LeafColumn } from './leaf-column.js';
import { Encoding, PageType } from './page-header.js';
import type { ParquetField } from './parquet-field.js';
import { physicalType, schemaElements } from './schema-elements.js';
import { ThriftType, ThriftWriter } from './thrift-compact.js';
import { lowerBound, upperBound } from './truncate-bound.js';

const FORMAT_VERSION = 2;

/** In the form readers parse; without it some distrust statistics of strings. */
const CREATED_BY = 'tidemark version 1.0.0 (build tidemark)';

/** Longer statistics are cut: a footer is read whole. */
const STATISTICS_UNITS = 64;

/** A chunk's facts without its bytes. */
export type ChunkFacts = Omit<EncodedChunk, 'parts'> & {
  readonly leaf: LeafColumn;
  /** Where in the file it begins. */
  readonly offset: number;
};

/** A row group that was written. */
export interface RowGroupFacts {
  readonly rows: number;
  readonly chunks: readonly ChunkFacts[];
}

/** What a footer says. */
export interface FooterFacts {
  readonly fields: readonly ParquetField[];
  readonly leaves: readonly LeafColumn[];
  readonly rowGroups: readonly RowGroupFacts[];
  readonly compression: Compression;
  readonly keyValueMetadata: Readonly<Record<string, string>>;
}

/** The footer alone: without its length and the magic bytes that follow it. */
export function fileFooter(facts: FooterFacts): Uint8Array {
  const { rowGroups, keyValueMetadata } = facts;
  const writer = new ThriftWriter();
  writer.i32(1, FORMAT_VERSION);
  writer.list(2, ThriftType.struct, schemaElements(facts.fields), (writeElement) => {
    writer.structElement(() => {
      writeElement(writer);
    });
  });
  writer.i64(
    3,
    sum(rowGroups, (group) => group.rows),
  );
  writer.list(4, ThriftType.struct, rowGroups, (group) => {
    writer.structElement(() => {
      writeRowGroup(writer, group, facts.compression);
    });
  });
  const metadata = Object.entries(keyValueMetadata);
  if (metadata.length > 0) {
    writer.list(5, ThriftType.struct, metadata, ([key, value]) => {
      writer.structElement(() => {
        writer.string(1, key);
        writer.string(2, value);
      });
    });
  }
  writer.string(6, CREATED_BY);
  // Without orders, min_value and max_value mean nothing; TypeDefinedOrder is the one there is.
  writer.list(7, ThriftType.struct, facts.leaves, () => {
    writer.structElement(() => {
      writer.struct(1, () => undefined);
    });
  });
  return writer.finish();
}

function writeRowGroup(writer: ThriftWriter, group: RowGroupFacts, compression: Compression): void {
  const { chunks } = group;
  writer.list(1, ThriftType.struct, chunks, (chunk) => {
    writer.structElement(() => {
      const deprecatedFileOffset = 0;
      writer.i64(2, deprecatedFileOffset);
      writer.struct(3, () => {
        writeColumn(writer, chunk, compression);
      });
    });
  });
  writer.i64(
    2,
    sum(chunks, (chunk) => chunk.rawSizeBytes),
  );
  writer.i64(3, group.rows);
  writer.i64(5, chunks[0]?.offset ?? 0);
  writer.i64(
    6,
    sum(chunks, (chunk) => chunk.sizeBytes),
  );
}

function writeColumn(writer: ThriftWriter, chunk: ChunkFacts, compression: Compression): void {
  const { leaf, dictionarySizeBytes } = chunk;
  const hasDictionary = dictionarySizeBytes > 0;
  const dataEncoding = hasDictionary ? Encoding.rleDictionary : Encoding.plain;
  const encodings = hasDictionary
    ? [Encoding.plain, Encoding.rle, Encoding.rleDictionary]
    : [Encoding.plain, Encoding.rle];
  writer.i32(1, physicalType(leaf.type));
  writer.list(2, ThriftType.i32, encodings, (encoding) => {
    writer.i32Element(encoding);
  });
  writer.list(3, ThriftType.binary, leaf.path, (name) => {
    writer.stringElement(name);
  });
  writer.i32(4, CODEC[compression]);
  writer.i64(5, chunk.entries);
  writer.i64(6, chunk.rawSizeBytes);
  writer.i64(7, chunk.sizeBytes);
  writer.i64(9, chunk.offset + dictionarySizeBytes);
  if (hasDictionary) writer.i64(11, chunk.offset);
  writer.struct(12, () => {
    writeStatistics(writer, chunk);
  });
  const dataPages = { type: PageType.data, encoding: dataEncoding, count: chunk.dataPages };
  const dictionaryPage = { type: PageType.dictionary, encoding: Encoding.plain, count: 1 };
  const pages = hasDictionary ? [dictionaryPage, dataPages] : [dataPages];
  writer.list(13, ThriftType.struct, pages, (page) => {
    writer.structElement(() => {
      writer.i32(1, page.type);
      writer.i32(2, page.encoding);
      writer.i32(3, page.count);
    });
  });
}

/** parquet.thrift: Statistics. Bounds that were cut say that they are not exact. */
function writeStatistics(writer: ThriftWriter, chunk: ChunkFacts): void {
  writer.i64(3, chunk.nulls);
  const { smallest, largest, leaf } = chunk;
  if (smallest === undefined || largest === undefined) return;
  const unit = boundUnit(leaf.type);
  const min = unit === undefined ? smallest : lowerBound(smallest, unit, STATISTICS_UNITS);
  const max = unit === undefined ? largest : upperBound(largest, unit, STATISTICS_UNITS);
  if (max !== undefined) writer.binary(5, max);
  writer.binary(6, min);
  if (max !== undefined) writer.bool(7, isWhole(largest, max));
  writer.bool(8, min.length === smallest.length);
}

/** A bound that was cut and raised may be as long as what it bounds. */
function isWhole(value: Uint8Array, bound: Uint8Array): boolean {
  return value.length === bound.length && value.every((byte, at) => byte === bound[at]);
}

function sum<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0);
}

/** Owns the headers of pages (parquet.thrift: PageHeader). */
import { ThriftWriter } from './thrift-compact.js';

/** parquet.thrift: Encoding. */
export const Encoding = { plain: 0, rle: 3, rleDictionary: 8 } as const;
export type Encoding = (typeof Encoding)[keyof typeof Encoding];

/** parquet.thrift: PageType. */
export const PageType = { data: 0, dictionary: 2 } as const;
export type PageType = (typeof PageType)[keyof typeof PageType];

/** What a page's header says. */
export interface PageFacts {
  readonly type: PageType;
  readonly encoding: Encoding;
  /** Entries of a data page, with nulls; values of a dictionary. */
  readonly entries: number;
  /** Before compression. */
  readonly rawSizeBytes: number;
  readonly compressedSizeBytes: number;
}

/** The bytes before the page's own. */
export function pageHeader(page: PageFacts): Uint8Array {
  const writer = new ThriftWriter();
  writer.i32(1, page.type);
  writer.i32(2, page.rawSizeBytes);
  writer.i32(3, page.compressedSizeBytes);
  if (page.type === PageType.dictionary) {
    writer.struct(7, () => {
      writer.i32(1, page.entries);
      writer.i32(2, page.encoding);
    });
  } else {
    writer.struct(5, () => {
      writer.i32(1, page.entries);
      writer.i32(2, page.encoding);
      writer.i32(3, Encoding.rle);
      writer.i32(4, Encoding.rle);
    });
  }
  return writer.finish();
}

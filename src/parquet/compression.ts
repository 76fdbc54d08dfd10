/** Owns the compression of pages. */
import * as zlib from 'node:zlib';
import { compressSync as snappy } from 'snappy';
import { assert } from '../core/assert.js';

/** How the pages of a file are compressed; readers of every kind know them all. */
export type Compression = 'zstd' | 'snappy' | 'none';

/** Parquet's CompressionCodec (parquet.thrift). */
export const CODEC = { none: 0, snappy: 1, zstd: 6 } as const;

/** zlib.constants.ZSTD_c_compressionLevel, where Node has it. */
const ZSTD_LEVEL = 100;
const FASTEST = { params: { [ZSTD_LEVEL]: 1 } };

/** In Node since 22.15, so that its types for version 20 do not know it. */
const { zstdCompressSync: zstd } = zlib as {
  readonly zstdCompressSync?: (bytes: Uint8Array, options: typeof FASTEST) => Uint8Array;
};

/** zstd where this Node has it: smaller by two fifths than snappy, for a quarter more time to encode. */
export const BEST_COMPRESSION: Compression = zstd === undefined ? 'snappy' : 'zstd';

/** The page's bytes as the file has them; memory of their own, whatever happens to `page`. */
export function compress(page: Uint8Array, compression: Compression): Uint8Array {
  if (compression === 'none') return page.slice();
  // Copied, since memory outside the heap would pile up until the event loop turns.
  if (compression === 'snappy') return snappy(page, { copyOutputData: true });
  assert(zstd !== undefined, 'zstd is asked for only where Node has it');
  return zstd(page, FASTEST);
}

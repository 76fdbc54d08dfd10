/** Owns the layout of sorted entries in buckets of a known place, and what to read of them. */
import { ENTRY_BYTES } from './entries.js';
import { HASH_WORDS, type KeyHashes } from './key-hashes.js';

/** How many entries a bucket has on average: 2 KiB of them, so a look-up reads a page or two. */
const ENTRIES_PER_BUCKET = 64;
/** Reading across so many bytes that nobody asked for is quicker than a read of its own. */
const WIDEST_GAP_BYTES = 8 * 1024;
const LONGEST_READ_BYTES = 64 * 1024;

/** How many buckets hold `entries` entries. */
export function bucketsFor(entries: number): number {
  return Math.max(1, Math.ceil(entries / ENTRIES_PER_BUCKET));
}

/** The bucket, of `buckets`, of hashes that begin with `firstWord`; never falls as that rises. */
export function bucketOf(firstWord: number, buckets: number): number {
  return Math.floor((firstWord * buckets) / 2 ** 32);
}

/** Buckets that are read at once, and the keys that are looked for in them; ends are exclusive. */
export interface Span {
  readonly firstBucket: number;
  readonly endBucket: number;
  /** Of the order of keys. */
  readonly firstKey: number;
  readonly endKey: number;
}

/**
 * What to read for the keys that `order` names, in the order of their hashes. `starts`: the index
 * of each bucket's first entry, and behind the last the count of all.
 */
export function planSpans(starts: Uint32Array, keys: KeyHashes, order: Uint32Array): Span[] {
  const buckets = starts.length - 1;
  const spans: Span[] = [];
  let firstBucket = 0;
  let endBucket = 0;
  let firstKey = 0;
  for (let index = 0; index < order.length; index++) {
    const word = keys.words[(order[index] as number) * HASH_WORDS] as number;
    const bucket = bucketOf(word, buckets);
    if (index > 0 && !joins(starts, firstBucket, endBucket, bucket)) {
      spans.push({ firstBucket, endBucket, firstKey, endKey: index });
      firstKey = index;
    }
    if (index === firstKey) firstBucket = bucket;
    endBucket = bucket + 1;
  }
  if (order.length > 0) spans.push({ firstBucket, endBucket, firstKey, endKey: order.length });
  return spans;
}

function joins(starts: Uint32Array, first: number, end: number, bucket: number): boolean {
  if (bucket < end) return true;
  return (
    bytesBetween(starts, end, bucket) <= WIDEST_GAP_BYTES &&
    bytesBetween(starts, first, bucket + 1) <= LONGEST_READ_BYTES
  );
}

function bytesBetween(starts: Uint32Array, from: number, to: number): number {
  return ((starts[to] as number) - (starts[from] as number)) * ENTRY_BYTES;
}

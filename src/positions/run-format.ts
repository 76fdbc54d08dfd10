/**
 * Owns the form of a run on disk: sorted entries, where their buckets begin, the buckets'
 * checksums, the paths of the files the entries name, and a trailer of fixed length.
 */
import { crc32 } from 'node:zlib';

import { z } from 'zod';

import { DamagedError } from './damaged-error.js';
import { ENTRY_BYTES } from './entries.js';

/** Changes with the form, so that what an older version wrote is dropped. */
const MAGIC = 0x54_4d_50_01;
/** Words: magic, entries, buckets, bytes of paths, checksum of all behind the entries. */
const TRAILER_WORDS = 5;
/** Bytes of the trailer. */
export const TRAILER_BYTES = TRAILER_WORDS * 4;

/** Where things lie in a run. */
export interface RunLayout {
  readonly entries: number;
  readonly buckets: number;
  readonly pathsBytes: number;
  readonly checksum: number;
}

/** What lies behind a run's entries. */
export interface RunDirectory {
  /** The index of each bucket's first entry, and then the count of all. */
  readonly starts: Uint32Array;
  /** CRC-32 of each bucket's bytes. */
  readonly checksums: Uint32Array;
  /** The paths that the entries' ordinals name. */
  readonly filePaths: readonly string[];
}

const pathsSchema = z.array(z.string());

/** The bytes that follow the entries. */
export function encodeDirectory({ starts, checksums, filePaths }: RunDirectory): Uint8Array {
  const paths = Buffer.from(JSON.stringify(filePaths));
  const body = Buffer.concat([bytesOf(starts), bytesOf(checksums), paths]);
  const trailer = Uint32Array.of(
    MAGIC,
    starts.at(-1) ?? 0,
    checksums.length,
    paths.length,
    crc32(body),
  );
  return Buffer.concat([body, bytesOf(trailer)]);
}

/** What the last {@link TRAILER_BYTES} of a run say, which has `sizeBytes` in all. */
export function decodeTrailer(trailer: Uint8Array, sizeBytes: number): RunLayout {
  const [magic, entries = 0, buckets = 0, pathsBytes = 0, checksum = 0] = wordsOf(trailer);
  const layout = { entries, buckets, pathsBytes, checksum };
  if (
    magic !== MAGIC ||
    entries * ENTRY_BYTES + directoryBytes(layout) + TRAILER_BYTES !== sizeBytes
  )
    throw new DamagedError('A run does not end as it was written.');
  return layout;
}

/** Bytes between the entries and the trailer. */
export function directoryBytes({ buckets, pathsBytes }: RunLayout): number {
  return (2 * buckets + 1) * 4 + pathsBytes;
}

/** Reads what lies between the entries and the trailer. */
export function decodeDirectory(body: Uint8Array, layout: RunLayout): RunDirectory {
  if (crc32(body) !== layout.checksum)
    throw new DamagedError('The directory of a run is not as it was written.');
  const startsEnd = (layout.buckets + 1) * 4;
  const checksumsEnd = startsEnd + layout.buckets * 4;
  const paths: unknown = JSON.parse(Buffer.from(body.subarray(checksumsEnd)).toString());
  return {
    starts: wordsOf(body.subarray(0, startsEnd)),
    checksums: wordsOf(body.subarray(startsEnd, checksumsEnd)),
    filePaths: pathsSchema.parse(paths),
  };
}

/** Throws unless the bytes of bucket `bucket` are those that were written. */
export function checkBucket(directory: RunDirectory, bucket: number, bytes: Uint8Array): void {
  if (crc32(bytes) !== directory.checksums[bucket])
    throw new DamagedError('A bucket of a run is not as it was written.');
}

function bytesOf(words: Uint32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}

/** A copy: words must lie at multiples of four, bytes may lie anywhere. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.slice().buffer);
}

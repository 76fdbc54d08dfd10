/** Owns what is kept about an object: its record, and the headers it comes from and goes into. */
import { z } from 'zod';

import { checksumHeaders } from './checksums.js';
import { S3Error } from './s3-error.js';
import type { S3Request } from './s3-request.js';

const MAX_USER_METADATA_BYTES = 2048;
const USER_METADATA = 'x-amz-meta-';
const KEPT_HEADERS = [
  'cache-control',
  'content-disposition',
  'content-encoding',
  'content-language',
  'content-type',
  'expires',
] as const;

export const checksumSchema = z.object({
  algorithm: z.enum(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256']),
  value: z.string(),
  type: z.enum(['FULL_OBJECT', 'COMPOSITE']),
});

/** The headers of a put that are given back with the object, by lower-case name. */
export const keptHeadersSchema = z.record(z.string(), z.string());
export type KeptHeaders = Readonly<z.infer<typeof keptHeadersSchema>>;

/** The footer of an object's file. */
export const objectRecordSchema = z.object({
  key: z.string(),
  sizeBytes: z.int().nonnegative(),
  /** Without quotes. */
  etag: z.string(),
  /** In whole seconds, the precision of HTTP dates, so that date conditions compare equal. */
  lastModifiedMs: z.int(),
  headers: keptHeadersSchema,
  checksum: checksumSchema.optional(),
});
export type ObjectRecord = Readonly<z.infer<typeof objectRecordSchema>>;

/** `nowMs` cut to what {@link ObjectRecord.lastModifiedMs} holds. */
export function modificationTime(nowMs: number): number {
  return Math.floor(nowMs / 1000) * 1000;
}

/** The headers of `request` to keep with the object it writes. */
export function keptHeaders({ headers }: S3Request): KeptHeaders {
  const kept: Record<string, string> = { 'content-type': 'binary/octet-stream' };
  for (const name of KEPT_HEADERS) {
    const value = name === 'content-encoding' ? contentEncoding(headers) : headers.get(name);
    if (value !== undefined && value !== '') kept[name] = value;
  }
  let metadataBytes = 0;
  for (const [name, value] of headers) {
    if (!name.startsWith(USER_METADATA)) continue;
    kept[name] = value;
    metadataBytes += name.length - USER_METADATA.length + Buffer.byteLength(value);
  }
  if (metadataBytes > MAX_USER_METADATA_BYTES) {
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed 2 KB.');
  }
  return kept;
}

/** What the client calls the content's encoding: aws-chunked was the request's own, and is gone. */
function contentEncoding(headers: ReadonlyMap<string, string>): string | undefined {
  return headers
    .get('content-encoding')
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '' && part !== 'aws-chunked')
    .join(',');
}

/** The headers that a GET or HEAD of the object answers with, besides length and range. */
export function recordHeaders(record: ObjectRecord): Record<string, string> {
  return {
    ...record.headers,
    etag: quotedEtag(record.etag),
    'last-modified': new Date(record.lastModifiedMs).toUTCString(),
    'accept-ranges': 'bytes',
  };
}

/** The headers that a write answers with. */
export function writtenHeaders(
  written: Pick<ObjectRecord, 'etag' | 'checksum'>,
): Record<string, string> {
  return { etag: quotedEtag(written.etag), ...checksumHeaders(written.checksum) };
}

export function quotedEtag(etag: string): string {
  return `"${etag}"`;
}

/** Owns the operations on one object: put, get, head, delete. */
import { byteRange, contentRange } from './byte-range.js';
import type { Bucket } from './bucket.js';
import { checksumHeaders, type ObjectChecksum } from './checksums.js';
import { deleteCondition, matches, readCondition, writeCondition } from './conditions.js';
import {
  keptHeaders,
  modificationTime,
  recordHeaders,
  writtenHeaders,
  type KeptHeaders,
  type ObjectRecord,
} from './object-record.js';
import type { OperationHandler, S3Context, S3Response } from './operation.js';
import { verifiedBody } from './request-body.js';
import type { S3Request } from './s3-request.js';
import type { WrittenBody } from './stored-file.js';

export const putObject: OperationHandler = async (request, context) => {
  const bucket = context.buckets.get(request.bucket);
  const condition = writeCondition(request);
  const headers = keptHeaders(request);
  const { chunks, checksum } = verifiedBody(request);
  // Told now if it cannot succeed; decided when the body is whole.
  condition(bucket.find(request.key));
  const staged = await bucket.stage(chunks, (written) =>
    newRecord(request.key, headers, written, checksum(), context),
  );
  bucket.commit(staged, condition);
  return { status: 200, headers: writtenHeaders(staged.footer) };
};

/** The record of an object written in one piece, whose ETag is the MD5 of its bytes. */
export function newRecord(
  key: string,
  headers: KeptHeaders,
  { sizeBytes, md5 }: WrittenBody,
  checksum: ObjectChecksum | undefined,
  context: S3Context,
): ObjectRecord {
  return {
    key,
    sizeBytes,
    etag: md5.toString('hex'),
    lastModifiedMs: modificationTime(context.nowMs()),
    headers,
    ...(checksum === undefined ? {} : { checksum }),
  };
}

export const getObject: OperationHandler = (request, context) => {
  const bucket = context.buckets.get(request.bucket);
  const record = bucket.get(request.key);
  return readResponse(request, record, bucket);
};

export const headObject: OperationHandler = (request, context) => {
  const record = context.buckets.get(request.bucket).get(request.key);
  return readResponse(request, record);
};

/** The answer to a read; its body is opened only where a bucket to read from is given. */
function readResponse(request: S3Request, record: ObjectRecord, bucket?: Bucket): S3Response {
  const headers = { ...recordHeaders(record), ...overriddenHeaders(request) };
  if (readCondition(request, record) === 'notModified') return { status: 304, headers };
  const ifRange = request.headers.get('if-range');
  const rangeHolds = ifRange === undefined || matches(ifRange, record.etag);
  const range = rangeHolds ? byteRange(request.headers.get('range'), record.sizeBytes) : undefined;
  const withChecksum =
    range === undefined && request.headers.get('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      ...(withChecksum ? checksumHeaders(record.checksum) : {}),
      ...(range === undefined ? {} : { 'content-range': contentRange(range, record.sizeBytes) }),
      'content-length': String(range?.length ?? record.sizeBytes),
    },
    ...(bucket === undefined ? {} : { body: bucket.read(record, range) }),
  };
}

/** `response-content-type=…` and its kin in the query replace the object's own headers. */
function overriddenHeaders({ query }: S3Request): Record<string, string> {
  const overridden: Record<string, string> = {};
  for (const [name, value] of query) {
    if (name.startsWith('response-')) overridden[name.slice('response-'.length)] = value;
  }
  return overridden;
}

export const deleteObject: OperationHandler = (request, { buckets }) => {
  const bucket = buckets.get(request.bucket);
  bucket.remove(request.key, deleteCondition(request.headers.get('if-match')));
  return { status: 204 };
};

/** Owns the operations that read another object in place of a body: copy, and part copy. */
import { byteRange } from './byte-range.js';
import type { Bucket } from './bucket.js';
import { hashed, requestedAlgorithm } from './checksums.js';
import { checkCopySource, writeCondition } from './conditions.js';
import { partNumberOf } from './multipart-operations.js';
import { newRecord } from './object-operations.js';
import { keptHeaders, modificationTime, quotedEtag, type ObjectRecord } from './object-record.js';
import { xmlResponse, type OperationHandler, type S3Context } from './operation.js';
import { S3Error } from './s3-error.js';
import { decoded, type S3Request } from './s3-request.js';
import { element, s3Document } from './xml.js';

interface CopySource {
  readonly bucket: Bucket;
  readonly record: ObjectRecord;
}

export const copyObject: OperationHandler = async (request, context) => {
  const bucket = context.buckets.get(request.bucket);
  const source = copySource(request, context);
  const condition = writeCondition(request);
  const replace = replacesMetadata(request);
  if (source.bucket === bucket && source.record.key === request.key && !replace) {
    throw new S3Error(
      'InvalidRequest',
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata.",
    );
  }
  const headers = replace ? keptHeaders(request) : source.record.headers;
  const algorithm = requestedAlgorithm(request) ?? source.record.checksum?.algorithm;
  const body = hashed(source.bucket.read(source.record), algorithm);
  const staged = await bucket.stage(body.chunks, (written) =>
    newRecord(request.key, headers, written, body.checksum(), context),
  );
  bucket.commit(staged, condition);
  return xmlResponse(copyDocument('CopyObjectResult', staged.footer));
};

export const uploadPartCopy: OperationHandler = async (request, context) => {
  const { uploads } = context.buckets.get(request.bucket);
  const upload = uploads.get(request.query.get('uploadId') ?? '', request.key);
  const partNumber = partNumberOf(request);
  const { bucket, record } = copySource(request, context);
  const rangeText = request.headers.get('x-amz-copy-source-range');
  const range = byteRange(rangeText, record.sizeBytes);
  if (rangeText !== undefined && range === undefined) {
    throw new S3Error(
      'InvalidArgument',
      'The x-amz-copy-source-range value must be bytes=first-last.',
    );
  }
  const body = hashed(bucket.read(record, range), upload.checksum?.algorithm);
  const part = await uploads.putPart(upload, partNumber, body.chunks, {
    lastModifiedMs: modificationTime(context.nowMs()),
    checksum: body.checksum,
  });
  return xmlResponse(copyDocument('CopyPartResult', part));
};

/** Looks the source up; the caller reads it in the same turn of the event loop. */
function copySource(request: S3Request, context: S3Context): CopySource {
  const header = request.headers.get('x-amz-copy-source') ?? '';
  if (header.includes('?')) throw new S3Error('NotImplemented', 'There are no versions to copy.');
  const path = decoded(header).replace(/^\//, '');
  const slash = path.indexOf('/');
  if (slash < 1) {
    throw new S3Error('InvalidArgument', 'Copy Source must mention the source bucket and key.');
  }
  const bucket = context.buckets.get(path.slice(0, slash));
  const record = bucket.get(path.slice(slash + 1));
  checkCopySource(request, record);
  return { bucket, record };
}

function replacesMetadata({ headers }: S3Request): boolean {
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive === 'REPLACE';
  throw new S3Error('InvalidArgument', `Unknown metadata directive ${directive}.`);
}

function copyDocument(
  name: string,
  { etag, lastModifiedMs }: Pick<ObjectRecord, 'etag' | 'lastModifiedMs'>,
): string {
  return s3Document(name, [
    element('LastModified', new Date(lastModifiedMs).toISOString()),
    element('ETag', quotedEtag(etag)),
  ]);
}

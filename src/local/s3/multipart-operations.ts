/** Owns the operations on a multipart upload up to its completion, and those that show it. */
import {
  checksumHeader,
  requestedAlgorithm,
  type ChecksumAlgorithm,
  type ChecksumType,
} from './checksums.js';
import { compareKeys } from '../../core/key-order.js';
import { keptHeaders, modificationTime, quotedEtag } from './object-record.js';
import { xmlResponse, type OperationHandler } from './operation.js';
import { verifiedBody } from './request-body.js';
import { S3Error } from './s3-error.js';
import { wholeNumber, type S3Request } from './s3-request.js';
import { listingEncoder } from './list-operations.js';
import type { Upload } from './multipart-uploads.js';
import { element, s3Document } from './xml.js';

const MAX_PART_NUMBER = 10_000;
const MAX_ENTRIES = 1000;

export const createMultipartUpload: OperationHandler = (request, context) => {
  const { uploads } = context.buckets.get(request.bucket);
  const algorithm = requestedAlgorithm(request);
  const upload = uploads.create({
    key: request.key,
    initiatedMs: modificationTime(context.nowMs()),
    headers: keptHeaders(request),
    ...(algorithm === undefined
      ? {}
      : { checksum: { algorithm, type: checksumType(request, algorithm) } }),
  });
  const document = s3Document('InitiateMultipartUploadResult', [
    element('Bucket', request.bucket),
    element('Key', request.key),
    element('UploadId', upload.uploadId),
  ]);
  return xmlResponse(document, {
    ...(upload.checksum === undefined
      ? {}
      : {
          'x-amz-checksum-algorithm': upload.checksum.algorithm,
          'x-amz-checksum-type': upload.checksum.type,
        }),
  });
};

/** userguide/checking-object-integrity-upload.html: CRC64NVME is of whole objects, SHA never is. */
function checksumType({ headers }: S3Request, algorithm: ChecksumAlgorithm): ChecksumType {
  const asked = headers.get('x-amz-checksum-type');
  const type = asked ?? (algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE');
  const lawful =
    type === 'FULL_OBJECT'
      ? algorithm.startsWith('CRC')
      : type === 'COMPOSITE' && algorithm !== 'CRC64NVME';
  if (lawful) return type as ChecksumType;
  throw new S3Error(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm} checksum algorithm.`,
  );
}

export const uploadPart: OperationHandler = async (request, context) => {
  const { uploads } = context.buckets.get(request.bucket);
  const upload = uploadOf(request, uploads);
  const body = verifiedBody(request, { algorithm: upload.checksum?.algorithm });
  const part = await uploads.putPart(upload, partNumberOf(request), body.chunks, {
    lastModifiedMs: modificationTime(context.nowMs()),
    checksum: body.checksum,
  });
  const { etag, checksum } = part;
  return {
    status: 200,
    headers: {
      etag: quotedEtag(etag),
      ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
    },
  };
};

export const abortMultipartUpload: OperationHandler = (request, { buckets }) => {
  const { uploads } = buckets.get(request.bucket);
  uploads.remove(uploadOf(request, uploads));
  return { status: 204 };
};

export const listParts: OperationHandler = (request, { buckets }) => {
  const { uploads } = buckets.get(request.bucket);
  const upload = uploadOf(request, uploads);
  const marker = wholeNumber(request, 'part-number-marker', 0);
  const maxParts = Math.min(wholeNumber(request, 'max-parts', MAX_ENTRIES), MAX_ENTRIES);
  const remaining = uploads.parts(upload).filter(({ partNumber }) => partNumber > marker);
  const page = remaining.slice(0, maxParts);
  const encode = listingEncoder(request);
  return xmlResponse(
    s3Document('ListPartsResult', [
      element('Bucket', request.bucket),
      element('Key', encode(upload.key)),
      element('UploadId', upload.uploadId),
      element('PartNumberMarker', marker),
      element('NextPartNumberMarker', page.at(-1)?.partNumber ?? 0),
      element('MaxParts', maxParts),
      element('IsTruncated', remaining.length > page.length),
      element('StorageClass', 'STANDARD'),
      ...page.map((part) =>
        element('Part', [
          element('PartNumber', part.partNumber),
          element('LastModified', new Date(part.lastModifiedMs).toISOString()),
          element('ETag', quotedEtag(part.etag)),
          element('Size', part.sizeBytes),
          part.checksum && element(`Checksum${part.checksum.algorithm}`, part.checksum.value),
        ]),
      ),
    ]),
  );
};

export const listMultipartUploads: OperationHandler = (request, { buckets }) => {
  const { query } = request;
  const prefix = query.get('prefix') ?? '';
  const keyMarker = query.get('key-marker') ?? '';
  const idMarker = query.get('upload-id-marker') ?? '';
  const maxUploads = Math.min(wholeNumber(request, 'max-uploads', MAX_ENTRIES), MAX_ENTRIES);
  if ((query.get('delimiter') ?? '') !== '') {
    throw new S3Error('NotImplemented', 'Uploads are listed without a delimiter here.');
  }
  const remaining = buckets
    .get(request.bucket)
    .uploads.list()
    .filter(({ key }) => key.startsWith(prefix))
    .filter(
      ({ key, uploadId }) =>
        compareKeys(key, keyMarker) > 0 ||
        (key === keyMarker && uploadId > idMarker && idMarker !== ''),
    )
    .sort(
      (left, right) =>
        compareKeys(left.key, right.key) || (left.uploadId < right.uploadId ? -1 : 1),
    );
  const page = remaining.slice(0, maxUploads);
  const encode = listingEncoder(request);
  const last = remaining.length > page.length ? page.at(-1) : undefined;
  return xmlResponse(
    s3Document('ListMultipartUploadsResult', [
      element('Bucket', request.bucket),
      element('KeyMarker', encode(keyMarker)),
      element('UploadIdMarker', idMarker),
      last && element('NextKeyMarker', encode(last.key)),
      last && element('NextUploadIdMarker', last.uploadId),
      element('Prefix', encode(prefix)),
      element('MaxUploads', maxUploads),
      element('IsTruncated', last !== undefined),
      ...page.map(({ key, uploadId, initiatedMs }) =>
        element('Upload', [
          element('Key', encode(key)),
          element('UploadId', uploadId),
          element('StorageClass', 'STANDARD'),
          element('Initiated', new Date(initiatedMs).toISOString()),
        ]),
      ),
    ]),
  );
};

/** The upload that the request names; NoSuchUpload when there is none of this key. */
export function uploadOf(
  request: S3Request,
  uploads: { get(uploadId: string, key: string): Upload },
): Upload {
  return uploads.get(request.query.get('uploadId') ?? '', request.key);
}

/** The part number that the request names, 1 to 10,000. */
export function partNumberOf(request: S3Request): number {
  const partNumber = wholeNumber(request, 'partNumber', 0);
  if (partNumber < 1 || partNumber > MAX_PART_NUMBER) {
    throw new S3Error(
      'InvalidArgument',
      `Part number must be an integer between 1 and ${MAX_PART_NUMBER}, inclusive.`,
    );
  }
  return partNumber;
}

/** Owns the table of operations, and which one a request asks for: anything unknown is refused. */
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.js';
import { completeMultipartUpload } from './complete-upload.js';
import { copyObject, uploadPartCopy } from './copy-operations.js';
import { deleteObjects } from './delete-objects.js';
import { listObjects, listObjectsV2 } from './list-operations.js';
import {
  abortMultipartUpload,
  createMultipartUpload,
  listMultipartUploads,
  listParts,
  uploadPart,
} from './multipart-operations.js';
import { deleteObject, getObject, headObject, putObject } from './object-operations.js';
import type { OperationHandler } from './operation.js';
import { S3Error } from './s3-error.js';
import type { S3Request } from './s3-request.js';

type Scope = 'service' | 'bucket' | 'object';

interface Operation {
  /** AWS's name. */
  readonly name: string;
  readonly method: string;
  readonly scope: Scope;
  /** Query parameters that single it out. */
  readonly asks?: readonly string[];
  /** Query parameters it understands besides. */
  readonly knows?: readonly string[];
  /** Whether it is the one with `x-amz-copy-source`. */
  readonly copies?: boolean;
  readonly handle: OperationHandler;
}

const LISTING = ['prefix', 'delimiter', 'max-keys', 'encoding-type'];
const OVERRIDES = [
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
  'response-content-language',
  'response-content-type',
  'response-expires',
];
const UPLOADS = [
  'prefix',
  'delimiter',
  'key-marker',
  'upload-id-marker',
  'max-uploads',
  'encoding-type',
];
const PARTS = ['part-number-marker', 'max-parts', 'encoding-type'];

const OPERATIONS: readonly Operation[] = [
  { name: 'ListBuckets', method: 'GET', scope: 'service', handle: listBuckets },
  { name: 'CreateBucket', method: 'PUT', scope: 'bucket', handle: createBucket },
  { name: 'HeadBucket', method: 'HEAD', scope: 'bucket', handle: headBucket },
  { name: 'DeleteBucket', method: 'DELETE', scope: 'bucket', handle: deleteBucket },
  {
    name: 'GetBucketLocation',
    method: 'GET',
    scope: 'bucket',
    asks: ['location'],
    handle: getBucketLocation,
  },
  {
    name: 'ListObjectsV2',
    method: 'GET',
    scope: 'bucket',
    asks: ['list-type'],
    knows: [...LISTING, 'continuation-token', 'start-after', 'fetch-owner'],
    handle: listObjectsV2,
  },
  {
    name: 'ListObjects',
    method: 'GET',
    scope: 'bucket',
    knows: [...LISTING, 'marker'],
    handle: listObjects,
  },
  {
    name: 'ListMultipartUploads',
    method: 'GET',
    scope: 'bucket',
    asks: ['uploads'],
    knows: UPLOADS,
    handle: listMultipartUploads,
  },
  {
    name: 'DeleteObjects',
    method: 'POST',
    scope: 'bucket',
    asks: ['delete'],
    handle: deleteObjects,
  },
  { name: 'PutObject', method: 'PUT', scope: 'object', handle: putObject },
  { name: 'CopyObject', method: 'PUT', scope: 'object', copies: true, handle: copyObject },
  { name: 'GetObject', method: 'GET', scope: 'object', knows: OVERRIDES, handle: getObject },
  { name: 'HeadObject', method: 'HEAD', scope: 'object', knows: OVERRIDES, handle: headObject },
  { name: 'DeleteObject', method: 'DELETE', scope: 'object', handle: deleteObject },
  {
    name: 'CreateMultipartUpload',
    method: 'POST',
    scope: 'object',
    asks: ['uploads'],
    handle: createMultipartUpload,
  },
  {
    name: 'UploadPart',
    method: 'PUT',
    scope: 'object',
    asks: ['uploadId', 'partNumber'],
    handle: uploadPart,
  },
  {
    name: 'UploadPartCopy',
    method: 'PUT',
    scope: 'object',
    asks: ['uploadId', 'partNumber'],
    copies: true,
    handle: uploadPartCopy,
  },
  {
    name: 'ListParts',
    method: 'GET',
    scope: 'object',
    asks: ['uploadId'],
    knows: PARTS,
    handle: listParts,
  },
  {
    name: 'CompleteMultipartUpload',
    method: 'POST',
    scope: 'object',
    asks: ['uploadId'],
    handle: completeMultipartUpload,
  },
  {
    name: 'AbortMultipartUpload',
    method: 'DELETE',
    scope: 'object',
    asks: ['uploadId'],
    handle: abortMultipartUpload,
  },
];

/** Headers in `x-amz-…` that change what an operation does; one that is not here is refused. */
const KNOWN_HEADERS = new Set([
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
  'x-amz-content-sha256',
  'x-amz-copy-source',
  'x-amz-copy-source-if-match',
  'x-amz-copy-source-if-modified-since',
  'x-amz-copy-source-if-none-match',
  'x-amz-copy-source-if-unmodified-since',
  'x-amz-copy-source-range',
  'x-amz-date',
  'x-amz-decoded-content-length',
  'x-amz-metadata-directive',
  'x-amz-mp-object-size',
  'x-amz-sdk-checksum-algorithm',
  'x-amz-security-token',
  'x-amz-trailer',
  'x-amz-user-agent',
]);
/** Headers that ask for what is the case here anyway, or for what a server need not do. */
const HARMLESS_HEADERS: Readonly<Record<string, readonly string[]>> = {
  'x-amz-acl': ['private', 'bucket-owner-full-control'],
  'x-amz-storage-class': ['STANDARD'],
  // Java's SDK reads a trailing MD5 only where the answer says x-amz-transfer-encoding.
  'x-amz-te': ['append-md5'],
};
const CHECKSUM_OR_METADATA = /^x-amz-(meta-.+|checksum-(crc32|crc32c|crc64nvme|sha1|sha256))$/;
/** What a presigned URL of either signature version adds, and the SDK's own note of the operation. */
const SIGNATURE_PARAMETER = /^(x-amz-.+|x-id|awsaccesskeyid|signature|expires)$/i;
const PRESIGNED_HEADER =
  /^x-amz-(algorithm|credential|date|expires|signature|signedheaders|security-token)$/;

/** The operation that `request` asks for; NotImplemented or MethodNotAllowed when there is none. */
export function route(request: S3Request): Operation {
  refuseUnknownHeaders(request);
  const scope = scopeOf(request);
  const ofMethod = OPERATIONS.filter(
    (operation) => operation.scope === scope && operation.method === request.method,
  );
  if (ofMethod.length === 0) {
    throw new S3Error(
      'MethodNotAllowed',
      'The specified method is not allowed against this resource.',
    );
  }
  const parameters = [...request.query.keys()].filter((name) => !SIGNATURE_PARAMETER.test(name));
  const copies = request.headers.has('x-amz-copy-source');
  const operation = ofMethod.find(
    ({ asks = [], knows = [], ...candidate }) =>
      (candidate.copies ?? false) === copies &&
      asks.every((name) => parameters.includes(name)) &&
      parameters.every((name) => asks.includes(name) || knows.includes(name)),
  );
  if (operation === undefined) {
    throw new S3Error(
      'NotImplemented',
      `The local S3 does not know ${request.method} on a ${scope} with ?${parameters.join('&')}.`,
    );
  }
  return operation;
}

function scopeOf({ bucket, key }: S3Request): Scope {
  if (bucket === '') return 'service';
  return key === '' ? 'bucket' : 'object';
}

function refuseUnknownHeaders({ headers }: S3Request): void {
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-') || KNOWN_HEADERS.has(name)) continue;
    if (CHECKSUM_OR_METADATA.test(name) || PRESIGNED_HEADER.test(name)) continue;
    if (HARMLESS_HEADERS[name]?.includes(value) === true) continue;
    throw new S3Error('NotImplemented', `The local S3 does not know the header ${name}: ${value}.`);
  }
}

/** Owns the two object listings as clients ask for them and read them. */
import type { XmlNode } from '@aws-sdk/xml-builder';

import { OWNER } from './bucket-operations.js';
import type { Bucket } from './bucket.js';
import { commonPrefix, listKeys, type ListPage, type ListPosition } from './list-keys.js';
import { quotedEtag } from './object-record.js';
import { xmlResponse, type OperationHandler } from './operation.js';
import { S3Error } from './s3-error.js';
import { wholeNumber, type S3Request } from './s3-request.js';
import { element, s3Document } from './xml.js';

const MAX_KEYS = 1000;

/** API_ListObjectsV2. */
export const listObjectsV2: OperationHandler = (request, { buckets }) => {
  const { query } = request;
  const bucket = buckets.get(request.bucket);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after') ?? '';
  const position = token === undefined ? after(startAfter) : readToken(token);
  const page = pageOf(request, bucket, position);
  const encode = listingEncoder(request);
  return xmlResponse(
    s3Document('ListBucketResult', [
      ...commonElements(request, page),
      element('KeyCount', page.entries.length),
      token === undefined ? undefined : element('ContinuationToken', token),
      page.next && element('NextContinuationToken', writeToken(page.next)),
      startAfter === '' ? undefined : element('StartAfter', encode(startAfter)),
      ...entryElements(request, bucket, page, query.get('fetch-owner') === 'true'),
    ]),
  );
};

/** API_ListObjects, the older one, which goes on by marker. */
export const listObjects: OperationHandler = (request, { buckets }) => {
  const { query } = request;
  const bucket = buckets.get(request.bucket);
  const marker = query.get('marker') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  // A marker that a former page gave for a common prefix stands for everything under it.
  const prefix = query.get('prefix') ?? '';
  const wholePrefix = commonPrefix(marker, { prefix, delimiter }) === marker;
  const page = pageOf(request, bucket, marker === '' ? undefined : { after: marker, wholePrefix });
  const encode = listingEncoder(request);
  return xmlResponse(
    s3Document('ListBucketResult', [
      ...commonElements(request, page),
      element('Marker', encode(marker)),
      // S3 gives it with a delimiter only; elsewhere the last key serves.
      page.next && delimiter !== '' ? element('NextMarker', encode(page.next.after)) : undefined,
      ...entryElements(request, bucket, page, true),
    ]),
  );
};

function after(key: string): ListPosition | undefined {
  return key === '' ? undefined : { after: key, wholePrefix: false };
}

function maxKeysOf(request: S3Request): number {
  return Math.min(wholeNumber(request, 'max-keys', MAX_KEYS), MAX_KEYS);
}

function pageOf(request: S3Request, bucket: Bucket, position: ListPosition | undefined): ListPage {
  return listKeys(bucket.keys, {
    prefix: request.query.get('prefix') ?? '',
    delimiter: request.query.get('delimiter') ?? '',
    maxKeys: maxKeysOf(request),
    position,
  });
}

function commonElements(request: S3Request, page: ListPage): (XmlNode | undefined)[] {
  const encode = listingEncoder(request);
  const delimiter = request.query.get('delimiter') ?? '';
  const encoding = request.query.get('encoding-type');
  return [
    element('Name', request.bucket),
    element('Prefix', encode(request.query.get('prefix') ?? '')),
    delimiter === '' ? undefined : element('Delimiter', encode(delimiter)),
    element('MaxKeys', maxKeysOf(request)),
    encoding === undefined ? undefined : element('EncodingType', encoding),
    element('IsTruncated', page.next !== undefined),
  ];
}

function entryElements(
  request: S3Request,
  bucket: Bucket,
  page: ListPage,
  withOwner: boolean,
): XmlNode[] {
  const encode = listingEncoder(request);
  return page.entries.map(({ kind, name }) => {
    if (kind === 'prefix') return element('CommonPrefixes', [element('Prefix', encode(name))]);
    const { lastModifiedMs, etag, sizeBytes, checksum } = bucket.get(name);
    return element('Contents', [
      element('Key', encode(name)),
      element('LastModified', new Date(lastModifiedMs).toISOString()),
      element('ETag', quotedEtag(etag)),
      checksum && element('ChecksumAlgorithm', checksum.algorithm),
      checksum && element('ChecksumType', checksum.type),
      element('Size', sizeBytes),
      withOwner ? OWNER : undefined,
      element('StorageClass', 'STANDARD'),
    ]);
  });
}

/** How keys are written in a listing: as they are, or percent-encoded as a query would be. */
export function listingEncoder({ query }: S3Request): (key: string) => string {
  const encoding = query.get('encoding-type');
  if (encoding === undefined) return (key) => key;
  if (encoding !== 'url') {
    throw new S3Error('InvalidArgument', 'Invalid Encoding Method specified in Request.');
  }
  return (key) =>
    encodeURIComponent(key)
      .replaceAll('%2F', '/')
      .replaceAll('%20', '+')
      .replaceAll(/[!'()]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function writeToken({ after: key, wholePrefix }: ListPosition): string {
  return Buffer.from(`${wholePrefix ? 'p' : 'k'}${key}`).toString('base64url');
}

function readToken(token: string): ListPosition {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!/^[pk]./s.test(text)) {
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect.');
  }
  return { after: text.slice(1), wholePrefix: text.startsWith('p') };
}

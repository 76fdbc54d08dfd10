/** Owns the conditions a request may set: If-Match and its kin, for reads, writes, copies, deletes. */
import type { ObjectRecord } from './object-record.js';
import { S3Error } from './s3-error.js';
import type { S3Request } from './s3-request.js';

/** Decides over the object that is there; throws when the write must not happen. */
export type WriteCondition = (current: ObjectRecord | undefined) => void;

/**
 * The condition of a write (userguide/conditional-writes.html): `If-None-Match: *` or `If-Match`
 * with an ETag. If-Match on an object that is not there is NoSuchKey.
 */
export function writeCondition({ headers }: S3Request): WriteCondition {
  const ifNoneMatch = headers.get('if-none-match');
  const ifMatch = headers.get('if-match');
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*') {
    throw new S3Error('NotImplemented', 'If-None-Match of a write must be *.');
  }
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw new S3Error('NotImplemented', 'If-Match and If-None-Match do not go together.');
  }
  return (current) => {
    if (ifNoneMatch !== undefined && current !== undefined) throw failed('If-None-Match');
    if (ifMatch !== undefined) requireMatch(ifMatch, current);
  };
}

/** The condition of a delete (userguide/conditional-deletes.html): `If-Match` with an ETag or `*`. */
export function deleteCondition(ifMatch: string | undefined): WriteCondition {
  return (current) => {
    if (ifMatch !== undefined) requireMatch(ifMatch, current);
  };
}

function requireMatch(ifMatch: string, current: ObjectRecord | undefined): void {
  if (current === undefined) {
    throw new S3Error('NoSuchKey', 'The specified key does not exist.');
  }
  if (!matches(ifMatch, current.etag)) throw failed('If-Match');
}

/**
 * Whether a read goes on, or answers 304; throws PreconditionFailed. An ETag condition wins over
 * the date condition beside it (RFC 9110, section 13.2.2).
 */
export function readCondition(request: S3Request, record: ObjectRecord): 'read' | 'notModified' {
  return evaluate(request, record, '') ? 'read' : 'notModified';
}

/** Throws PreconditionFailed unless the conditions on a copy's source hold. */
export function checkCopySource(request: S3Request, record: ObjectRecord): void {
  if (!evaluate(request, record, 'x-amz-copy-source-')) {
    throw failed('x-amz-copy-source-if-none-match');
  }
}

function evaluate({ headers }: S3Request, record: ObjectRecord, prefix: string): boolean {
  const ifMatch = headers.get(`${prefix}if-match`);
  const unmodifiedSince = dateMs(headers.get(`${prefix}if-unmodified-since`));
  if (ifMatch !== undefined) {
    if (!matches(ifMatch, record.etag)) throw failed('If-Match');
  } else if (unmodifiedSince !== undefined && record.lastModifiedMs > unmodifiedSince) {
    throw failed('If-Unmodified-Since');
  }
  const ifNoneMatch = headers.get(`${prefix}if-none-match`);
  const modifiedSince = dateMs(headers.get(`${prefix}if-modified-since`));
  if (ifNoneMatch !== undefined) return !matches(ifNoneMatch, record.etag);
  return modifiedSince === undefined || record.lastModifiedMs > modifiedSince;
}

/** Whether one of the ETags in a header's list is `etag`, with or without quotes. */
export function matches(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((item) => item.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((item) => item === '*' || item === etag);
}

function dateMs(text: string | undefined): number | undefined {
  const parsed = Date.parse(text ?? '');
  return Number.isNaN(parsed) ? undefined : parsed;
}

function failed(condition: string): S3Error {
  return new S3Error(
    'PreconditionFailed',
    `At least one of the preconditions you specified did not hold: ${condition}.`,
  );
}

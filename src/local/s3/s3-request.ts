/** Owns the reading of an HTTP request as an S3 one: bucket, key, query and headers. */
import type { IncomingMessage } from 'node:http';

import { S3Error } from './s3-error.js';

const MAX_KEY_BYTES = 1024;

/** A request in S3's terms. */
export interface S3Request {
  readonly method: string;
  /** Empty for the service itself. */
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  /** The path as it was asked for, for error documents. */
  readonly resource: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes as sent: framing included. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads what `message` asks for; throws an {@link S3Error} when its URL cannot be read. */
export function readRequest(message: IncomingMessage): S3Request {
  const target = message.url ?? '/';
  const queryStart = target.indexOf('?');
  // Cut by hand: a URL parser would resolve `..` and `.` segments, which are part of a key.
  const resource = queryStart < 0 ? target : target.slice(0, queryStart);
  const query = readQuery(queryStart < 0 ? '' : target.slice(queryStart + 1));
  const headers = readHeaders(message, query);
  rejectVirtualHost(headers.get('host') ?? '');
  const path = resource.startsWith('/') ? resource.slice(1) : resource;
  const slash = path.indexOf('/');
  const key = slash < 0 ? '' : decoded(path.slice(slash + 1));
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new S3Error('KeyTooLongError', 'Your key is too long.');
  }
  return {
    method: message.method ?? 'GET',
    bucket: decoded(slash < 0 ? path : path.slice(0, slash)),
    key,
    resource,
    query,
    headers,
    // Leaving the body half read must not take the connection down: the error is still to be sent.
    body: message.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>,
  };
}

function readQuery(text: string): Map<string, string> {
  return new Map(new URLSearchParams(text));
}

function readHeaders(
  message: IncomingMessage,
  query: ReadonlyMap<string, string>,
): Map<string, string> {
  const headers = new Map<string, string>();
  // A presigned URL carries in its query what else would be a header.
  for (const [name, value] of query) {
    if (name.toLowerCase().startsWith('x-amz-')) headers.set(name.toLowerCase(), value);
  }
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function rejectVirtualHost(host: string): void {
  const name = host.replace(/:\d+$/, '');
  if (name.endsWith('.localhost')) {
    throw new S3Error(
      'InvalidRequest',
      `The bucket goes into the path here, not into the host name ${name}: use path-style addressing.`,
    );
  }
}

/** Decodes %XX in `text`; throws InvalidURI when it is not UTF-8. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', `Couldn't parse the specified URI: ${text}`);
  }
}

/** A whole number of the query, `fallback` when it is absent or empty, InvalidArgument otherwise. */
export function wholeNumber(request: S3Request, name: string, fallback: number): number {
  const text = request.query.get(name) ?? '';
  if (text === '') return fallback;
  if (!/^\d{1,9}$/.test(text)) {
    throw new S3Error('InvalidArgument', `Argument ${name} must be a whole number, not ${text}.`);
  }
  return Number(text);
}

/** Owns the shape of an S3 operation: what it is asked with, what it works on, what it answers. */
import type { Readable } from 'node:stream';

import type { BucketRoot } from './bucket-root.js';
import type { S3Request } from './s3-request.js';

/** What an operation works on. */
export interface S3Context {
  readonly buckets: BucketRoot;
  /** The least size of a part that is not the last one. */
  readonly minPartSizeBytes: number;
  nowMs(): number;
}

export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream needs a Content-Length among the headers. */
  readonly body?: string | Readable;
}

export type OperationHandler = (
  request: S3Request,
  context: S3Context,
) => S3Response | Promise<S3Response>;

/** Answers with an XML document. */
export function xmlResponse(body: string, headers: Record<string, string> = {}): S3Response {
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}

/** Owns a request's payload: unframed, counted and held against every checksum it came with. */
import { decodeAwsChunked } from './aws-chunked.js';
import {
  CHECKSUM_ALGORITHMS,
  checksumAlgorithm,
  checksumHeader,
  isChecksumValue,
  newHasher,
  type ChecksumAlgorithm,
  type HashName,
  type ObjectChecksum,
} from './checksums.js';
import { S3Error, type S3ErrorCode } from './s3-error.js';
import type { S3Request } from './s3-request.js';

const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;

/** A payload to be read once. */
export interface VerifiedBody {
  /** Ends only if length and checksums hold; otherwise throws, so that nothing may be kept. */
  readonly chunks: AsyncIterable<Uint8Array>;
  /** The checksum to keep with the payload; known once `chunks` has ended. */
  readonly checksum: () => ObjectChecksum | undefined;
}

interface BodyOptions {
  /** False when `x-amz-checksum-*` speaks of something else than this payload. */
  readonly headersDescribeBody?: boolean;
  /** A checksum to compute even if the client sent none. */
  readonly algorithm?: ChecksumAlgorithm | undefined;
}

interface Claim<Name extends HashName = HashName> {
  readonly hash: Name;
  readonly encoding: 'base64' | 'hex';
  readonly error: S3ErrorCode;
  /** Read at the end, since it may come in a trailer. */
  expected(): string;
}

/** The payload of `request`. Signatures are not checked, every checksum is. */
export function verifiedBody(request: S3Request, options: BodyOptions = {}): VerifiedBody {
  const trailers = new Map<string, string>();
  const framed = isFramed(request);
  const declaredBytes = declaredLength(request, framed);
  const keptClaim =
    options.headersDescribeBody === false ? undefined : checksumClaim(request, trailers);
  const claims: Claim[] = [keptClaim, contentMd5Claim(request), contentSha256Claim(request)].filter(
    (claim) => claim !== undefined,
  );
  const kept = keptClaim?.hash ?? options.algorithm;
  const names = new Set<HashName>(claims.map((claim) => claim.hash));
  if (kept !== undefined) names.add(kept);
  const hashers = new Map([...names].map((name) => [name, newHasher(name)]));
  const digests = new Map<HashName, Buffer>();

  async function* chunks(): AsyncGenerator<Uint8Array> {
    let receivedBytes = 0;
    const source = framed ? decodeAwsChunked(untorn(request.body), trailers) : untorn(request.body);
    for await (const chunk of source) {
      receivedBytes += chunk.length;
      if (receivedBytes > declaredBytes) throw wrongLength();
      for (const hasher of hashers.values()) hasher.update(chunk);
      yield chunk;
    }
    if (receivedBytes !== declaredBytes) throw wrongLength();
    for (const [name, hasher] of hashers) digests.set(name, await hasher.digest());
    for (const claim of claims) check(claim, digests);
  }

  return {
    chunks: chunks(),
    checksum: () => {
      const digest = kept === undefined ? undefined : digests.get(kept);
      if (kept === undefined || digest === undefined) return undefined;
      return { algorithm: kept, value: digest.toString('base64'), type: 'FULL_OBJECT' };
    },
  };
}

/** The whole payload as text, for the protocol's XML documents. */
export async function documentText(request: S3Request, options: BodyOptions = {}): Promise<string> {
  const pieces: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const piece of verifiedBody(request, options).chunks) {
    sizeBytes += piece.length;
    if (sizeBytes > MAX_DOCUMENT_BYTES) {
      throw new S3Error('EntityTooLarge', 'Your request document is too large.');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** Whether `request` says how its payload can be checked, as a batch delete has to. */
export function hasChecksum(request: S3Request): boolean {
  return (
    request.headers.has('content-md5') ||
    request.headers.has('x-amz-trailer') ||
    CHECKSUM_ALGORITHMS.some((algorithm) => request.headers.has(checksumHeader(algorithm)))
  );
}

async function* untorn(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch {
    // The connection broke before the body's end; whoever reads the message is probably gone.
    throw wrongLength();
  }
}

function isFramed({ headers }: S3Request): boolean {
  const encodings = (headers.get('content-encoding') ?? '').split(',').map((part) => part.trim());
  const sha256 = headers.get('x-amz-content-sha256') ?? '';
  return sha256.startsWith('STREAMING-') || encodings.includes('aws-chunked');
}

function declaredLength({ headers }: S3Request, framed: boolean): number {
  const text = headers.get(framed ? 'x-amz-decoded-content-length' : 'content-length');
  // A request with neither length nor chunking has no body at all (RFC 9112, section 6.3).
  if (text === undefined && !framed && !headers.has('transfer-encoding')) return 0;
  if (text === undefined || !/^\d{1,15}$/.test(text)) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  return Number(text);
}

function checksumClaim(
  { headers }: S3Request,
  trailers: ReadonlyMap<string, string>,
): Claim<ChecksumAlgorithm> | undefined {
  const inHeaders = CHECKSUM_ALGORITHMS.filter((name) => headers.has(checksumHeader(name)));
  const announced = (headers.get('x-amz-trailer') ?? '').split(',').map((name) => name.trim());
  const inTrailer = announced
    .map((name) => checksumAlgorithm(name.toLowerCase().replace('x-amz-checksum-', '')))
    .filter((name) => name !== undefined);
  const [algorithm, ...others] = [...inHeaders, ...inTrailer];
  if (algorithm === undefined) return undefined;
  if (others.length > 0) {
    throw new S3Error('InvalidRequest', 'Expecting a single x-amz-checksum- header.');
  }
  const name = checksumHeader(algorithm);
  const valid = (value: string): string => {
    if (isChecksumValue(algorithm, value)) return value;
    throw new S3Error('InvalidRequest', `Value for ${name} header is invalid.`);
  };
  const header = headers.get(name);
  if (header !== undefined) valid(header);
  const expected = (): string => {
    const value = header ?? trailers.get(name);
    if (value === undefined) {
      throw new S3Error('MalformedTrailerError', `The announced trailer ${name} is missing.`);
    }
    return valid(value);
  };
  return { hash: algorithm, encoding: 'base64', error: 'BadDigest', expected };
}

function contentMd5Claim({ headers }: S3Request): Claim | undefined {
  const value = headers.get('content-md5');
  if (value === undefined) return undefined;
  if (Buffer.from(value, 'base64').length !== 16) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.');
  }
  return { hash: 'MD5', encoding: 'base64', error: 'BadDigest', expected: () => value };
}

function contentSha256Claim({ headers }: S3Request): Claim | undefined {
  const value = headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  if (value === 'UNSIGNED-PAYLOAD' || value.startsWith('STREAMING-')) return undefined;
  if (!/^[0-9a-f]{64}$/.test(value)) {
    throw new S3Error('InvalidArgument', 'x-amz-content-sha256 is not a SHA-256 in hex.');
  }
  const error = 'XAmzContentSHA256Mismatch';
  return { hash: 'SHA256', encoding: 'hex', error, expected: () => value };
}

function check(claim: Claim, digests: ReadonlyMap<HashName, Buffer>): void {
  if (digests.get(claim.hash)?.toString(claim.encoding) === claim.expected()) return;
  throw new S3Error(claim.error, `The ${claim.hash} you specified did not match what we received.`);
}

function wrongLength(): S3Error {
  return new S3Error(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header.',
  );
}

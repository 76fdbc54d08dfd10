/** Owns the checksums of the S3 protocol: their names, headers and computation. */
import { Crc32, Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { createHash } from 'node:crypto';

import { S3Error } from './s3-error.js';
import type { S3Request } from './s3-request.js';

/** The algorithms of `x-amz-checksum-*`, and how many bytes each gives. */
const DIGEST_BYTES = { CRC32: 4, CRC32C: 4, CRC64NVME: 8, SHA1: 20, SHA256: 32 } as const;

export type ChecksumAlgorithm = keyof typeof DIGEST_BYTES;
export const CHECKSUM_ALGORITHMS = Object.keys(DIGEST_BYTES) as ChecksumAlgorithm[];
export type HashName = ChecksumAlgorithm | 'MD5';

/** Over the whole object, or over the parts' checksums (`value` then ends in `-<parts>`). */
export type ChecksumType = 'FULL_OBJECT' | 'COMPOSITE';

/** An object's or part's checksum as clients see it; `value` is base64. */
export interface ObjectChecksum {
  readonly algorithm: ChecksumAlgorithm;
  readonly value: string;
  readonly type: ChecksumType;
}

/** A checksum being computed. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  digest(): Promise<Buffer>;
}

export function newHasher(name: HashName): Hasher {
  switch (name) {
    case 'CRC32':
      return fromLibrary(new Crc32());
    case 'CRC32C':
      return fromLibrary(new Crc32c());
    case 'CRC64NVME':
      return fromLibrary(new Crc64Nvme());
    case 'SHA1':
    case 'SHA256':
    case 'MD5': {
      const hash = createHash(name.toLowerCase());
      return {
        update: (bytes) => {
          hash.update(bytes);
        },
        digest: () => Promise.resolve(hash.digest()),
      };
    }
  }
}

function fromLibrary(checksum: {
  update(bytes: Uint8Array): void;
  digest(): Promise<Uint8Array>;
}): Hasher {
  return {
    update: (bytes) => {
      checksum.update(bytes);
    },
    digest: async () => Buffer.from(await checksum.digest()),
  };
}

/** The header (or trailer) that carries a checksum of `algorithm`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Whether `value` is base64 of as many bytes as `algorithm` gives. */
export function isChecksumValue(algorithm: ChecksumAlgorithm, value: string): boolean {
  const bytes = Buffer.from(value, 'base64');
  return bytes.length === DIGEST_BYTES[algorithm] && bytes.toString('base64') === value;
}

/** The algorithm named in any letter case; undefined when it is none of ours. */
export function checksumAlgorithm(name: string): ChecksumAlgorithm | undefined {
  return CHECKSUM_ALGORITHMS.find((algorithm) => algorithm === name.toUpperCase());
}

/** The algorithm that `x-amz-checksum-algorithm` asks for; InvalidRequest when it is unknown. */
export function requestedAlgorithm({ headers }: S3Request): ChecksumAlgorithm | undefined {
  const name = headers.get('x-amz-checksum-algorithm');
  if (name === undefined) return undefined;
  const algorithm = checksumAlgorithm(name);
  if (algorithm === undefined) {
    throw new S3Error('InvalidRequest', `Checksum algorithm provided is unsupported: ${name}.`);
  }
  return algorithm;
}

/** The response headers that show `checksum`. */
export function checksumHeaders(checksum: ObjectChecksum | undefined): Record<string, string> {
  if (checksum === undefined) return {};
  return {
    [checksumHeader(checksum.algorithm)]: checksum.value,
    'x-amz-checksum-type': checksum.type,
  };
}

/** Bytes whose checksum is taken as they pass. */
export interface HashedBody {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Known once `chunks` has ended. */
  readonly checksum: () => ObjectChecksum | undefined;
}

/** `source`, hashed with `algorithm` if there is one. */
export function hashed(
  source: AsyncIterable<Uint8Array>,
  algorithm: ChecksumAlgorithm | undefined,
): HashedBody {
  if (algorithm === undefined) return { chunks: source, checksum: () => undefined };
  let checksum: ObjectChecksum | undefined;
  const keep = (value: string): void => {
    checksum = { algorithm, value, type: 'FULL_OBJECT' };
  };
  return { chunks: hashing(source, newHasher(algorithm), keep), checksum: () => checksum };
}

async function* hashing(
  source: AsyncIterable<Uint8Array>,
  hasher: Hasher,
  keep: (value: string) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of source) {
    hasher.update(chunk);
    yield chunk;
  }
  keep((await hasher.digest()).toString('base64'));
}

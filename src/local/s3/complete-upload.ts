/** Owns the completion of a multipart upload: its parts become one object in one step. */
import { createHash } from 'node:crypto';
import { z } from 'zod';

import {
  checksumHeader,
  hashed,
  newHasher,
  type ChecksumAlgorithm,
  type ObjectChecksum,
} from './checksums.js';
import { writeCondition } from './conditions.js';
import { uploadOf } from './multipart-operations.js';
import type { Part, Upload } from './multipart-uploads.js';
import { modificationTime, quotedEtag, type ObjectRecord } from './object-record.js';
import { xmlResponse, type OperationHandler } from './operation.js';
import { documentText } from './request-body.js';
import { S3Error } from './s3-error.js';
import type { S3Request } from './s3-request.js';
import { element, readDocument, s3Document } from './xml.js';

const listedPartSchema = z.object({
  PartNumber: z
    .string()
    .regex(/^\d{1,5}$/)
    .transform(Number),
  ETag: z.string(),
  ChecksumCRC32: z.string().optional(),
  ChecksumCRC32C: z.string().optional(),
  ChecksumCRC64NVME: z.string().optional(),
  ChecksumSHA1: z.string().optional(),
  ChecksumSHA256: z.string().optional(),
});
type ListedPart = z.infer<typeof listedPartSchema>;

const completionSchema = z.object({
  CompleteMultipartUpload: z.object({
    Part: z.union([listedPartSchema.transform((part) => [part]), z.array(listedPartSchema)]),
  }),
});

export const completeMultipartUpload: OperationHandler = async (request, context) => {
  const bucket = context.buckets.get(request.bucket);
  const upload = uploadOf(request, bucket.uploads);
  const condition = writeCondition(request);
  const text = await documentText(request, { headersDescribeBody: false });
  const { Part: listed } = readDocument(text, completionSchema).CompleteMultipartUpload;
  const parts = chosenParts(listed, bucket.uploads.parts(upload));
  requireSizes(request, parts, context.minPartSizeBytes);
  condition(bucket.find(request.key));
  const body = hashed(bucket.uploads.read(upload, parts), wholeAlgorithm(upload));
  const staged = await bucket.stage(body.chunks, async ({ sizeBytes }): Promise<ObjectRecord> => {
    const checksum = body.checksum() ?? (await compositeChecksum(upload, parts));
    requireChecksum(request, checksum);
    return {
      key: upload.key,
      sizeBytes,
      etag: multipartEtag(parts),
      lastModifiedMs: modificationTime(context.nowMs()),
      headers: upload.headers,
      ...(checksum === undefined ? {} : { checksum }),
    };
  });
  bucket.commit(staged, (current) => {
    bucket.uploads.requireUnchanged(upload, parts);
    condition(current);
  });
  // A kill before this leaves an upload that can be completed again, or aborted.
  bucket.uploads.remove(upload);
  return xmlResponse(completionDocument(request, staged.footer));
};

function completionDocument(request: S3Request, { etag, checksum }: ObjectRecord): string {
  return s3Document('CompleteMultipartUploadResult', [
    element('Location', `http://${request.headers.get('host') ?? ''}${request.resource}`),
    element('Bucket', request.bucket),
    element('Key', request.key),
    element('ETag', quotedEtag(etag)),
    checksum && element(`Checksum${checksum.algorithm}`, checksum.value),
    checksum && element('ChecksumType', checksum.type),
  ]);
}

/** The stored parts that the client lists, which must be in order and as it knows them. */
function chosenParts(listed: readonly ListedPart[], stored: readonly Part[]): Part[] {
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  let previous = 0;
  return listed.map((entry) => {
    if (entry.PartNumber <= previous) {
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order.');
    }
    previous = entry.PartNumber;
    const part = byNumber.get(entry.PartNumber);
    if (part?.etag !== entry.ETag.replaceAll('"', '') || !sameChecksum(entry, part)) {
      throw new S3Error(
        'InvalidPart',
        `Part ${entry.PartNumber} was not uploaded, or is not the one that was listed.`,
      );
    }
    return part;
  });
}

function sameChecksum(entry: ListedPart, part: Part): boolean {
  if (part.checksum === undefined) return true;
  const claimed = entry[`Checksum${part.checksum.algorithm}`];
  return claimed === undefined || claimed === part.checksum.value;
}

function requireSizes(request: S3Request, parts: readonly Part[], minBytes: number): void {
  if (parts.slice(0, -1).some((part) => part.sizeBytes < minBytes)) {
    throw new S3Error(
      'EntityTooSmall',
      `Your proposed upload is smaller than the minimum allowed size of ${minBytes} bytes a part.`,
    );
  }
  const claimed = request.headers.get('x-amz-mp-object-size');
  const sizeBytes = parts.reduce((sum, part) => sum + part.sizeBytes, 0);
  if (claimed !== undefined && claimed !== String(sizeBytes)) {
    throw new S3Error('InvalidRequest', `The parts are ${sizeBytes} bytes, not ${claimed}.`);
  }
}

/** The MD5 of the parts' MD5s, and how many there are. */
function multipartEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const { etag } of parts) md5.update(Buffer.from(etag, 'hex'));
  return `${md5.digest('hex')}-${parts.length}`;
}

function wholeAlgorithm({ checksum }: Upload): ChecksumAlgorithm | undefined {
  return checksum?.type === 'FULL_OBJECT' ? checksum.algorithm : undefined;
}

async function compositeChecksum(
  upload: Upload,
  parts: readonly Part[],
): Promise<ObjectChecksum | undefined> {
  if (upload.checksum === undefined) return undefined;
  const { algorithm } = upload.checksum;
  const hasher = newHasher(algorithm);
  for (const { checksum, partNumber } of parts) {
    if (checksum?.algorithm !== algorithm) {
      throw new S3Error('InvalidRequest', `Part ${partNumber} has no ${algorithm} checksum.`);
    }
    hasher.update(Buffer.from(checksum.value, 'base64'));
  }
  const value = (await hasher.digest()).toString('base64');
  return { algorithm, value: `${value}-${parts.length}`, type: 'COMPOSITE' };
}

/** Here `x-amz-checksum-*` speaks of the object to be, not of the request's document. */
function requireChecksum(request: S3Request, checksum: ObjectChecksum | undefined): void {
  if (checksum === undefined) return;
  const claimed = request.headers.get(checksumHeader(checksum.algorithm));
  const known = checksum.value.replace(/-\d+$/, '');
  if (claimed !== undefined && claimed.replace(/-\d+$/, '') !== known) {
    throw new S3Error(
      'BadDigest',
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
    );
  }
}

/** Owns the batch delete: each key succeeds or fails on its own. */
import type { XmlNode } from '@aws-sdk/xml-builder';
import { z } from 'zod';

import { deleteCondition } from './conditions.js';
import { xmlResponse, type OperationHandler } from './operation.js';
import { documentText, hasChecksum } from './request-body.js';
import { S3Error } from './s3-error.js';
import { element, readDocument, s3Document } from './xml.js';

const MAX_KEYS = 1000;

const entrySchema = z.object({
  Key: z.string().min(1),
  ETag: z.string().optional(),
  VersionId: z.string().optional(),
});
const deleteSchema = z.object({
  Delete: z.object({
    Object: z.union([
      entrySchema.transform((entry) => [entry]),
      z.array(entrySchema).max(MAX_KEYS),
    ]),
    Quiet: z.enum(['true', 'false']).default('false'),
  }),
});

export const deleteObjects: OperationHandler = async (request, { buckets }) => {
  const bucket = buckets.get(request.bucket);
  if (!hasChecksum(request)) {
    throw new S3Error(
      'InvalidRequest',
      'Missing required header for this request: Content-MD5 OR x-amz-checksum-*.',
    );
  }
  const { Delete } = readDocument(await documentText(request), deleteSchema);
  const results: XmlNode[] = [];
  for (const { Key, ETag, VersionId } of Delete.Object) {
    try {
      if (VersionId !== undefined) throw new S3Error('NotImplemented', 'There are no versions.');
      bucket.remove(Key, deleteCondition(ETag));
      if (Delete.Quiet === 'false') results.push(element('Deleted', [element('Key', Key)]));
    } catch (error) {
      if (!(error instanceof S3Error)) throw error;
      results.push(errorElement(Key, error));
    }
  }
  return xmlResponse(s3Document('DeleteResult', results));
};

function errorElement(key: string, { code, message }: S3Error): XmlNode {
  return element('Error', [
    element('Key', key),
    element('Code', code),
    element('Message', message),
  ]);
}

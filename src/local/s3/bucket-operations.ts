/** Owns the operations on buckets as wholes. */
import { documentText } from './request-body.js';
import { xmlResponse, type OperationHandler } from './operation.js';
import { element, s3Document } from './xml.js';

const REGION = 'us-east-1';

/** The one account there is, for clients that insist on an owner. */
export const OWNER = element('Owner', [
  element('ID', 'tidemark'),
  element('DisplayName', 'tidemark'),
]);

export const listBuckets: OperationHandler = (_request, { buckets }) => {
  const entries = buckets
    .list()
    .map(({ name, createdMs }) =>
      element('Bucket', [
        element('Name', name),
        element('CreationDate', new Date(createdMs).toISOString()),
      ]),
    );
  return xmlResponse(s3Document('ListAllMyBucketsResult', [OWNER, element('Buckets', entries)]));
};

export const createBucket: OperationHandler = async (request, { buckets }) => {
  // The configuration names a Region; here every bucket is in the one there is.
  await documentText(request);
  buckets.create(request.bucket);
  return { status: 200, headers: { location: `/${request.bucket}` } };
};

export const headBucket: OperationHandler = ({ bucket }, { buckets }) => {
  buckets.get(bucket);
  return { status: 200, headers: { 'x-amz-bucket-region': REGION } };
};

export const deleteBucket: OperationHandler = ({ bucket }, { buckets }) => {
  buckets.remove(bucket);
  return { status: 204 };
};

/** Empty for us-east-1 (API_GetBucketLocation). */
export const getBucketLocation: OperationHandler = ({ bucket }, { buckets }) => {
  buckets.get(bucket);
  return xmlResponse(s3Document('LocationConstraint', []));
};

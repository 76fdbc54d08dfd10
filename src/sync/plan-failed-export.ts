/** Owns what follows an export that ended FAILED: another attempt, or a person who mends the reason. */

/** The longest wait before a failed export is asked for anew. */
const LONGEST_RETRY_SECONDS = 3600;

/** Another attempt after a while, or a park with what to do about it. */
export type FailedExportPlan =
  | { readonly kind: 'again'; readonly delaySeconds: number }
  | { readonly kind: 'park'; readonly hint: string };

/** An export that FAILED, and how many in a row have by now (from 1). */
export interface FailedExport {
  readonly failureCode: string;
  readonly failures: number;
  readonly bucket: string;
}

/**
 * A bucket, policy, owner or key stays wrong until a person mends it (seen on live AWS: S3NoSuchBucket,
 * S3AccessDenied, KmsNotFoundException); anything else is tried again, for as long as it takes.
 */
export function planFailedExport(
  { failureCode, failures, bucket }: FailedExport,
  pollSeconds: number,
): FailedExportPlan {
  const hint = hintFor(failureCode, bucket);
  if (hint !== undefined) return { kind: 'park', hint };
  return {
    kind: 'again',
    delaySeconds: Math.min(pollSeconds * 2 ** (failures - 1), LONGEST_RETRY_SECONDS),
  };
}

/** What a person must do; undefined where nobody needs to do anything. */
function hintFor(failureCode: string, bucket: string): string | undefined {
  if (/^S3NoSuchBucket/i.test(failureCode)) {
    return `Create the bucket ${bucket}, or start the sync with another exportBucket.`;
  }
  if (/^Kms.*(NotFound|Disabled|AccessDenied|InvalidState)/i.test(failureCode)) {
    return `Enable the KMS key that exports to ${bucket} are encrypted with (exportKmsKeyId, or the bucket's own), and allow the worker's role kms:GenerateDataKey and kms:Decrypt on it.`;
  }
  if (/^(S3)?AccessDenied/i.test(failureCode)) {
    return `Allow the worker's role s3:PutObject, s3:PutObjectAcl and s3:AbortMultipartUpload on the bucket ${bucket}, in its own policy and in the bucket's; for a bucket of another account, ask its owner to, and set exportBucketOwner to the account's id.`;
  }
  return undefined;
}

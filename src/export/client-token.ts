/** Owns the ClientToken of an export: derived, so that asking twice is asking once. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { exportedWindow, type ExportScope } from './table-exports.js';

/** What makes one export differ from another. */
export interface ExportIdentity {
  readonly tableId: string;
  readonly epoch: number;
  readonly scope: ExportScope;
  readonly bucket: string;
  readonly prefix: string;
  /** Counts from 1. A new one only after FAILED was seen: DynamoDB answers the same token with the same ARN even then. */
  readonly attempt: number;
}

/**
 * 64 hex digits. The destination is part of it, since the same token with another bucket is an
 * ExportConflictException, and a person mends a missing bucket by naming another.
 */
export function clientTokenOf(identity: ExportIdentity): string {
  const { tableId, epoch, scope, bucket, prefix, attempt } = identity;
  const text = JSON.stringify([tableId, epoch, ...timesOf(scope), bucket, prefix, attempt]);
  return bytesToHex(sha256(utf8ToBytes(text)));
}

function timesOf(scope: ExportScope): readonly string[] {
  if (scope.kind === 'full') return ['full', scope.exportTime];
  const { from, to } = exportedWindow(scope);
  return ['incremental', from, to, scope.view];
}

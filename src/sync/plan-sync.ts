/** Owns the decisions of a table's sync: where to begin, what to do next, what a failure leads to. */
import { nextWindow, type ExportWindow } from '../core/export-window.js';
import type { ErrorCode } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { ServiceLimits } from '../core/service-limits.js';
import type { PitrState, TableIdentity } from '../export/table-exports.js';
import type { TableSyncState } from './table-sync-state.js';

/** What the lake records of itself; its word wins over any other. */
export interface LakeRecord {
  readonly watermark: Instant;
  readonly epoch: number;
  readonly tableId: string;
}

/** Where a sync begins: go on from the lake's watermark, or lay a new base. */
export type StartPlan =
  { readonly kind: 'follow' } | { readonly kind: 'full'; readonly why: string };

/** Whether the lake can be followed on from where it stands, or needs a full load first. */
export function planStart(
  table: TableIdentity,
  pitr: PitrState,
  lake: LakeRecord | undefined,
  state: TableSyncState,
): StartPlan {
  if (lake === undefined) return { kind: 'full', why: 'the lake holds nothing of this table yet' };
  if (state.resyncRequested) return { kind: 'full', why: 'a resync was asked for' };
  if (state.baseNeeded !== undefined) return { kind: 'full', why: state.baseNeeded };
  if (lake.tableId !== table.tableId) {
    return { kind: 'full', why: 'the table was deleted and created again under the same name' };
  }
  if (!pitr.enabled || pitr.earliestRestorable > lake.watermark) {
    return { kind: 'full', why: `recovery no longer reaches back to ${lake.watermark}` };
  }
  return { kind: 'follow' };
}

/** The next thing a following sync does. */
export type NextStep =
  | { readonly kind: 'stop' }
  | { readonly kind: 'wait-for-resume' }
  | { readonly kind: 'reopen' }
  | { readonly kind: 'window'; readonly window: ExportWindow };

/** Decides by the requests and the watermark alone; a stop goes before a resync, that before a pause. */
export function planNext(
  state: TableSyncState,
  now: Instant,
  settings: { readonly windowSeconds: number; readonly limits: ServiceLimits },
): NextStep {
  if (state.stopRequested) return { kind: 'stop' };
  if (state.parked !== undefined) return { kind: 'wait-for-resume' };
  if (state.pauseRequested) return { kind: 'wait-for-resume' };
  const { table, watermark, resyncRequested, baseNeeded } = state;
  if (table === undefined || watermark === undefined) return { kind: 'reopen' };
  if (resyncRequested || baseNeeded !== undefined) return { kind: 'reopen' };
  return {
    kind: 'window',
    window: nextWindow({
      watermark,
      now,
      windowSeconds: settings.windowSeconds,
      limits: settings.limits,
    }),
  };
}

/** What a failure that no retry mends leads to. */
export type FailureRemedy = 'resync' | 'park';

/** A lost past is mended by a new full load; everything else needs a person. */
export function remedyFor(code: string): FailureRemedy {
  const lostPast: readonly string[] = [
    'WindowOutOfReach',
    'PitrUnavailable',
    'TableReplaced',
  ] satisfies readonly ErrorCode[];
  return lostPast.includes(code) ? 'resync' : 'park';
}

/** How often an export that ended FAILED for no known reason is asked for anew before parking. */
export const MAX_EXPORT_ATTEMPTS = 5;

/**
 * Whether an export's FailureCode is worth a new attempt. What names S3 or KMS is a bucket, policy
 * or key that stays wrong until a person mends it (seen on live AWS: S3NoSuchBucket,
 * S3AccessDenied, KmsNotFoundException).
 */
export function planFailedExport(
  failureCode: string,
  attempt: number,
  pollSeconds: number,
): { readonly kind: 'again'; readonly delaySeconds: number } | { readonly kind: 'park' } {
  const needsPerson = /^(S3|Kms|KMS|AccessDenied)/.test(failureCode);
  if (needsPerson || attempt >= MAX_EXPORT_ATTEMPTS) return { kind: 'park' };
  return { kind: 'again', delaySeconds: pollSeconds * 2 ** (attempt - 1) };
}

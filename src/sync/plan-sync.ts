/** Owns the decisions of a table's sync: where to begin, what to do next, what a failure leads to. */
import { nextWindow, type ExportWindow } from '../core/export-window.js';
import type { ErrorCode } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { PitrState, TableIdentity } from '../export/table-exports.js';
import { DEFAULT_ANSWERS, type LossAnswers } from './loss-answers.js';
import type { TableSyncState } from './table-sync-state.js';
import { windowWidth, type WidthSettings } from './window-width.js';

/** What the lake records of itself; its word wins over any other. */
export interface LakeRecord {
  readonly watermark: Instant;
  readonly epoch: number;
  /** Absent in what earlier workers answered. */
  readonly baseExportTime?: Instant;
  readonly tableId: string;
  /** See `LakePosition`. */
  readonly takenAt?: string;
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
  if (lake.takenAt !== undefined) {
    return { kind: 'full', why: `its base was taken within a second, at ${lake.takenAt}` };
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
  | { readonly kind: 'window'; readonly window: ExportWindow }
  /** One window after the other, with exports ahead of their loads. */
  | { readonly kind: 'follow' };

/** Decides by the requests and the watermark alone: a stop goes first, then a pause, then a resync. */
export function planNext(state: TableSyncState, now: Instant, settings: WidthSettings): NextStep {
  if (state.stopRequested) return { kind: 'stop' };
  if (state.parked !== undefined) return { kind: 'wait-for-resume' };
  const isFlying = state.flights !== undefined && !state.resyncRequested;
  if (state.pauseRequested) return { kind: isFlying ? 'follow' : 'wait-for-resume' };
  const { table, watermark, resyncRequested, baseNeeded } = state;
  if (table === undefined || watermark === undefined) return { kind: 'reopen' };
  if (resyncRequested || baseNeeded !== undefined) return { kind: 'reopen' };
  if (settings.freshnessSeconds !== undefined) return { kind: 'follow' };
  return {
    kind: 'window',
    window: nextWindow({
      watermark,
      now,
      windowSeconds: windowWidth(state, settings),
      alignSeconds: settings.windowSeconds,
      limits: settings.limits,
    }),
  };
}

/** What a failure that no retry mends leads to. */
export type FailureRemedy = 'resync' | 'reopen' | 'again' | 'park' | 'end';

/** Exports in a row that do not verify, after which a person must look at what changes them. */
const MAX_SPOILT = 3;

/** What of a sync decides on the remedy. */
export interface FailedSync {
  readonly answers?: LossAnswers;
  /** Whether the table was ever followed. */
  readonly wasFollowed: boolean;
  /** Exports before this one, in a row, that did not verify. */
  readonly spoilt?: number;
}

/**
 * A lost past is mended by a new full load; a lake that stands elsewhere than thought is read
 * anew, since its own record wins; what befell the table is answered as its user chose; everything
 * else needs a person. An export that does not verify is taken anew, a few times. A table that was never seen is no deleted one, but a wrong name.
 */
export function remedyFor(
  code: string,
  { answers = {}, wasFollowed, spoilt = 0 }: FailedSync,
): FailureRemedy {
  const { onTableReplaced, onTableDeleted, onRecoveryOff } = { ...DEFAULT_ANSWERS, ...answers };
  switch (code) {
    case 'WindowOutOfReach' satisfies ErrorCode:
    case 'KeyOutgrown' satisfies ErrorCode:
      return 'resync';
    case 'TableReplaced' satisfies ErrorCode:
      return onTableReplaced;
    case 'PitrUnavailable' satisfies ErrorCode:
      return onRecoveryOff;
    case 'TableNotFound' satisfies ErrorCode:
      return wasFollowed ? onTableDeleted : 'park';
    case 'BrokenContinuity' satisfies ErrorCode:
      return 'reopen';
    case 'CorruptExport' satisfies ErrorCode:
      return spoilt + 1 < MAX_SPOILT ? 'again' : 'park';
    default:
      return 'park';
  }
}

/** Owns the decisions of a table's sync: where to begin, what to do next, what a failure leads to. */
import { nextWindow, type ExportWindow } from '../core/export-window.js';
import type { ErrorCode } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { PitrState, TableIdentity } from '../export/table-exports.js';
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
export type FailureRemedy = 'resync' | 'reopen' | 'park';

/**
 * A lost past is mended by a new full load; a lake that stands elsewhere than thought is read
 * anew, since its own record wins; everything else needs a person.
 */
export function remedyFor(code: string): FailureRemedy {
  const lostPast: readonly string[] = [
    'WindowOutOfReach',
    'PitrUnavailable',
    'TableReplaced',
    'KeyOutgrown',
  ] satisfies readonly ErrorCode[];
  if (lostPast.includes(code)) return 'resync';
  return code === ('BrokenContinuity' satisfies ErrorCode) ? 'reopen' : 'park';
}

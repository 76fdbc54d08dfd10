/** Owns which exports of a sync are to be deleted, and when: none before the lake has what it holds. */
import { addSeconds, type Instant } from '../core/instant.js';
import { exportIdOf, exportLeaf } from '../export/window-prefix.js';
import type { ExportScope } from '../export/table-exports.js';
import { watermarkOf } from '../lake/load.js';
import type { Leaving } from './leaving.js';
import type { TableSyncState } from './table-sync-state.js';

/** How many exports a sync remembers at once: what its state may grow by is about 150 kB. */
export const MAX_LEAVINGS = 1000;

/** An export was asked for; also one that FAILS, or is given up, may leave objects. */
export function exportAsked(
  state: TableSyncState,
  scope: ExportScope,
  exportArn: string,
): TableSyncState {
  const { leavings = [] } = state;
  const id = exportIdOf(exportArn);
  if (leavings.some((known) => known.id === id)) return state;
  const leaving = { id, leaf: exportLeaf(scope), until: watermarkOf(scope) };
  return { ...state, leavings: [...leavings, leaving].slice(-MAX_LEAVINGS) };
}

/** A load was committed: what the lake has up to its watermark is due `keepSeconds` from then. */
export function outlived(
  state: TableSyncState,
  committedAt: Instant,
  keepSeconds: number,
): TableSyncState {
  const { leavings, watermark } = state;
  if (leavings === undefined || watermark === undefined) return state;
  const dueAt = addSeconds(committedAt, keepSeconds);
  return {
    ...state,
    leavings: leavings.map((each) =>
      each.dueAt === undefined && each.until <= watermark ? { ...each, dueAt } : each,
    ),
  };
}

/** Those to be deleted at `now`. */
export function leavingsDue({ leavings = [] }: TableSyncState, now: Instant): readonly Leaving[] {
  return leavings.filter(({ dueAt }) => dueAt !== undefined && dueAt <= now);
}

/** Those of `ids` are no longer to be deleted. */
export function settledLeavings(state: TableSyncState, ids: readonly string[]): TableSyncState {
  const { leavings = [], ...rest } = state;
  const settled = new Set(ids);
  const left = leavings.filter(({ id }) => !settled.has(id));
  return left.length === 0 ? rest : { ...rest, leavings: left };
}

/** Nothing stands in the way of deleting. */
export function deletable(state: TableSyncState): TableSyncState {
  const { undeleted: _mended, ...rest } = state;
  return rest;
}

/** Exports that are due could not be deleted; `since` stays that of the first time in a row. */
export function undeletable(state: TableSyncState, message: string, now: Instant): TableSyncState {
  return { ...state, undeleted: { message, since: state.undeleted?.since ?? now } };
}

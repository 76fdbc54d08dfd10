/** Owns where in a table's history a load belongs. */
import type { Instant } from '../core/instant.js';
import type { LakePosition } from './commit-rules.js';
import { watermarkOf, type Load } from './load.js';

/** A state that the history was in, and may be put back to. */
export interface HistoryState {
  readonly snapshotId: bigint;
  readonly position: LakePosition;
}

/** What is to be done for a load to be in the history once, after all that the table has. */
export type HistoryStep =
  /** It belongs after the current state. */
  | { readonly kind: 'append' }
  /** It is in the current state already, as its last load. */
  | { readonly kind: 'there' }
  /** The current state has what the table never took: first back to where both agree. */
  | { readonly kind: 'go-back'; readonly snapshotId: bigint }
  /** It is behind the table, or has forgotten where both agreed. */
  | { readonly kind: 'lost' };

/**
 * The history takes a load before its table does, and is then ahead by it until the table has it, too.
 * What the table took instead, or goes back to, decides: the history follows.
 *
 * `base` is of the table with this load. `current` is undefined for a history of nothing; `past` gives
 * all states that can be gone back to, the newest first.
 */
export function historyStep(
  load: Load,
  base: Instant,
  current: HistoryState | undefined,
  past: () => readonly HistoryState[],
): HistoryStep {
  const { scope, tableId } = load;
  const isAt = (watermark: Instant) => {
    return ({ position }: HistoryState): boolean =>
      position.tableId === tableId &&
      position.baseExportTime === base &&
      position.watermark === watermark;
  };
  const isAfter = isAt(watermarkOf(scope));
  const isBefore =
    scope.kind === 'full'
      ? ({ position }: HistoryState): boolean => position.watermark <= scope.exportTime
      : isAt(scope.window.from);
  if (current === undefined) return { kind: scope.kind === 'full' ? 'append' : 'lost' };
  if (isAfter(current)) return { kind: 'there' };
  // Most often.
  if (isBefore(current) && scope.kind === 'incremental') return { kind: 'append' };
  const states = past();
  const after = states.find(isAfter);
  if (after !== undefined) return { kind: 'go-back', snapshotId: after.snapshotId };
  if (isBefore(current)) return { kind: 'append' };
  const before = states.find(isBefore);
  if (before !== undefined) return { kind: 'go-back', snapshotId: before.snapshotId };
  return { kind: 'lost' };
}

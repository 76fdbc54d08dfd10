/** Owns the width of a table's next window: as configured, or by its changes and its budget. */
import { secondsBetween, secondsOf, type Instant } from '../core/instant.js';
import type { ServiceLimits } from '../core/service-limits.js';
import { adaptWindow, type BudgetLeft, type PastWindow } from '../cost/adapt-window.js';
import { monthAt } from '../cost/ledger.js';
import { paidMicros } from '../cost/load-cost.js';
import { windowPrice, type MeasuredWindow } from '../cost/window-price.js';
import type { CommittedLoad, TableSyncState } from './table-sync-state.js';

/** What the user asked of a table's windows. */
export interface WidthSettings {
  /** Wanted length of a window, and where it adapts the shortest. */
  readonly windowSeconds: number;
  /** How old the lake may become, by a window and its export; no window is wider than that allows. */
  readonly freshnessSeconds?: number;
  readonly limits: ServiceLimits;
  readonly pollSeconds: number;
  /** Whether windows widen while the table is quiet. */
  readonly adaptive?: boolean;
  /** What a calendar month of windows may cost, in micro-dollars. */
  readonly budgetMicros?: number;
  /** Whether Temporal's Actions are paid for, as on Temporal Cloud. */
  readonly actionsAreBilled?: boolean;
}

/** Whether windows may be of other widths than the one that is configured. */
export function adapts({ adaptive = false, budgetMicros }: WidthSettings): boolean {
  return adaptive || budgetMicros !== undefined;
}

/**
 * Seconds that the window after the watermark is to be wide, of those from the configured width to
 * `widestSeconds`; by the state alone, so that it stays what it is until the next commit.
 */
export function windowWidth(
  state: TableSyncState,
  settings: WidthSettings,
  widestSeconds = settings.limits.maxWindowSeconds,
): number {
  const { windowSeconds, adaptive = false, budgetMicros } = settings;
  const { watermark } = state;
  if (!adapts(settings) || watermark === undefined) return windowSeconds;
  const past = windowsSinceBase(state.recentLoads);
  return adaptWindow({
    narrowestSeconds: windowSeconds,
    widestSeconds,
    ...(adaptive ? { past } : {}),
    ...(budgetMicros === undefined
      ? {}
      : { budget: budgetLeft(state, settings, budgetMicros, watermark) }),
  });
}

/** What a window is told by: newest first, back to the last full load. */
export function windowsSinceBase(
  loads: readonly CommittedLoad[],
): readonly (PastWindow & MeasuredWindow)[] {
  const base = loads.findIndex(({ kind }) => kind === 'full');
  const windows = base === -1 ? loads : loads.slice(0, base);
  return windows.flatMap(({ from, to, rows, billedSizeBytes, usage }) =>
    from === undefined
      ? []
      : [
          {
            widthSeconds: secondsBetween(from, to),
            changes: rows,
            billedSizeBytes,
            ...(usage === undefined ? {} : { usage }),
          },
        ],
  );
}

function budgetLeft(
  state: TableSyncState,
  settings: WidthSettings,
  budgetMicros: number,
  watermark: Instant,
): BudgetLeft {
  const { actionsAreBilled = false } = settings;
  const spent = paidMicros(monthAt(state.ledger, watermark).windows, actionsAreBilled);
  return {
    leftMicros: budgetMicros - spent,
    leftSeconds: secondsToMonthEnd(watermark),
    price: windowPrice(windowsSinceBase(state.recentLoads), settings),
  };
}

/** Seconds of the calendar month (UTC) of `instant` that are left, itself the first of them. */
export function secondsToMonthEnd(instant: Instant): number {
  const [year = 0, month = 0] = instant.split('-').map(Number);
  return Date.UTC(year, month) / 1000 - secondsOf(instant);
}

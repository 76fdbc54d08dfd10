/** Owns the exports of a table that are under way ahead of their loads. */
import type { Instant } from '../core/instant.js';
import { nextExport, type NextExport } from '../core/next-export.js';
import type { ServiceLimits } from '../core/service-limits.js';
import type { ExportScope } from '../export/table-exports.js';
import { exportPlanOf, exportsEvery, exportSecondsOf, type ExportPlan } from './export-plan.js';
import type { Flight } from './flight.js';
import type { TableSyncState } from './table-sync-state.js';
import { adapts, windowWidth, type WidthSettings } from './window-width.js';

/**
 * How the exports of the table follow one another, by what they took so far; undefined where no
 * freshness is asked for. Where windows adapt, they are no wider than the freshness allows.
 */
export function currentPlan(
  state: TableSyncState,
  settings: WidthSettings,
): ExportPlan | undefined {
  const { freshnessSeconds, windowSeconds, limits } = settings;
  if (freshnessSeconds === undefined) return undefined;
  const exportSeconds = exportSecondsOf(state.exportTimes ?? [], limits);
  const plan = exportPlanOf({ freshnessSeconds, exportSeconds, limits });
  if (!adapts(settings) || plan.stepSeconds <= windowSeconds) return plan;
  const width = windowWidth(state, settings, plan.stepSeconds);
  return exportsEvery(width, exportSeconds, limits);
}

/** Seconds that the next window is to be wide, whether freshness is asked for or not. */
export function widthInHand(state: TableSyncState, settings: WidthSettings): number {
  return currentPlan(state, settings)?.stepSeconds ?? windowWidth(state, settings);
}

/** The export to ask for next, after all that are under way; undefined while so many are that it has to wait. */
export function planFlight(
  state: TableSyncState & { readonly watermark: Instant },
  now: Instant,
  { stepSeconds, inFlight }: ExportPlan,
  limits: ServiceLimits,
): NextExport | undefined {
  const { watermark, baseExportTime = watermark, flights = [] } = state;
  if (flights.length >= inFlight) return undefined;
  const after = flights.at(-1)?.scope.window.to ?? watermark;
  return nextExport({ after, floor: baseExportTime, now, stepSeconds, limits });
}

/** An export was asked for: it is the last to be loaded. */
export function departed(state: TableSyncState, flight: Flight): TableSyncState {
  return { ...state, flights: [...(state.flights ?? []), flight] };
}

/** The export of `scope` that is under way, if one is. */
export function flightOf({ flights = [] }: TableSyncState, scope: ExportScope): Flight | undefined {
  const text = JSON.stringify(scope);
  return flights.find((flight) => JSON.stringify(flight.scope) === text);
}

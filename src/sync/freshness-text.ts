/** Owns how a table's freshness is told: what it was of late, and what was asked for. */
import { quantile } from './export-plan.js';
import { currentPlan } from './flights.js';
import type { TableSyncState } from './table-sync-state.js';
import type { WidthSettings } from './window-width.js';

/** `p50 9m 40s, p95 10m 31s over 288 commits`; undefined while nothing was measured. */
export function agesText({ ages = [] }: Pick<TableSyncState, 'ages'>): string | undefined {
  if (ages.length === 0) return undefined;
  const [p50, p95] = [0.5, 0.95].map((share) => spanText(quantile(ages, share)));
  return `p50 ${p50}, p95 ${p95} over ${ages.length} commit${ages.length === 1 ? '' : 's'}`;
}

/**
 * `10m by an export every 5m, 2 under way`, with what it comes to where that is more than was asked
 * for; undefined where nothing was.
 */
export function askedText(state: TableSyncState, settings: WidthSettings): string | undefined {
  const { freshnessSeconds } = settings;
  const plan = currentPlan(state, settings);
  if (plan === undefined || freshnessSeconds === undefined) return undefined;
  const { stepSeconds, reachableSeconds } = plan;
  const under = `${state.flights?.length ?? 0} under way`;
  const asked = `${spanText(freshnessSeconds)} by an export every ${spanText(stepSeconds)}, ${under}`;
  // A plan follows no exports that take a moment longer than a whole number of minutes.
  if (reachableSeconds <= freshnessSeconds + stepSeconds / 2) return asked;
  return `${asked}; ${spanText(reachableSeconds)} is the nearest, as long as exports take`;
}

/** `45s`, `9m 40s`, `5m`, `1h 5m`. */
function spanText(seconds: number): string {
  const whole = Math.round(seconds);
  const parts: readonly (readonly [number, string])[] = [
    [Math.floor(whole / 3600), 'h'],
    [Math.floor(whole / 60) % 60, 'm'],
    [whole % 60, 's'],
  ];
  const text = parts.filter(([count]) => count > 0).map(([count, unit]) => `${count}${unit}`);
  return text.length === 0 ? '0s' : text.join(' ');
}

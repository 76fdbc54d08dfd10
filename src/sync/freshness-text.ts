/** Owns how a table's freshness is told: what it was of late, and what was asked for. */
import { quantile, type ExportPlan } from './export-plan.js';

/** `p50 9 min 40 s, p95 10 min 31 s over 288 commits`; undefined while nothing was measured. */
export function agesText(
  ages: readonly number[],
  timeText: (lengthMs: number) => string,
): string | undefined {
  if (ages.length === 0) return undefined;
  const [p50, p95] = [0.5, 0.95].map((share) => timeText(quantile(ages, share) * 1000));
  return `p50 ${p50}, p95 ${p95} over ${ages.length} commit${ages.length === 1 ? '' : 's'}`;
}

/** `10 min, by an export every 5 min`, with what it comes to where that is more than was asked for. */
export function planText(
  freshnessSeconds: number,
  plan: ExportPlan,
  timeText: (lengthMs: number) => string,
): string {
  const every = `by an export every ${timeText(plan.stepSeconds * 1000)}`;
  const reached =
    plan.reachableSeconds > freshnessSeconds + plan.stepSeconds / 2
      ? `; ${timeText(plan.reachableSeconds * 1000)} is what can be had, as exports take`
      : '';
  return `${timeText(freshnessSeconds * 1000)}, ${every}${reached}`;
}

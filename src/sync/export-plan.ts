/** Owns how often a table's exports are taken for a wanted freshness, and what freshness can be had. */
import { assert } from '../core/assert.js';
import type { ServiceLimits } from '../core/service-limits.js';

/** What {@link exportPlanOf} plans by. */
export interface ExportPlanOrder {
  /** How old the newest state in the lake may become, in seconds. */
  readonly freshnessSeconds: number;
  /** How long an export of the table takes, in seconds: see {@link exportSecondsOf}. */
  readonly exportSeconds: number;
  readonly limits: ServiceLimits;
}

/** How exports follow one another. */
export interface ExportPlan {
  /** From one export to the next: the length of a window. */
  readonly stepSeconds: number;
  /** How long before its window each export begins, since it may not be shorter: 0 for none. */
  readonly overlapSeconds: number;
  readonly exportsPerDay: number;
  /**
   * How old the newest state becomes by this plan, before a window's commit renews it: a step and an
   * export; finding the export ended and loading it come on top.
   */
  readonly reachableSeconds: number;
  /** Exports of the table that may be under way at once. */
  readonly inFlight: number;
}

/** Above all steps that somebody waits for, and few beside the 300 exports that a Region allows. */
const MOST_IN_FLIGHT = 16;
const DAY_SECONDS = 24 * 60 * 60;
/** What a measured export may take longer than a whole number of ticks and still count as that. */
const TOLERANCE_TICKS = 0.25;

/** The plan that comes nearest to the wanted freshness; see {@link leastFreshness} for what is too little. */
export function exportPlanOf({
  freshnessSeconds,
  exportSeconds,
  limits,
}: ExportPlanOrder): ExportPlan {
  assert(exportSeconds > 0, `an export takes ${exportSeconds} s, which is some time`);
  const tick = tickOf(limits);
  const ticks = Math.floor((freshnessSeconds - exportSeconds) / tick + TOLERANCE_TICKS);
  const stepSeconds = Math.min(Math.max(ticks, 1) * tick, limits.maxWindowSeconds);
  return exportsEvery(stepSeconds, exportSeconds, limits);
}

/** The plan of an export at every `stepSeconds`, where one takes `exportSeconds`. */
export function exportsEvery(
  stepSeconds: number,
  exportSeconds: number,
  limits: ServiceLimits,
): ExportPlan {
  return {
    stepSeconds,
    overlapSeconds: Math.max(0, limits.minWindowSeconds - stepSeconds),
    exportsPerDay: DAY_SECONDS / stepSeconds,
    reachableSeconds: stepSeconds + exportSeconds,
    inFlight: Math.min(Math.ceil(exportSeconds / stepSeconds) + 1, MOST_IN_FLIGHT),
  };
}

/** The least freshness that can be had where an export takes so long, in seconds. */
export function leastFreshness(exportSeconds: number, limits: ServiceLimits): number {
  return Math.ceil(exportSeconds) + tickOf(limits);
}

/** Steps are whole numbers of it: a minute on AWS, a fifteenth of the shortest export. */
function tickOf({ minWindowSeconds }: ServiceLimits): number {
  return Math.max(1, Math.round(minWindowSeconds / 15));
}

/** A share of exports may be slower, as outliers, without the plan being made anew. */
const QUANTILE = 0.9;

/**
 * How long an export of the table takes, by those measured: nine in ten took no longer. Where none
 * was, five minutes on AWS, which exports of small tables take.
 */
export function exportSecondsOf(measured: readonly number[], limits: ServiceLimits): number {
  if (measured.length === 0) return Math.max(1, Math.round(limits.minWindowSeconds / 3));
  return Math.max(1, quantile(measured, QUANTILE));
}

/** The least of `values` that a share of them does not exceed; `values` are not empty. */
export function quantile(values: readonly number[], share: number): number {
  assert(values.length > 0, 'a quantile is of some values');
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] as number;
}

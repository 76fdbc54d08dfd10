/** Owns what a table's windows would cost by their width, and how fresh the lake would be. */
import { costOfLoad, paidMicros, type CostParts } from './load-cost.js';
import type { LoadUsage } from './load-usage.js';
import { PRICES, priceOfBytes } from './prices.js';
import { windowSteps, type WidthBounds } from './window-steps.js';
import { EXPORT_SECONDS, LOAD_SECONDS, lookInterval, usualUse } from './window-use.js';

/** A month as costs are told by: 30 days. */
export const MONTH_SECONDS = 30 * 24 * 60 * 60;

/** What a plan is made of. */
export interface TablePlanQuestion extends WidthBounds {
  readonly tableBytes: number;
  /** Bytes that change, as an export bills them. */
  readonly changeBytesPerSecond: number;
  readonly pollSeconds: number;
  /** What an export takes; by default what is usual on AWS. */
  readonly exportSeconds?: number;
  /** From an export's end to its commit; by default what is usual. */
  readonly loadSeconds?: number;
  /** From a window's end to its commit, where that was measured. */
  readonly lagSeconds?: number;
  /** The shortest export that the service takes; windows below it are exported with what precedes them. */
  readonly minExportSeconds?: number;
  /** How often the lake is audited, if it is. */
  readonly auditEverySeconds?: number;
  /** Widths to tell of besides the usual. */
  readonly also?: readonly number[];
}

/** A month of windows of one width. */
export interface WidthPlan extends CostParts, LoadUsage {
  readonly windowSeconds: number;
  /** How old the lake is just before a commit: the oldest that a reader can meet. */
  readonly freshnessSeconds: number;
  readonly windows: number;
  readonly billedSizeBytes: number;
}

/** What following a table costs. */
export interface TablePlan {
  /** Micro-dollars of the first full load. */
  readonly onceMicros: number;
  /** Micro-dollars a month of point-in-time recovery, whatever the windows. */
  readonly recoveryMicros: number;
  /** Micro-dollars a month of audits, each a full export; absent where there are none. */
  readonly auditMicros?: number;
  /** By width, the narrowest first. */
  readonly widths: readonly WidthPlan[];
}

/** The plan for every width worth a line. */
export function planTableCost(question: TablePlanQuestion): TablePlan {
  const { tableBytes, pollSeconds, exportSeconds = EXPORT_SECONDS, also = [] } = question;
  const { auditEverySeconds } = question;
  const steps = windowSteps(question);
  // The doubled ones, and the widest: each step on the way would be a line for little.
  const told = steps.filter(
    (step, index) => index % 2 === 1 || index === 0 || step === steps.at(-1),
  );
  const widths = [...new Set([...told, ...also])].sort((a, b) => a - b);
  const usage = usualUse(pollSeconds, exportSeconds);
  const full = { ...usage, kind: 'full', billedSizeBytes: tableBytes } as const;
  const onceMicros = paidMicros(costOfLoad(full), true);
  return {
    onceMicros,
    recoveryMicros: priceOfBytes(tableBytes, PRICES.pitrPerGbMonth),
    ...(auditEverySeconds === undefined
      ? {}
      : { auditMicros: Math.round((MONTH_SECONDS / auditEverySeconds) * onceMicros) }),
    widths: widths.map((width) => planWidth(width, question)),
  };
}

/** A month of windows of `windowSeconds`. */
export function planWidth(windowSeconds: number, question: TablePlanQuestion): WidthPlan {
  const { changeBytesPerSecond, pollSeconds, exportSeconds = EXPORT_SECONDS } = question;
  const { minExportSeconds = 0 } = question;
  const { loadSeconds = LOAD_SECONDS, lagSeconds = exportSeconds + loadSeconds } = question;
  const windows = MONTH_SECONDS / windowSeconds;
  const billedSizeBytes = Math.max(
    PRICES.incrementalMinBytes,
    Math.round(changeBytesPerSecond * Math.max(windowSeconds, minExportSeconds)),
  );
  const looks = lookInterval(windowSeconds, pollSeconds);
  const usage = usualUse(looks, exportSeconds);
  const each = costOfLoad({ ...usage, kind: 'incremental', billedSizeBytes });
  const month = (one: number): number => Math.round(one * windows);
  return {
    windowSeconds,
    freshnessSeconds: windowSeconds + lagSeconds,
    windows: month(1),
    billedSizeBytes: month(billedSizeBytes),
    writes: month(usage.writes),
    reads: month(usage.reads),
    actions: month(usage.actions),
    exportMicros: month(each.exportMicros),
    s3Micros: month(each.s3Micros),
    actionMicros: month(each.actionMicros),
  };
}

/** Owns which intervals a backfill runs, and in which order. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { DataInterval } from '../dag/run-context.js';
import type { Schedule } from '../dag/schedule.js';
import { nextInterval } from '../dag/timetable/timetable.js';
import { spansOf, type IntervalSpan } from './backfill-spans.js';
import { intervalRunId } from './dag-names.js';
import type { BackfillPlan, BackfillScope } from './dag-scheduler-input.js';

/** The most intervals that one backfill may run over, inclusive. */
export const MAX_BACKFILL_INTERVALS = 10_000;
/** How many intervals a plan lists. */
export const MAX_LISTED_INTERVALS = 1000;

/** Where an interval's run stands; `none` when it has none. */
export type IntervalRun = 'none' | 'active' | 'success' | 'failed';

/** What a backfill's plan is made of. */
export interface BackfillRange {
  readonly schedule: Schedule;
  readonly from: Instant;
  readonly to: Instant;
  readonly scope: BackfillScope;
  readonly backwards: boolean;
}

/** A plan, and all its intervals in short form. */
export interface PlannedBackfill {
  readonly plan: BackfillPlan;
  readonly spans: readonly IntervalSpan[];
}

/**
 * Every interval with `from` ≤ start and end ≤ `to`, in order.
 *
 * @throws TidemarkError when there are more than {@link MAX_BACKFILL_INTERVALS}.
 */
export function backfillIntervals(range: BackfillRange): readonly DataInterval[] {
  const { schedule, from, to } = range;
  const limits = { catchup: true, startDate: from };
  const intervals: DataInterval[] = [];
  let last: DataInterval | undefined;
  for (;;) {
    const next = nextInterval(schedule, limits, last, to);
    if (next === undefined || next.end > to) return intervals;
    if (intervals.length === MAX_BACKFILL_INTERVALS) {
      throw new TidemarkError(
        `From ${from} to ${to} there are more than ${MAX_BACKFILL_INTERVALS} intervals, the most a backfill may have.`,
        {
          code: ErrorCode.InvalidUsage,
          subject: `${from} to ${to}`,
          hint: `Ask for less at a time: these end at ${intervals.at(-1)?.end ?? to}.`,
        },
      );
    }
    intervals.push(next);
    last = next;
  }
}

/** The plan over `intervals`; `runOf` says what run each has. */
export function planBackfill(
  range: BackfillRange,
  intervals: readonly DataInterval[],
  runOf: (runId: string) => IntervalRun,
  now: Instant,
): PlannedBackfill {
  const chosen: DataInterval[] = [];
  const leftOut: { interval: DataInterval; why: string }[] = [];
  for (const interval of intervals) {
    const why = whyLeftOut(range.scope, interval, runOf(intervalRunId(interval.start)), now);
    if (why === undefined) chosen.push(interval);
    else leftOut.push({ interval, why });
  }
  const ordered = range.backwards ? chosen.toReversed() : chosen;
  return {
    plan: {
      intervals: ordered.slice(0, MAX_LISTED_INTERVALS),
      total: chosen.length,
      leftOut: leftOut.slice(0, MAX_LISTED_INTERVALS),
      leftOutTotal: leftOut.length,
    },
    spans: spansOf(chosen),
  };
}

function whyLeftOut(
  scope: BackfillScope,
  interval: DataInterval,
  run: IntervalRun,
  now: Instant,
): string | undefined {
  if (interval.end > now) return 'it has not ended';
  if (run === 'active') return 'its run is under way';
  if (run === 'none' || scope === 'all') return undefined;
  if (run === 'failed') return scope === 'failed' ? undefined : 'it has a run, which failed';
  return 'it has a run, which succeeded';
}

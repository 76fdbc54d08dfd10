/** Owns which data intervals a schedule makes, and when the next run is due. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { instantOfMillis, millisOf, parseInstant, type Instant } from '../../core/instant.js';
import { parseDuration } from '../duration.js';
import type { DataInterval } from '../run-context.js';
import type { Schedule } from '../schedule.js';
import { cronTimes, type CronTimes } from './cron-times.js';
import { checkZone } from './zoned-time.js';

/** What bounds the scheduled runs of a DAG. */
export interface TimetableLimits {
  /** No interval starts before this. */
  readonly startDate?: string;
  /** No interval starts after this. */
  readonly endDate?: string;
  /** Every interval since `startDate`; else only the latest that has ended, and those to come. */
  readonly catchup: boolean;
}

/** @throws TidemarkError when `schedule` cannot be read or never fires. */
export function checkSchedule(schedule: Schedule): void {
  if (schedule.kind === 'cron') {
    checkZone(schedule.timezone);
    if (cronTimes(schedule.expression, schedule.timezone).next(0) === undefined) {
      throw badSchedule(schedule.expression, 'no day ever matches');
    }
  }
  if (schedule.kind === 'every') {
    const lengthMs = parseDuration(schedule.every);
    if (lengthMs === undefined || lengthMs < 1_000 || lengthMs % 1_000 !== 0) {
      throw badSchedule(schedule.every, 'an interval is whole seconds, at least one');
    }
    if (parseInstant(schedule.anchor) === undefined) {
      throw badSchedule(schedule.anchor, 'the anchor is no time with a zone');
    }
  }
}

/**
 * The interval to run next, due at its end; undefined when the schedule knows no time, or is over.
 *
 * @param last - the interval of the latest scheduled run, if there was one
 * @param now - the present
 */
export function nextInterval(
  schedule: Schedule,
  limits: TimetableLimits,
  last: DataInterval | undefined,
  now: Instant,
): DataInterval | undefined {
  const ticks = ticksOf(schedule);
  if (ticks === undefined) return undefined;
  const earliest = earliestStart(ticks, limits, millisOf(now));
  const following = last === undefined ? undefined : atOrBefore(ticks, millisOf(last.end));
  const start = Math.max(earliest ?? -Infinity, following ?? -Infinity);
  if (
    !Number.isFinite(start) ||
    (limits.endDate !== undefined && start > Date.parse(limits.endDate))
  ) {
    return undefined;
  }
  return intervalFrom(ticks, start);
}

/** Every interval with `from` ≤ start and end ≤ `to`, in order; none for manual and asset schedules. */
export function intervalsBetween(
  schedule: Schedule,
  from: Instant,
  to: Instant,
): readonly DataInterval[] {
  const ticks = ticksOf(schedule);
  const intervals: DataInterval[] = [];
  if (ticks === undefined) return intervals;
  let start = atOrAfter(ticks, millisOf(from));
  for (;;) {
    const interval = start === undefined ? undefined : intervalFrom(ticks, start);
    if (interval === undefined || interval.end > to) return intervals;
    intervals.push(interval);
    start = millisOf(interval.end);
  }
}

/** The interval of a run asked for by hand at `at`: the last that has ended, or `at` itself. */
export function manualInterval(schedule: Schedule, at: Instant): DataInterval {
  const ticks = ticksOf(schedule);
  const end = ticks === undefined ? undefined : atOrBefore(ticks, millisOf(at));
  const start = end === undefined ? undefined : ticks?.previous(end);
  if (end === undefined || start === undefined) return { start: at, end: at };
  return { start: instantOfMillis(start), end: instantOfMillis(end) };
}

/** The boundaries a schedule cuts time at; bounds are exclusive. */
type Ticks = CronTimes;

function ticksOf(schedule: Schedule): Ticks | undefined {
  if (schedule.kind === 'cron') return cronTimes(schedule.expression, schedule.timezone);
  if (schedule.kind !== 'every') return undefined;
  const lengthMs = parseDuration(schedule.every) ?? 0;
  const anchor = Date.parse(schedule.anchor);
  return {
    next: (epochMs) => anchor + (Math.floor((epochMs - anchor) / lengthMs) + 1) * lengthMs,
    previous: (epochMs) => anchor + (Math.ceil((epochMs - anchor) / lengthMs) - 1) * lengthMs,
  };
}

/**
 * Where the first interval may start. Without catchup that is one interval before the present, so
 * that the latest one that has ended still runs.
 */
function earliestStart(ticks: Ticks, limits: TimetableLimits, nowMs: number): number | undefined {
  const from =
    limits.startDate === undefined ? undefined : atOrAfter(ticks, Date.parse(limits.startDate));
  if (limits.catchup) return from;
  const lastEnd = atOrBefore(ticks, nowMs);
  const latest = lastEnd === undefined ? undefined : ticks.previous(lastEnd);
  if (latest === undefined) return from;
  return from === undefined ? latest : Math.max(latest, from);
}

function intervalFrom(ticks: Ticks, start: number): DataInterval | undefined {
  const end = ticks.next(start);
  if (end === undefined) return undefined;
  return { start: instantOfMillis(start), end: instantOfMillis(end) };
}

function atOrAfter(ticks: Ticks, epochMs: number): number | undefined {
  return ticks.next(epochMs - 1);
}

function atOrBefore(ticks: Ticks, epochMs: number): number | undefined {
  return ticks.previous(epochMs + 1);
}

function badSchedule(what: string, why: string): TidemarkError {
  return new TidemarkError(`Schedule '${what}' cannot be used: ${why}.`, {
    code: ErrorCode.InvalidConfig,
    subject: what,
    hint: "Use cron('0 6 * * *', { timezone }), every('1h'), assets(…) or manual().",
  });
}

/** Owns what a scheduler asks of the clock: the time, and the intervals that are to be run by it. */
import type { Instant } from '../core/instant.js';
import type { DataInterval } from '../dag/run-context.js';
import type { Schedule } from '../dag/schedule.js';
import { nextInterval, type TimetableLimits } from '../dag/timetable/timetable.js';
import { freeRuns, isTimed, type SchedulerState } from './scheduler-state.js';

/**
 * What the clock is asked. The timetable is read where the clock is, outside the workflow: what a
 * time zone's name means comes with the machine and changes over the years, and a workflow must
 * read the same when it is replayed on another one.
 */
export interface ClockQuestion extends TimetableLimits {
  readonly schedule: Schedule;
  readonly last?: DataInterval;
  /** How many intervals that have ended are of use at most. */
  readonly atMost: number;
}

/** What the clock says. */
export interface ClockReading {
  readonly now: Instant;
  /** The intervals that follow, in order: those that have ended, and the first that has not. */
  readonly upcoming: readonly DataInterval[];
  /** Whether more than these have ended. */
  readonly more: boolean;
}

/** The question that `state` has for the clock; undefined while no schedule of times is deployed. */
export function clockQuestion(state: SchedulerState): ClockQuestion | undefined {
  if (state.deployed === undefined) return undefined;
  const { graph } = state.deployed;
  if (!isTimed(graph)) return undefined;
  const { schedule, startDate, endDate, catchup } = graph;
  return {
    schedule,
    catchup,
    ...(startDate === undefined ? {} : { startDate }),
    ...(endDate === undefined ? {} : { endDate }),
    ...(state.last === undefined ? {} : { last: state.last }),
    atMost: Math.max(1, freeRuns(state)),
  };
}

/** Reads the timetable at `now`. */
export function readTimetable(question: ClockQuestion, now: Instant): ClockReading {
  const upcoming: DataInterval[] = [];
  let { last } = question;
  for (;;) {
    const next = nextInterval(question.schedule, question, last, now);
    if (next === undefined) return { now, upcoming, more: false };
    if (next.end <= now && upcoming.length === question.atMost) {
      return { now, upcoming, more: true };
    }
    upcoming.push(next);
    if (next.end > now) return { now, upcoming, more: false };
    last = next;
  }
}

/** Owns telling a scheduler the time, and the timetable at it. */
import type { Instant } from '../../src/core/instant.js';
import { readTimetable } from '../../src/scheduling/scheduler-timetable.js';
import type { SchedulerActivities } from './scheduler-activities.js';

/** The present, as the worker knows it. */
export type Now = () => Instant | Promise<Instant>;

/** Time zones are read here, on the worker, and not in replayed code. */
export function clock(now: Now): SchedulerActivities['clock'] {
  return async (question) => readTimetable(question, await now());
}

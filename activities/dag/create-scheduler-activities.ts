/** Owns putting a scheduler's activities together for a worker. */
import { checkRuns } from './check-runs.js';
import { clock, type Now } from './clock.js';
import { layOutBackfill } from './lay-out-backfill.js';
import type { SchedulerActivities } from './scheduler-activities.js';

/** The activities, by their permanent names; `now` is the worker's clock. */
export function createSchedulerActivities(now: Now): SchedulerActivities {
  return { clock: clock(now), checkRuns, layOutBackfill: layOutBackfill(now) };
}

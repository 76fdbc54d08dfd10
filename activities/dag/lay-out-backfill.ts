/** Owns laying out a backfill: the intervals of a range, and the runs that are there already. */
import { intervalRunId } from '../../src/scheduling/dag-names.js';
import {
  backfillIntervals,
  planBackfill,
  type IntervalRun,
} from '../../src/scheduling/plan-backfill.js';
import { describeRuns } from './check-runs.js';
import type { Now } from './clock.js';
import type { CheckedRun, SchedulerActivities } from './scheduler-activities.js';

const RUN_OF: Record<CheckedRun['status'], IntervalRun> = {
  running: 'active',
  success: 'success',
  failed: 'failed',
  cancelled: 'failed',
  missing: 'none',
};

/** Only the short form of the plan travels back, and the first thousand of its intervals. */
export function layOutBackfill(now: Now): SchedulerActivities['layOutBackfill'] {
  return async (order) => {
    const intervals = backfillIntervals(order);
    const known = new Map(Object.entries(order.known));
    const unknown = intervals
      .map(({ start }) => intervalRunId(start))
      .filter((runId) => !known.has(runId));
    for (const { runId, status } of await describeRuns({ dagId: order.dagId, runIds: unknown })) {
      known.set(runId, RUN_OF[status]);
    }
    return planBackfill(order, intervals, (runId) => known.get(runId) ?? 'none', await now());
  };
}

/** Owns how a scheduler's state is shown to those who ask. */
import type { DataInterval } from '../dag/run-context.js';
import { countOf } from './backfill-spans.js';
import { intervalRunId } from './dag-names.js';
import type { ScheduledRun, SchedulerView } from './dag-scheduler-input.js';
import type { ActiveRun, EndedRun, SchedulerState } from './scheduler-state.js';

/** How many ended runs are shown. */
const SHOWN_RUNS = 50;

/** The view of a scheduler that knows its DAG; undefined before the first deploy. */
export function schedulerView(state: SchedulerState): SchedulerView | undefined {
  const { deployed, dagId, paused, assetEvents, next } = state;
  if (deployed === undefined) return undefined;
  const { graph, graphHash } = deployed;
  return {
    dagId,
    graph,
    graphHash,
    paused,
    ...(next === undefined || next === null ? {} : { next }),
    assetEvents,
    active: [...state.active.map(shown), ...queuedRuns(state)],
    ended: state.ended.slice(0, SHOWN_RUNS).map(shown),
    backfills: state.backfills.map((backfill) => ({
      backfillId: backfill.backfillId,
      waiting: countOf(backfill.waiting),
      active: state.active.filter((run) => run.backfillId === backfill.backfillId).length,
      done: backfill.done,
      maxActiveRuns: backfill.maxActiveRuns,
    })),
  };
}

/** Runs that wait, oldest first: those asked for by hand, and the schedule's next once it is due. */
function queuedRuns(state: SchedulerState): readonly ScheduledRun[] {
  const asked = state.queue.map((run) => ({
    since: run.since,
    run: queued(run.runId, 'manual', run.dataInterval),
  }));
  const { next, now, paused } = state;
  if (next === undefined || next === null || now === undefined || paused || next.end > now) {
    return asked.map(({ run }) => run);
  }
  const due = {
    since: next.end,
    run: queued(intervalRunId(next.start), 'scheduled', next),
  };
  const later = asked.findIndex(({ since }) => since >= due.since);
  return asked.toSpliced(later < 0 ? asked.length : later, 0, due).map(({ run }) => run);
}

function queued(
  runId: string,
  runType: ScheduledRun['runType'],
  dataInterval: DataInterval,
): ScheduledRun {
  return { runId, runType, dataInterval, status: 'queued' };
}

function shown(run: ActiveRun | EndedRun): ScheduledRun {
  const { runId, runType, dataInterval, status, startedAtMs, endedAtMs, failed } = run;
  return {
    runId,
    runType,
    dataInterval,
    status,
    ...(startedAtMs === undefined ? {} : { startedAtMs }),
    ...(endedAtMs === undefined ? {} : { endedAtMs }),
    ...(failed === undefined ? {} : { failed }),
  };
}

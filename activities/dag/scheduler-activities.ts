/** Owns the contract between a scheduler's workflow and its activities; the names are permanent. */
import type {
  BackfillRange,
  IntervalRun,
  PlannedBackfill,
} from '../../src/scheduling/plan-backfill.js';
import type { ClockQuestion, ClockReading } from '../../src/scheduling/scheduler-timetable.js';

/** A run as its workflow's server sees it. */
export interface CheckedRun {
  readonly runId: string;
  /** `missing`: the server knows no such workflow, or no longer. */
  readonly status: 'running' | 'success' | 'failed' | 'cancelled' | 'missing';
  /** How the server says it. */
  readonly word: string;
}

/** Argument of {@link SchedulerActivities.checkRuns}. */
export interface RunsToCheck {
  readonly dagId: string;
  readonly runIds: readonly string[];
}

/** Argument of {@link SchedulerActivities.layOutBackfill}. */
export interface BackfillOrder extends BackfillRange {
  readonly dagId: string;
  /** What the scheduler itself knows of runs in the range; it wins over what the server says. */
  readonly known: Readonly<Record<string, IntervalRun>>;
}

/** What a scheduler does outside the workflow. Each may run twice, with the same result. */
export interface SchedulerActivities {
  /** The worker's time, and what the timetable says at it. A local activity: one event. */
  readonly clock: (question: ClockQuestion) => Promise<ClockReading>;
  /** Asks the server how these runs' workflows stand. */
  readonly checkRuns: (runs: RunsToCheck) => Promise<readonly CheckedRun[]>;
  /** Finds the intervals of a range and which of them a backfill runs. */
  readonly layOutBackfill: (order: BackfillOrder) => Promise<PlannedBackfill>;
}

/** Owns what a DAG's scheduler is told and what it says of itself. */
import type { Instant } from '../core/instant.js';
import type { AssetEvent } from '../dag/assets.js';
import type { RunStatus } from '../dag/engine/run-state.js';
import type { DagGraph, Json } from '../dag/graph.js';
import type { DataInterval } from '../dag/run-context.js';
import type { FailedTask, RunType } from './dag-run-input.js';

/** Argument of the signal `deploy`: the DAG as a worker serves it. */
export interface DeployedDag {
  readonly graph: DagGraph;
  readonly graphHash: string;
  /** The params of a scheduled run: what the schema makes of none given; null without a schema. */
  readonly defaultParams: Json;
  readonly at: Instant;
}

/** Argument of the update `trigger`. */
export interface TriggerRequest {
  /** Checked against the DAG's schema by the one who asks; the defaults when absent. */
  readonly params?: Json;
  /** The sender's clock. */
  readonly at: Instant;
  /** Default: the last interval that has ended before `at`, else `at` itself. */
  readonly dataInterval?: DataInterval;
  /** Default: `manual-<at>`. */
  readonly runId?: string;
}

/** Answer of the update `trigger`. */
export interface Triggered {
  readonly runId: string;
  readonly workflowId: string;
  /** Whether it waits for a run to end, by maxActiveRuns. */
  readonly queued: boolean;
}

/** Which intervals a backfill runs. */
export type BackfillScope = 'missing' | 'failed' | 'all';

/** Argument of the update `backfill`. */
export interface BackfillRequest {
  /** Intervals with `from` ≤ start and end ≤ `to`. */
  readonly from: Instant;
  readonly to: Instant;
  /** `missing`: those without a run; `failed`: those and the failed ones; `all`. */
  readonly scope: BackfillScope;
  /** Runs of the backfill at once, beside those of the schedule. */
  readonly maxActiveRuns: number;
  /** The latest interval first. */
  readonly backwards: boolean;
  /** Says what it would run, and runs nothing. */
  readonly dryRun: boolean;
  readonly params?: Json;
  readonly at: Instant;
}

/** Answer of the update `backfill`. */
export interface BackfillPlan {
  /** Absent when nothing will run: a dry run, or no interval to run. */
  readonly backfillId?: string;
  /** The first thousand, in the order they will run. */
  readonly intervals: readonly DataInterval[];
  /** How many intervals will run. */
  readonly total: number;
  /** Intervals in the range that are left out, and why; the first thousand. */
  readonly leftOut: readonly { readonly interval: DataInterval; readonly why: string }[];
  readonly leftOutTotal: number;
}

/** One run as its scheduler knows it. */
export interface ScheduledRun {
  readonly runId: string;
  readonly runType: RunType;
  readonly dataInterval: DataInterval;
  readonly status: 'queued' | RunStatus;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
  readonly failed?: readonly FailedTask[];
}

/** A DAG's scheduler as a query shows it. */
export interface SchedulerView {
  readonly dagId: string;
  readonly graph: DagGraph;
  readonly graphHash: string;
  readonly paused: boolean;
  /** The interval to run next; absent when the schedule knows no time, or is over. */
  readonly next?: DataInterval;
  /** Updates of assets since the last run by them. */
  readonly assetEvents: readonly AssetEvent[];
  /** Runs that are queued or under way, oldest first. */
  readonly active: readonly ScheduledRun[];
  /** Runs that ended, the latest first; the last 50. */
  readonly ended: readonly ScheduledRun[];
  readonly backfills: readonly {
    readonly backfillId: string;
    readonly waiting: number;
    readonly active: number;
    readonly done: number;
    readonly maxActiveRuns: number;
  }[];
}

/** Owns the state of a DAG's scheduler: plain JSON, so that it can continue as new with it. */
import type { Instant } from '../core/instant.js';
import type { AssetEvent } from '../dag/assets.js';
import type { TaskState } from '../dag/engine/run-state.js';
import type { DagGraph, Json } from '../dag/graph.js';
import type { DataInterval } from '../dag/run-context.js';
import type { IntervalSpan } from './backfill-spans.js';
import type { RunType } from './dag-run-input.js';
import type { DeployedDag, ScheduledRun } from './dag-scheduler-input.js';

/** How tasks that depend on the past stand in a run, by task. */
export type Past = Readonly<Record<string, TaskState>>;

/** A run that was asked for by hand and waits for its turn. */
export interface QueuedRun {
  readonly runId: string;
  readonly dataInterval: DataInterval;
  readonly logicalDate: Instant;
  readonly params: Json;
  /** When it was asked for: the oldest goes first. */
  readonly since: Instant;
}

/** A run under way. */
export interface ActiveRun extends ScheduledRun {
  /** The number of this start or reopening: word of an earlier one is no longer about this. */
  readonly stint: number;
  /** The backfill it belongs to: it counts there and not for the DAG. */
  readonly backfillId?: string;
  /** The run before, whose end this one is told of. */
  readonly after?: string;
}

/** A run that ended. */
export interface EndedRun extends ScheduledRun {
  readonly backfillId?: string;
  /** Only of tasks that depend on the past. */
  readonly past?: Past;
}

/** A backfill, until it is forgotten. */
export interface Backfill {
  readonly backfillId: string;
  /** Intervals that have not begun, in time order. */
  readonly waiting: readonly IntervalSpan[];
  readonly done: number;
  readonly maxActiveRuns: number;
  readonly backwards: boolean;
  /** Whether an interval that had a run is run again. */
  readonly again: boolean;
  readonly params: Json;
}

/** Word for a run of how the run before stands. */
export interface Tell {
  readonly runId: string;
  readonly past: Past;
  /** Tells it from an earlier word for the same run. */
  readonly number: number;
}

/** Everything a scheduler knows. Bounded in size, whatever the DAG and its age. */
export interface SchedulerState {
  readonly dagId: string;
  /** Absent until the first deploy, which comes with the start. */
  readonly deployed?: DeployedDag;
  readonly paused: boolean;
  /** What the clock last said, or a timer's end; absent before the first. */
  readonly now?: Instant;
  /** The latest time anyone spoke of, in milliseconds since 1970: for people, not for decisions. */
  readonly heardMs: number;
  /** The latest interval that the schedule has been through. */
  readonly last?: DataInterval;
  /** The interval after it; null when there is none; absent when the timetable must be read. */
  readonly next?: DataInterval | null;
  /** Oldest first. */
  readonly queue: readonly QueuedRun[];
  /** In the order they began. */
  readonly active: readonly ActiveRun[];
  /** The latest first, at most {@link REMEMBERED_RUNS}. */
  readonly ended: readonly EndedRun[];
  readonly backfills: readonly Backfill[];
  /** Updates of assets that no run has taken, in the order they came. */
  readonly assetEvents: readonly AssetEvent[];
  /** Keys of updates that were taken in, the latest last, at most {@link REMEMBERED_KEYS}. */
  readonly assetKeys: readonly string[];
  /** Runs that are to be told how the run before stands; one word for each, the latest. */
  readonly tells: readonly Tell[];
  /** Numbers given out so far: to stints, tells, backfills and runs by assets. */
  readonly issued: number;
}

/** How many ended runs are remembered; beyond them, what the server keeps of workflows counts. */
export const REMEMBERED_RUNS = 500;
/** How many updates of assets are known again when they are told twice. */
export const REMEMBERED_KEYS = 1000;
/** How many updates of one asset wait for a run; of more, the oldest are dropped. */
export const MAX_WAITING_EVENTS = 1000;

/** A scheduler that was just started. */
export function initialScheduler(dagId: string): SchedulerState {
  return {
    dagId,
    paused: false,
    heardMs: 0,
    queue: [],
    active: [],
    ended: [],
    backfills: [],
    assetEvents: [],
    assetKeys: [],
    tells: [],
    issued: 0,
  };
}

/** Whether the DAG's schedule is one of times. */
export function isTimed(graph: DagGraph): boolean {
  return graph.schedule.kind === 'cron' || graph.schedule.kind === 'every';
}

/** How many more runs the DAG may have at once; runs of backfills do not count. */
export function freeRuns(state: SchedulerState): number {
  const limit = state.deployed?.graph.maxActiveRuns ?? 0;
  return Math.max(0, limit - state.active.filter((run) => run.backfillId === undefined).length);
}

/** Whether a run of this id is under way, or is remembered to have ended. */
export function knowsRun(state: SchedulerState, runId: string): boolean {
  return isActive(state, runId) || state.ended.some((run) => run.runId === runId);
}

/** Whether a run of this id is under way. */
export function isActive(state: SchedulerState, runId: string): boolean {
  return state.active.some((run) => run.runId === runId);
}

/** Whether runs of this kind come one after another, for tasks that depend on the past. */
export function isChained(runType: RunType): boolean {
  return runType === 'scheduled' || runType === 'backfill';
}

/** Tasks that depend on the past, all in `state`. */
export function pastOf(graph: DagGraph, state: TaskState): Past {
  const tasks = graph.tasks.filter((task) => task.dependsOnPast);
  return Object.fromEntries(tasks.map((task) => [task.id, state]));
}

/** The next number, and the state that has given it out. */
export function issue(state: SchedulerState): readonly [number, SchedulerState] {
  const number = state.issued + 1;
  return [number, { ...state, issued: number }];
}

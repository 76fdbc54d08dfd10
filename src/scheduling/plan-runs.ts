/** Owns which runs begin, and when a scheduler must look again. */
import { instantOfMillis, millisOf, parseInstant, type Instant } from '../core/instant.js';
import { assetsReady, type AssetEvent } from '../dag/assets.js';
import type { DagGraph, Json } from '../dag/graph.js';
import type { DataInterval } from '../dag/run-context.js';
import { countOf, takeInterval } from './backfill-spans.js';
import { intervalRunId } from './dag-names.js';
import type { RunFacts, RunType } from './dag-run-input.js';
import {
  freeRuns,
  isActive,
  isChained,
  issue,
  isTimed,
  knowsRun,
  pastOf,
  type ActiveRun,
  type Backfill,
  type EndedRun,
  type Past,
  type SchedulerState,
} from './scheduler-state.js';
import type { ClockReading } from './scheduler-timetable.js';

/** A run to begin. */
export interface StartRun {
  readonly graph: DagGraph;
  readonly graphHash: string;
  readonly run: RunFacts;
  readonly runType: RunType;
  readonly stint: number;
  /** Whether a run of this id that ended may be run again. */
  readonly again: boolean;
  readonly previous?: Past;
}

/** What to do, and the state in which it is done. */
export interface RunsPlan {
  readonly state: SchedulerState;
  readonly starts: readonly StartRun[];
}

/** How many updates of one asset a run takes at most, so that what its tasks are given stays small. */
export const MAX_EVENTS_OF_RUN = 100;

/** Whether the clock must be read before it is certain what begins. */
export function needsClock(state: SchedulerState): boolean {
  const { deployed, next, now } = state;
  if (deployed === undefined || !isTimed(deployed.graph)) return false;
  if (next === undefined) return true;
  if (next === null || state.paused || freeRuns(state) === 0) return false;
  return now === undefined || next.end <= now;
}

/** Whether {@link planRuns} would do something. */
export function hasWork(state: SchedulerState): boolean {
  if (needsClock(state)) return true;
  if (state.paused || state.deployed === undefined) return false;
  if (state.backfills.some((backfill) => mayBegin(state, backfill))) return true;
  return freeRuns(state) > 0 && (state.queue.length > 0 || dueAssets(state) !== undefined);
}

/** When the scheduler must look at the clock again though nobody tells it anything. */
export function wakeAt(state: SchedulerState): Instant | undefined {
  const { deployed, next, now } = state;
  if (state.paused || deployed === undefined || !isTimed(deployed.graph)) return undefined;
  if (next === undefined || next === null || now === undefined) return undefined;
  return next.end > now ? next.end : undefined;
}

/**
 * Begins what may begin: each backfill within its own limit; of the DAG's own runs the oldest first,
 * within `maxActiveRuns`. Runs of the schedule begin only by a fresh `reading`.
 */
export function planRuns(state: SchedulerState, reading?: ClockReading): RunsPlan {
  const draft = new Draft(state, reading);
  if (draft.state.deployed !== undefined && !state.paused) {
    for (const { backfillId } of state.backfills) draft.continueBackfill(backfillId);
    while (freeRuns(draft.state) > 0 && draft.startOldest());
  }
  return { state: draft.settled(), starts: draft.starts };
}

class Draft {
  state: SchedulerState;
  readonly starts: StartRun[] = [];
  readonly #reading: ClockReading | undefined;
  /** Intervals that the schedule has not been through, the first is next. */
  #upcoming: readonly DataInterval[];

  constructor(state: SchedulerState, reading: ClockReading | undefined) {
    this.#reading = reading;
    this.#upcoming = reading?.upcoming ?? [];
    this.state = reading === undefined ? state : { ...state, now: reading.now };
  }

  /** Starts the run that has waited longest; false when none waits. */
  startOldest(): boolean {
    this.#passKnownIntervals();
    const [interval] = this.#upcoming;
    const dueAt = interval !== undefined && this.#isDue(interval) ? interval.end : undefined;
    const events = dueAssets(this.state);
    const [asked] = this.state.queue;
    const otherAt = dueAt ?? events?.[0]?.at;
    if (asked !== undefined && (otherAt === undefined || asked.since < otherAt)) {
      this.state = { ...this.state, queue: this.state.queue.slice(1) };
      const { dagId } = this.state;
      const { since: _since, ...run } = asked;
      this.#start({ dagId, ...run, assetEvents: [] }, 'manual');
      return true;
    }
    if (interval !== undefined && dueAt !== undefined) {
      this.#passInterval(interval);
      this.#start(this.#intervalRun(interval, this.#defaultParams()), 'scheduled');
      return true;
    }
    if (events === undefined) return false;
    this.#startByAssets(events);
    return true;
  }

  continueBackfill(backfillId: string): void {
    for (;;) {
      const backfill = this.state.backfills.find((one) => one.backfillId === backfillId);
      if (backfill === undefined || !mayBegin(this.state, backfill)) return;
      const { interval, rest } = takeInterval(backfill.waiting, backfill.backwards);
      const runId = intervalRunId(interval.start);
      // The schedule, or another backfill, may have come first since the range was looked at.
      const isDone = backfill.again ? isActive(this.state, runId) : knowsRun(this.state, runId);
      this.#replace({ ...backfill, waiting: rest, done: backfill.done + (isDone ? 1 : 0) });
      if (isDone) continue;
      const run = this.#intervalRun(interval, backfill.params);
      this.#start(run, 'backfill', { backfillId, again: backfill.again });
    }
  }

  /** The state, with what is known of the next interval. */
  settled(): SchedulerState {
    if (this.#reading === undefined) return this.state;
    const [next] = this.#upcoming;
    if (next === undefined && this.#reading.more) {
      const { next: _read, ...unread } = this.state;
      return unread;
    }
    return { ...this.state, next: next ?? null };
  }

  #isDue(interval: DataInterval): boolean {
    return this.#reading !== undefined && interval.end <= this.#reading.now;
  }

  #passKnownIntervals(): void {
    for (;;) {
      const [interval] = this.#upcoming;
      if (interval === undefined || !this.#isDue(interval)) return;
      if (!knowsRun(this.state, intervalRunId(interval.start))) return;
      this.#passInterval(interval);
    }
  }

  #passInterval(interval: DataInterval): void {
    this.#upcoming = this.#upcoming.slice(1);
    this.state = { ...this.state, last: interval };
  }

  #startByAssets(events: readonly AssetEvent[]): void {
    const [number, numbered] = issue(this.state);
    this.state = {
      ...numbered,
      assetEvents: numbered.assetEvents.filter((event) => !events.includes(event)),
    };
    const dataInterval = intervalOf(events);
    const latest =
      events
        .map(({ at }) => at)
        .toSorted()
        .at(-1) ?? dataInterval.end;
    const run: RunFacts = {
      dagId: this.state.dagId,
      runId: `asset-${latest}-${number}`,
      dataInterval,
      logicalDate: dataInterval.start,
      params: this.#defaultParams(),
      assetEvents: events,
    };
    this.#start(run, 'asset');
  }

  #intervalRun(interval: DataInterval, params: Json): RunFacts {
    return {
      dagId: this.state.dagId,
      runId: intervalRunId(interval.start),
      dataInterval: interval,
      logicalDate: interval.start,
      params,
      assetEvents: [],
    };
  }

  #start(
    run: RunFacts,
    runType: RunType,
    of?: { readonly backfillId: string; readonly again: boolean },
  ): void {
    const { deployed } = this.state;
    if (deployed === undefined) return;
    const { graph, graphHash } = deployed;
    const [stint, numbered] = issue(this.state);
    const before = isChained(runType) ? chainedBefore(numbered, graph, run) : undefined;
    const { runId, dataInterval } = run;
    const active: ActiveRun = {
      runId,
      runType,
      dataInterval,
      status: 'running',
      startedAtMs: Math.max(
        numbered.heardMs,
        numbered.now === undefined ? 0 : millisOf(numbered.now),
      ),
      stint,
      ...(of === undefined ? {} : { backfillId: of.backfillId }),
      ...(before === undefined ? {} : { after: before.runId }),
    };
    this.state = {
      ...numbered,
      active: [...numbered.active, active],
      ended: numbered.ended.filter((ended) => ended.runId !== runId),
    };
    const previous = before === undefined ? {} : { previous: before.past };
    const again = of?.again ?? false;
    this.starts.push({ graph, graphHash, run, runType, stint, again, ...previous });
  }

  #defaultParams(): Json {
    return this.state.deployed?.defaultParams ?? null;
  }

  #replace(backfill: Backfill): void {
    const { backfills } = this.state;
    this.state = {
      ...this.state,
      backfills: backfills.map((one) => (one.backfillId === backfill.backfillId ? backfill : one)),
    };
  }
}

function mayBegin(state: SchedulerState, backfill: Backfill): boolean {
  if (state.paused || countOf(backfill.waiting) === 0) return false;
  const active = state.active.filter(({ backfillId }) => backfillId === backfill.backfillId);
  return active.length < backfill.maxActiveRuns;
}

/**
 * The updates that a run by assets takes, should one begin now: one run by assets at a time, so
 * that updates which come meanwhile collect for the next.
 */
function dueAssets(state: SchedulerState): readonly AssetEvent[] | undefined {
  const schedule = state.deployed?.graph.schedule;
  if (schedule?.kind !== 'assets') return undefined;
  if (state.active.some(({ runType }) => runType === 'asset')) return undefined;
  const { assetEvents } = state;
  const updated = new Set(assetEvents.map(({ asset }) => asset));
  if (!assetsReady(schedule.when, updated)) return undefined;
  return [...updated].flatMap((asset) =>
    assetEvents.filter((event) => event.asset === asset).slice(0, MAX_EVENTS_OF_RUN),
  );
}

/** From the earliest to the latest of the events; of a lake table's, of the windows they tell of. */
function intervalOf(events: readonly AssetEvent[]): DataInterval {
  const intervals = events.map(({ at, extra }) => windowOf(extra) ?? { start: at, end: at });
  const starts = intervals.map(({ start }) => millisOf(start));
  const ends = intervals.map(({ end }) => millisOf(end));
  return {
    start: instantOfMillis(Math.min(...starts)),
    end: instantOfMillis(Math.max(...ends)),
  };
}

function windowOf(extra: unknown): DataInterval | undefined {
  if (typeof extra !== 'object' || extra === null) return undefined;
  if (!('from' in extra) || !('to' in extra)) return undefined;
  const { from, to } = extra;
  if (typeof from !== 'string' || typeof to !== 'string') return undefined;
  const [start, end] = [parseInstant(from), parseInstant(to)];
  return start === undefined || end === undefined || start > end ? undefined : { start, end };
}

/** The run of the schedule or of a backfill before `run`, and how its tasks stand for this one. */
function chainedBefore(
  state: SchedulerState,
  graph: DagGraph,
  run: RunFacts,
): { readonly runId: string; readonly past: Past } | undefined {
  const waiting = pastOf(graph, 'waiting');
  if (Object.keys(waiting).length === 0) return undefined;
  let before: ActiveRun | EndedRun | undefined;
  for (const other of [...state.active, ...state.ended]) {
    if (!isChained(other.runType) || other.dataInterval.start >= run.dataInterval.start) continue;
    if (before === undefined || other.dataInterval.start > before.dataInterval.start) {
      before = other;
    }
  }
  if (before === undefined) return undefined;
  if (isActive(state, before.runId)) return { runId: before.runId, past: waiting };
  return { runId: before.runId, past: ('past' in before ? before.past : undefined) ?? {} };
}

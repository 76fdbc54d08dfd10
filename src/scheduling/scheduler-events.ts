/** Owns what changes a scheduler's state from outside: deploys, pauses, triggers, ends of runs, assets. */
import type { Instant } from '../core/instant.js';
import { assetsOf, type AssetEvent } from '../dag/assets.js';
import { canonicalJson, type DagGraph } from '../dag/graph.js';
import { manualInterval } from '../dag/timetable/timetable.js';
import type { AssetUpdate } from './asset-messages.js';
import { countOf, type IntervalSpan } from './backfill-spans.js';
import type { FailedTask, RunChange } from './dag-run-input.js';
import type { BackfillRequest, DeployedDag, TriggerRequest } from './dag-scheduler-input.js';
import {
  issue,
  knowsRun,
  MAX_WAITING_EVENTS,
  pastOf,
  REMEMBERED_KEYS,
  REMEMBERED_RUNS,
  type ActiveRun,
  type Backfill,
  type EndedRun,
  type QueuedRun,
  type SchedulerState,
  type Tell,
} from './scheduler-state.js';

/** How many of a run's failed tasks are remembered, and how much of what each said. */
const KEPT_FAILURES = 3;
const KEPT_MESSAGE_LENGTH = 300;
/** How many backfills that are done stay in sight. */
const KEPT_BACKFILLS = 20;

/** A worker serves `dag` now. The newest deploy wins; one of the same graph changes no plan. */
export function deployed(state: SchedulerState, dag: DeployedDag): SchedulerState {
  const before = state.deployed;
  if (before !== undefined && dag.at < before.at) return state;
  const taken = heard({ ...state, deployed: dag }, Date.parse(dag.at));
  if (before?.graphHash === dag.graphHash) return taken;
  const assetEvents = taken.assetEvents.filter(({ asset }) => follows(dag.graph, asset));
  const sameTimes = before !== undefined && timesOf(before.graph) === timesOf(dag.graph);
  return sameTimes ? { ...taken, assetEvents } : unread({ ...taken, assetEvents });
}

/** The timetable must be read afresh, since what was read of it may no longer hold. */
export function unread(state: SchedulerState): SchedulerState {
  const { next: _read, ...rest } = state;
  return rest;
}

/** No run begins, until {@link unpaused}. */
export function paused(state: SchedulerState): SchedulerState {
  return { ...state, paused: true };
}

/** Runs begin again; catchup decides which intervals of the meantime do. */
export function unpaused(state: SchedulerState): SchedulerState {
  return state.paused ? unread({ ...state, paused: false }) : state;
}

/** A timer to `instant` ended. */
export function reached(state: SchedulerState, instant: Instant): SchedulerState {
  const now = state.now === undefined || instant > state.now ? instant : state.now;
  return { ...state, now };
}

/** A run asked for by hand joins the queue. The request was found to be in order. */
export function triggered(
  state: SchedulerState,
  request: TriggerRequest,
): { readonly state: SchedulerState; readonly run: QueuedRun } {
  const { deployed: dag } = state;
  let taken = heard(state, Date.parse(request.at));
  let runId = request.runId ?? `manual-${request.at}`;
  if (isTaken(state, runId)) {
    const [number, numbered] = issue(taken);
    taken = numbered;
    runId = `${runId}-${number}`;
  }
  const run: QueuedRun = {
    runId,
    dataInterval:
      request.dataInterval ??
      (dag === undefined
        ? { start: request.at, end: request.at }
        : manualInterval(dag.graph.schedule, request.at)),
    logicalDate: request.at,
    params: request.params ?? dag?.defaultParams ?? null,
    since: request.at,
  };
  return { state: { ...taken, queue: [...taken.queue, run] }, run };
}

/** Whether a run of this id waits, runs, or is remembered. */
export function isTaken(state: SchedulerState, runId: string): boolean {
  return knowsRun(state, runId) || state.queue.some((run) => run.runId === runId);
}

/** A backfill joins those under way. The request was found to be in order, `waiting` is not empty. */
export function backfillAdded(
  state: SchedulerState,
  request: BackfillRequest,
  waiting: readonly IntervalSpan[],
): { readonly state: SchedulerState; readonly backfillId: string } {
  const [number, numbered] = issue(heard(state, Date.parse(request.at)));
  const backfill: Backfill = {
    backfillId: `backfill-${number}`,
    waiting,
    done: 0,
    maxActiveRuns: request.maxActiveRuns,
    backwards: request.backwards,
    again: request.scope !== 'missing',
    params: request.params ?? numbered.deployed?.defaultParams ?? null,
  };
  const backfills = [...numbered.backfills, backfill];
  return { state: tidied({ ...numbered, backfills }), backfillId: backfill.backfillId };
}

/** Word of a run: it ended, or was opened again. Word of a run that is not remembered is passed over. */
export function runChanged(state: SchedulerState, change: RunChange): SchedulerState {
  const { runId, status, past, atMs } = change;
  if (status === 'created') return state;
  const heardOf = tellFollowers(heard(state, atMs), runId, past);
  const active = heardOf.active.find((run) => run.runId === runId);
  const ended = heardOf.ended.find((run) => run.runId === runId);
  if (status === 'running') {
    return active === undefined && ended !== undefined ? reopened(heardOf, ended) : heardOf;
  }
  const known = active ?? ended;
  if (known === undefined) return heardOf;
  const { stint: _stint, after: _after, ...run } = { stint: 0, after: '', ...known };
  const entry: EndedRun = {
    ...run,
    status,
    endedAtMs: atMs,
    failed: change.failed.slice(0, KEPT_FAILURES).map(shortened),
    ...(Object.keys(past).length === 0 ? {} : { past }),
  };
  return tidied({
    ...heardOf,
    active: heardOf.active.filter((other) => other.runId !== runId),
    ended: [entry, ...heardOf.ended.filter((other) => other.runId !== runId)].slice(
      0,
      REMEMBERED_RUNS,
    ),
    backfills: active === undefined ? heardOf.backfills : counted(heardOf, active.backfillId, 1),
  });
}

/** A run was told, or there is no one to tell. */
export function told(state: SchedulerState, tell: Tell): SchedulerState {
  const tells = state.tells.filter(({ number }) => number !== tell.number);
  return tells.length === state.tells.length ? state : { ...state, tells };
}

/**
 * A run's workflow ended, as its server says, in the stint it had when it was looked at. Says
 * nothing of a run that has spoken for itself in the meantime.
 */
export function foundEnded(
  state: SchedulerState,
  run: Pick<ActiveRun, 'runId' | 'stint'>,
  status: 'success' | 'failed' | 'cancelled',
  why: string,
): SchedulerState {
  const active = state.active.find(({ runId }) => runId === run.runId);
  if (active?.stint !== run.stint || state.deployed === undefined) return state;
  return runChanged(state, {
    runId: run.runId,
    status,
    atMs: state.heardMs,
    past: pastOf(state.deployed.graph, status === 'success' ? 'success' : 'failed'),
    failed: status === 'success' ? [] : [{ name: 'run', attempt: 0, message: why }],
  });
}

/** An asset was updated; telling it twice is telling it once. */
export function assetUpdated(state: SchedulerState, update: AssetUpdate): SchedulerState {
  const { key, event } = update;
  if (state.assetKeys.includes(key)) return state;
  const keyed = heard(
    { ...state, assetKeys: [...state.assetKeys, key].slice(-REMEMBERED_KEYS) },
    Date.parse(event.at),
  );
  if (state.deployed !== undefined && !follows(state.deployed.graph, event.asset)) return keyed;
  const events = [...keyed.assetEvents, event];
  const excess = events.filter(({ asset }) => asset === event.asset).length - MAX_WAITING_EVENTS;
  return { ...keyed, assetEvents: excess > 0 ? withoutOldest(events, event.asset) : events };
}

/** Someone spoke of a time: it is not before that, as people see it. */
export function heard(state: SchedulerState, atMs: number): SchedulerState {
  return atMs > state.heardMs ? { ...state, heardMs: atMs } : state;
}

function withoutOldest(events: readonly AssetEvent[], asset: string): readonly AssetEvent[] {
  const oldest = events.findIndex((event) => event.asset === asset);
  return events.filter((_event, at) => at !== oldest);
}

function follows(graph: DagGraph, asset: string): boolean {
  const { schedule } = graph;
  return schedule.kind === 'assets' && assetsOf(schedule.when).includes(asset);
}

function timesOf({ schedule, startDate, endDate, catchup }: DagGraph): string {
  return canonicalJson({ schedule, startDate, endDate, catchup });
}

function reopened(state: SchedulerState, run: EndedRun): SchedulerState {
  const [stint, numbered] = issue(state);
  const { endedAtMs: _end, failed: _failed, past: _past, ...rest } = run;
  return {
    ...numbered,
    ended: numbered.ended.filter(({ runId }) => runId !== run.runId),
    active: [...numbered.active, { ...rest, status: 'running', stint }],
    backfills: counted(numbered, run.backfillId, -1),
  };
}

function tellFollowers(
  state: SchedulerState,
  runId: string,
  past: RunChange['past'],
): SchedulerState {
  if (Object.keys(past).length === 0) return state;
  const followers = state.active.filter(({ after }) => after === runId);
  return followers.reduce((told, follower) => {
    const [number, numbered] = issue(told);
    const others = numbered.tells.filter((tell) => tell.runId !== follower.runId);
    return { ...numbered, tells: [...others, { runId: follower.runId, past, number }] };
  }, state);
}

function counted(
  state: SchedulerState,
  backfillId: string | undefined,
  by: number,
): readonly Backfill[] {
  return state.backfills.map((backfill) =>
    backfill.backfillId === backfillId ? { ...backfill, done: backfill.done + by } : backfill,
  );
}

/** Forgets the oldest backfills that are done. */
function tidied(state: SchedulerState): SchedulerState {
  const isDone = ({ backfillId, waiting }: Backfill): boolean =>
    countOf(waiting) === 0 && !state.active.some((run) => run.backfillId === backfillId);
  const done = state.backfills.filter(isDone).slice(0, -KEPT_BACKFILLS);
  if (done.length === 0) return state;
  return { ...state, backfills: state.backfills.filter((backfill) => !done.includes(backfill)) };
}

function shortened(task: FailedTask): FailedTask {
  return { ...task, message: task.message.slice(0, KEPT_MESSAGE_LENGTH) };
}

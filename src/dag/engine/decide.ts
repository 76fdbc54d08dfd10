/** Owns the engine's one function: what a run does next, given what happened. Pure and clockless. */
import { unreachable } from '../../core/assert.js';
import type { DagGraph } from '../graph.js';
import {
  currentInstance,
  failed,
  notYet,
  shardFinished,
  skipped,
  succeeded,
  waitOver,
} from './answer.js';
import { makeChunked } from './chunked-list.js';
import { emptyTally } from './clear-tasks.js';
import { findPlace, indexOf } from './graph-index.js';
import type { AttemptId, RunCommand, RunEvent } from './messages.js';
import { operate } from './operate.js';
import { RunDraft } from './run-draft.js';
import type { NodeRun, RunState } from './run-state.js';
import { settle } from './settle.js';
import { startReady } from './start-ready.js';

/** A state and what to do to get there. */
export interface Decision {
  readonly state: RunState;
  readonly commands: readonly RunCommand[];
}

/** A run of `graph` before anything happened. */
export function createRun(graph: DagGraph): RunState {
  const index = indexOf(graph);
  return {
    version: 1,
    status: 'created',
    cancelling: false,
    startedAtMs: 0,
    unfinished: graph.tasks.length,
    active: 0,
    ready: [],
    tasks: makeChunked<NodeRun>(graph.tasks.length, (place) => ({
      state: 'waiting',
      attempt: 0,
      lastAttempt: 0,
      tally: emptyTally(index, place),
    })),
    previous: {},
  };
}

/**
 * What a run does when `event` happens: the state afterwards and the commands to carry out, in
 * order. Answers to attempts that are no longer current change nothing.
 *
 * Costs what the event touches: the task, its direct downstream ones, and a chunk of its items.
 *
 * @throws TidemarkError (NotFound) for an operation on a task that is not in the graph.
 */
export function decide(graph: DagGraph, state: RunState, event: RunEvent): Decision {
  const draft = new RunDraft(indexOf(graph), state, event.atMs);
  apply(draft, event);
  settle(draft);
  startReady(draft);
  completeIfDone(draft);
  return { state: draft.finish(), commands: draft.commands };
}

function apply(draft: RunDraft, event: RunEvent): void {
  switch (event.type) {
    case 'runStarted':
      start(draft, event);
      return;
    case 'taskSucceeded':
      answer(draft, event, (instance) => {
        succeeded(draft, instance, event.output);
      });
      return;
    case 'taskFailed':
      answer(draft, event, (instance) => {
        failed(draft, instance, event);
      });
      return;
    case 'taskSkipped':
      answer(draft, event, (instance) => {
        skipped(draft, instance, event.reason);
      });
      return;
    case 'taskNotYet':
      answer(draft, event, (instance) => {
        notYet(draft, instance);
      });
      return;
    case 'timerFired':
      if (event.timer.kind === 'deadline') missDeadline(draft);
      else waitOver(draft, event.timer);
      return;
    case 'shardFinished':
      atTask(draft, event.task, (place) => {
        shardFinished(draft, place, event);
      });
      return;
    case 'pastChanged':
      draft.previous = event.previous;
      evaluateAll(draft);
      return;
    case 'clear':
    case 'mark':
    case 'retryFailed':
    case 'cancel':
      operate(draft, event);
      return;
    default:
      unreachable(event);
  }
}

function start(draft: RunDraft, event: Extract<RunEvent, { type: 'runStarted' }>): void {
  if (draft.status !== 'created') return;
  draft.status = 'running';
  draft.startedAtMs = event.atMs;
  draft.previous = event.previous ?? {};
  const { deadline } = draft.index.graph;
  if (deadline !== undefined) {
    const from =
      deadline.from === 'runStart' ? event.atMs : (event.dataIntervalEndMs ?? event.atMs);
    const afterMs = Math.max(0, from + deadline.afterMs - event.atMs);
    draft.commands.push({ type: 'startTimer', afterMs, timer: { kind: 'deadline' } });
  }
  evaluateAll(draft);
}

function missDeadline(draft: RunDraft): void {
  const { deadline } = draft.index.graph;
  if (deadline !== undefined && draft.status === 'running') {
    draft.commands.push({ type: 'runCallback', callback: deadline.callback });
  }
}

function evaluateAll(draft: RunDraft): void {
  draft.index.nodes.forEach((_node, place) => {
    draft.evaluateLater(place);
  });
}

type Instance = NonNullable<ReturnType<typeof currentInstance>>;

function answer(draft: RunDraft, id: AttemptId, take: (instance: Instance) => void): void {
  const instance = currentInstance(draft, id, 'running');
  if (instance !== undefined) take(instance);
}

function atTask(draft: RunDraft, task: string, take: (place: number) => void): void {
  const place = findPlace(draft.index.graph, task);
  if (place !== undefined) take(place);
}

/** A run is over when every task has ended; its leaves say how, and teardowns do not count. */
function completeIfDone(draft: RunDraft): void {
  if (draft.status !== 'running' || draft.unfinished > 0) return;
  const failed = draft.index.leaves.some((place) => {
    const { state } = draft.run(place);
    return state === 'failed' || state === 'upstream_failed';
  });
  const status = draft.cancelling ? 'cancelled' : failed ? 'failed' : 'success';
  draft.status = status;
  const { onSuccess, onFailure } = draft.index.graph.callbacks;
  const callback = status === 'success' ? onSuccess : onFailure;
  if (callback !== undefined) draft.commands.push({ type: 'runCallback', callback });
  draft.commands.push({ type: 'completeRun', status });
}

/** Owns the state of a run: plain JSON, so that a run can continue as new with it. */
import { assert } from '../../core/assert.js';
import type { Json } from '../graph.js';
import type { TaskError } from '../outcome.js';
import type { UpstreamTally } from '../trigger-rule.js';
import type { ChunkedList } from './chunked-list.js';

/** Where a task, or one item of a mapped task, stands. */
export type TaskState =
  /** Its trigger rule does not say yet. */
  | 'waiting'
  /** May run; waits for its turn. */
  | 'ready'
  | 'running'
  /** Failed; waits for its next attempt. */
  | 'up_for_retry'
  /** A sensor between two looks. */
  | 'up_for_reschedule'
  | 'success'
  | 'failed'
  | 'skipped'
  /** Not run, since an upstream failed. */
  | 'upstream_failed';

/** The states in which a task has ended. */
export type EndState = 'success' | 'failed' | 'skipped' | 'upstream_failed';

/** Every lawful step. A cleared task goes back to waiting; a marked one goes straight to its end. */
export const LAWFUL_STEPS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  waiting: ['ready', 'running', 'success', 'failed', 'skipped', 'upstream_failed'],
  ready: ['running', 'success', 'failed', 'skipped', 'waiting'],
  running: ['success', 'failed', 'skipped', 'up_for_retry', 'up_for_reschedule', 'waiting'],
  up_for_retry: ['ready', 'success', 'failed', 'skipped', 'waiting'],
  up_for_reschedule: ['ready', 'success', 'failed', 'skipped', 'waiting'],
  success: ['waiting', 'failed', 'running'],
  failed: ['waiting', 'success', 'running'],
  skipped: ['waiting', 'success', 'failed', 'running'],
  upstream_failed: ['waiting', 'success', 'failed'],
};

/** Throws unless a task may step from one state to the other. */
export function assertLawful(from: TaskState, to: TaskState): void {
  assert(from === to || LAWFUL_STEPS[from].includes(to), `a task steps from ${from} to ${to}`);
}

/** Whether a task in `state` has ended. */
export function isEnd(state: TaskState): state is EndState {
  return (
    state === 'success' || state === 'failed' || state === 'skipped' || state === 'upstream_failed'
  );
}

/**
 * What a task produced: the value itself when small, else where it is kept. `length` is there for a
 * list, and says how many items a task mapped over it has.
 */
export type Output = { readonly value: Json } | { readonly ref: string; readonly length?: number };

/** One task that is not mapped, or one item of a mapped task. */
export interface TaskRun {
  readonly state: TaskState;
  /** Attempts begun so far; never goes back, so that a late answer is known as such. */
  readonly attempt: number;
  /** The attempt after which a failure is final. */
  readonly lastAttempt: number;
  /** Of a sensor: looks taken in this attempt, and when the first of all attempts was. */
  readonly pokes?: number;
  readonly firstPokeAtMs?: number;
  readonly output?: Output;
  readonly error?: TaskError;
  /** Why it was skipped. */
  readonly reason?: string;
  readonly startedAtMs?: number;
  readonly endedAtMs?: number;
}

/**
 * One item of a mapped task. 0 has not begun; a positive number succeeded at that attempt and left
 * no output, or one among the kept: most of 10,000 items cost two characters of JSON.
 */
export type ItemRun = number | TaskRun;

/** The outputs of items `[from, to)`, kept elsewhere as one list. */
export interface KeptOutputs {
  readonly from: number;
  readonly to: number;
  readonly ref: string;
}

/** The items of a mapped task once their number is known. */
export interface MappedItems {
  /** The length of each list mapped over; `count` is their product. */
  readonly lengths: readonly number[];
  readonly count: number;
  /** The first item that has not begun. */
  readonly next: number;
  /** Items before `next` that may run (again), in order. */
  readonly queue: readonly number[];
  /** Items running now, or shards of them. */
  readonly active: number;
  readonly success: number;
  readonly skipped: number;
  readonly failed: number;
  readonly list: ChunkedList<ItemRun>;
  /** Shards under way, as `[from, to)`. */
  readonly shards: readonly (readonly [from: number, to: number])[];
  /** Where the outputs of items that are plain numbers are kept: of `[from, to)` as one list. */
  readonly kept: readonly KeptOutputs[];
}

/** One task of the graph. `state` sums up a mapped task's items. */
export interface NodeRun extends TaskRun {
  readonly tally: UpstreamTally;
  /** Of a branch that succeeded, the tasks it leads to; of a short-circuit, whether it let through. */
  readonly decision?: { readonly leadsTo: readonly string[] } | { readonly passed: boolean };
  readonly items?: MappedItems;
}

/** Where a run stands; `created` has not started, the last three have ended. */
export type RunStatus = 'created' | 'running' | 'success' | 'failed' | 'cancelled';

/** A run. Tasks stand in the order of the graph's `tasks`. */
export interface RunState {
  readonly version: 1;
  readonly status: RunStatus;
  readonly cancelling: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  /** Tasks that have not ended. */
  readonly unfinished: number;
  /** Tasks, items and shards running now. */
  readonly active: number;
  /** Places of the tasks that have something to start, the most urgent first. */
  readonly ready: readonly number[];
  readonly tasks: ChunkedList<NodeRun>;
  /** How tasks that depend on the past ended in the run before. */
  readonly previous: Readonly<Record<string, TaskState>>;
}

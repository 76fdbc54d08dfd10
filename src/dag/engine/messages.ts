/** Owns what a run is told (events) and what it asks for (commands), all plain JSON. */
import type { TaskError } from '../outcome.js';
import type { ItemRun, Output, RunStatus, TaskState } from './run-state.js';

/** A task, or an item of a mapped one; `mapIndex` is −1 for a task that is not mapped. */
export interface InstanceId {
  readonly task: string;
  readonly mapIndex: number;
}

/** One try of one instance: an answer to another try than the current one is ignored. */
export interface AttemptId extends InstanceId {
  readonly attempt: number;
}

/** What a timer is for; comes back with `timerFired`. */
export type TimerPurpose =
  | ({ readonly kind: 'retry' } & AttemptId)
  | ({ readonly kind: 'poke'; readonly poke: number } & AttemptId)
  | { readonly kind: 'deadline' };

/** What happened. `atMs` is when, in milliseconds since 1970: the engine has no clock of its own. */
export type RunEvent = { readonly atMs: number } & (
  | {
      readonly type: 'runStarted';
      readonly dataIntervalEndMs?: number;
      /** How the tasks of the previous run ended; absent when there was none. */
      readonly previous?: Readonly<Record<string, TaskState>>;
    }
  | ({ readonly type: 'taskSucceeded'; readonly output?: Output } & AttemptId)
  | ({
      readonly type: 'taskFailed';
      readonly error: TaskError;
      /** False for what no further try can mend, and for `run.fail(reason)`. */
      readonly retryable: boolean;
      /** How long to wait before the next try, in place of the task's own delay. */
      readonly retryAfterMs?: number;
    } & AttemptId)
  | ({ readonly type: 'taskSkipped'; readonly reason?: string } & AttemptId)
  /** A sensor looked and found nothing yet. */
  | ({ readonly type: 'taskNotYet' } & AttemptId)
  | { readonly type: 'timerFired'; readonly timer: TimerPurpose }
  /** A shard is done: its items in order, each ended. */
  | {
      readonly type: 'shardFinished';
      readonly task: string;
      readonly from: number;
      readonly items: readonly ItemRun[];
      /** Where the outputs of items that are plain numbers are kept: `(Output | null)[]`, as JSON. */
      readonly kept?: string;
    }
  /** The previous run moved on: tasks that depend on the past are looked at again. */
  | { readonly type: 'pastChanged'; readonly previous: Readonly<Record<string, TaskState>> }
  | RunOperation
);

/** What a person may ask of a run, also after its end. */
export type RunOperation =
  | {
      readonly type: 'clear';
      readonly tasks: readonly string[];
      /** Items to clear of a mapped task; all when absent. */
      readonly mapIndexes?: readonly number[];
      readonly upstream?: boolean;
      readonly downstream?: boolean;
    }
  | {
      readonly type: 'mark';
      readonly task: string;
      readonly mapIndex?: number;
      readonly as: 'success' | 'failed';
      /** What downstream tasks read when it is marked as a success. */
      readonly output?: Output;
    }
  | { readonly type: 'retryFailed' }
  | { readonly type: 'cancel' };

/** What to do. Carry out in order; each is a plain description, with no code in it. */
export type RunCommand =
  /** Call the task's body; answer with taskSucceeded, taskFailed, taskSkipped or taskNotYet. */
  | ({ readonly type: 'startTask'; readonly poke: number } & AttemptId)
  /** Run items `[from, to)` elsewhere; answer with shardFinished. */
  | {
      readonly type: 'startShard';
      readonly task: string;
      readonly from: number;
      readonly to: number;
      /** Attempts the task has used: items count on from here. */
      readonly attempt: number;
    }
  | { readonly type: 'startTimer'; readonly afterMs: number; readonly timer: TimerPurpose }
  /** Stop what runs or waits for this attempt; no answer is awaited. */
  | ({ readonly type: 'cancelTask' } & AttemptId)
  /** Stop a shard; no answer is awaited. */
  | { readonly type: 'cancelShard'; readonly task: string; readonly from: number }
  | {
      readonly type: 'runCallback';
      /** The registered name of its body. */
      readonly callback: string;
      readonly task?: string;
      readonly mapIndex?: number;
      readonly attempt?: number;
      readonly error?: TaskError;
    }
  /** A success updated these assets. */
  | { readonly type: 'updateAssets'; readonly task: string; readonly assets: readonly string[] }
  | { readonly type: 'completeRun'; readonly status: Exclude<RunStatus, 'created' | 'running'> };

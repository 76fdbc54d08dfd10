/** Owns the payloads between a run's workflow and the activities that call bodies. */
import type { Output } from '../dag/engine/run-state.js';
import type { Resolved } from '../dag/engine/resolve-inputs.js';
import type { TaskKind } from '../dag/graph.js';
import type { CallbackEvent } from '../dag/run-context.js';
import type { TaskError } from '../dag/outcome.js';
import type { RunFacts } from './dag-run-input.js';

/** The activity that stores a shard's outputs as one list. */
export const KEEP_OUTPUTS_ACTIVITY = 'keepOutputs';

/** Argument of a body's activity, whose name is the task's `body`. */
export interface TaskOrder {
  readonly run: RunFacts;
  readonly task: string;
  readonly kind: TaskKind;
  readonly attempt: number;
  /** −1 when the task is not mapped. */
  readonly mapIndex: number;
  readonly inputs: Readonly<Record<string, Resolved>>;
  readonly executionTimeoutMs?: number;
  /**
   * Of a sensor. With `retryAfterMs` the server looks again by itself, at no event, for `leftMs` since
   * the activity was scheduled; without, each look is answered.
   */
  readonly sensor?: { readonly leftMs: number; readonly retryAfterMs?: number };
  /** Where the output goes when it is large: a name without a leading slash. */
  readonly outputName: string;
  /** Whether the output must travel as a value, since the run decides by it. */
  readonly valueNeeded: boolean;
}

/** What a body's activity answers; a body that failed makes the activity fail. */
export type TaskReply = { readonly endedAtMs: number } & (
  | { readonly kind: 'succeeded'; readonly output?: Output }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'notYet' }
);

/** The type of the failure of a sensor's look that found nothing. */
export const NOT_YET = 'NotYet';

/** The type of the ApplicationFailure that a failed body makes; its one detail is this. */
export const TASK_FAILED = 'TaskFailed';

/** Detail of a {@link TASK_FAILED} failure. */
export interface TaskFailedDetail {
  readonly error: TaskError;
  readonly retryable: boolean;
  readonly retryAfterMs?: number;
  readonly endedAtMs: number;
}

/** Argument of a callback's activity, whose name is the callback's. */
export interface CallbackOrder {
  readonly run: RunFacts;
  readonly event: CallbackEvent;
}

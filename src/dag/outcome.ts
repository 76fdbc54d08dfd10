/** Owns how the result of an upstream arrives at a task, by the task's trigger rule. */
import type { TriggerRule } from './trigger-rule.js';

/** Why a task failed, as it is kept in a run and shown to people. */
export interface TaskError {
  readonly message: string;
  /** The error's class or code, when it had one. */
  readonly type?: string;
}

/** It ran and produced `value`. */
export interface Success<T> {
  readonly state: 'success';
  readonly value: T;
}
/** It failed for good. */
export interface Failed {
  readonly state: 'failed';
  readonly error: TaskError;
}
/** It did not run: by its rule, a branch, or its own wish. */
export interface Skipped {
  readonly state: 'skipped';
}
/** It did not run, since something upstream of it failed. */
export interface UpstreamFailed {
  readonly state: 'upstream_failed';
}
/** Not ended yet; only rules that do not wait for all upstreams ever see it. */
export interface Pending {
  readonly state: 'pending';
}

/** How an upstream that produces `T` ended. */
export type Outcome<T> = Success<T> | Failed | Skipped | UpstreamFailed;

/** What a task under rule `R` is given of an upstream that produces `T`: no more than can happen. */
export type Arriving<R extends TriggerRule, T> = R extends 'all_success'
  ? T
  : R extends 'all_failed'
    ? Failed | UpstreamFailed
    : R extends 'all_skipped'
      ? Skipped
      : R extends 'none_failed' | 'none_failed_min_one_success'
        ? Success<T> | Skipped
        : R extends 'none_skipped' | 'all_done_min_one_success'
          ? Success<T> | Failed | UpstreamFailed
          : R extends 'all_done' | 'all_done_setup_success'
            ? Outcome<T>
            : Outcome<T> | Pending;

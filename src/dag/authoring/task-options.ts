/** Owns the options of tasks. */
import type { Asset } from '../assets.js';
import type { Duration } from '../duration.js';
import type { CallbackBody } from '../run-context.js';
import type { TaskTriggerRule } from '../trigger-rule.js';

/** What a DAG's `defaults` may set for all its tasks. */
export interface TaskDefaults<Pool extends string = string> {
  /** Further tries after the first failed; 0 unless said. */
  readonly retries?: number;
  /** The wait before a retry; `5m` unless said. */
  readonly retryDelay?: Duration;
  /** Doubles the wait with each retry. */
  readonly retryExponentialBackoff?: boolean;
  /** The longest wait that doubling may reach; `1d` unless said. */
  readonly maxRetryDelay?: Duration;
  /** How long one attempt may take; then it has failed and may be retried. */
  readonly executionTimeout?: Duration;
  /** The pool whose slots an attempt holds while it runs; shared by all runs. */
  readonly pool?: Pool;
  /** Slots held at once; 1 unless said. */
  readonly poolSlots?: number;
  /** Higher goes first where not all can run; 1 unless said. */
  readonly priority?: number;
  /** Runs only if the same task of the previous run succeeded or was skipped. */
  readonly dependsOnPast?: boolean;
  /** Short and harmless to repeat: runs inside the workflow's own worker, without a task queue. */
  readonly local?: boolean;
}

/** The options every kind of task has. */
export interface CommonOptions<Params, Pool extends string> extends TaskDefaults<Pool> {
  readonly description?: string;
  /** Assets that a success updates. */
  readonly outlets?: readonly Asset[];
  readonly onSuccess?: CallbackBody<Params>;
  /** Called once the task has failed for good. */
  readonly onFailure?: CallbackBody<Params>;
  /** Called after a failure that will be retried. */
  readonly onRetry?: CallbackBody<Params>;
}

/** The options of a task that follows a trigger rule. */
export interface TaskOptions<
  Params,
  Pool extends string,
  Rule extends TaskTriggerRule,
> extends CommonOptions<Params, Pool> {
  readonly triggerRule?: Rule;
}

/** The options of a sensor. */
export interface SensorOptions<
  Params,
  Pool extends string,
  Rule extends TaskTriggerRule,
> extends TaskOptions<Params, Pool, Rule> {
  /** The wait between two looks; `1m` unless said. */
  readonly pokeInterval?: Duration;
  /** From the first look on, over all attempts; then it fails without a retry. `7d` unless said. */
  readonly timeout?: Duration;
  /** Ends as skipped where it would have timed out. */
  readonly softFail?: boolean;
}

/** The options of a short-circuit. */
export interface ShortCircuitOptions<
  Params,
  Pool extends string,
  Rule extends TaskTriggerRule,
> extends TaskOptions<Params, Pool, Rule> {
  /** True (unless said): false skips everything downstream. False: only what is directly so. */
  readonly ignoreDownstreamTriggerRules?: boolean;
}

/** The options of a teardown. */
export interface TeardownOptions<Params, Pool extends string, Setups> extends CommonOptions<
  Params,
  Pool
> {
  /** What it tears down. It runs if one of these succeeded and all its upstreams have ended. */
  readonly setups: Setups;
  /** Lets its failure fail the run; a teardown does not count otherwise. */
  readonly onFailureFailDagRun?: boolean;
}

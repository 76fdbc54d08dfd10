/** Owns one attempt of a task: calls its body as an activity, or here, and reads how it ended. */
import {
  ActivityFailure,
  ApplicationFailure,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  TimeoutFailure,
  type ActivityCancellationType,
  type ActivityOptions,
  type RetryPolicy,
} from '@temporalio/workflow';
import { InvariantError } from '../src/core/assert.js';
import { messageOf } from '../src/core/errors.js';
import type { AnyBody } from '../src/dag/authoring/definition.js';
import { loadInputs } from '../src/dag/engine/resolve-inputs.js';
import type { Json } from '../src/dag/graph.js';
import { FailTask, SkipTask } from '../src/dag/running/call-body.js';
import type { AttemptEnd } from '../src/scheduling/attempt-end.js';
import type { AttemptOrder } from '../src/scheduling/attempt-order.js';
import {
  NOT_YET,
  TASK_FAILED,
  type TaskFailedDetail,
  type TaskOrder,
  type TaskReply,
} from '../src/scheduling/task-order.js';
import { contextHere } from './context-here.js';

/** An activity by any name. */
type Calls = Record<string, (order: TaskOrder) => Promise<TaskReply>>;

/**
 * The engine counts what bodies throw; the server tries again only what no body answered for: a
 * worker that died, or one that does not know the body yet. Not for ever: a body may be what kills it.
 */
const retry: RetryPolicy = {
  initialInterval: '1 second',
  backoffCoefficient: 2,
  maximumInterval: '1 minute',
};
const MOST_TRIES = 10;

/** A body's time, where its author sets none: a month. */
const LONGEST_MS = 30 * 86_400_000;

/** What a worker has to answer within after a body's own time is over. */
const GRACE_MS = 60_000;

/** A sensor's look that hangs is given up after this, where its author set no time. */
const LONGEST_LOOK_MS = 600_000;

/** An activity's input ends at 2 MiB; the server ends the whole run over a larger one. */
const LARGEST_ORDER_BYTES = 1_800_000;

/** A local activity runs within the worker's workflow task: it should take seconds. */
const LONGEST_LOCAL_MS = 600_000;

/**
 * One attempt. {@link endOfError} says what it means where it rejects: not done here, for the sandbox
 * records a stack for each promise of a chain, and these are most of what a task costs.
 */
export function callTask(
  attempt: AttemptOrder,
  here: Readonly<Record<string, AnyBody>> | undefined,
  cancellationType?: ActivityCancellationType,
): Promise<AttemptEnd> {
  const bodyHere = here?.[attempt.body];
  if (bodyHere !== undefined) return callHere(bodyHere, attempt.order);
  const sizeBytes = JSON.stringify(attempt.order).length;
  if (sizeBytes > LARGEST_ORDER_BYTES) return Promise.resolve(tooLarge(sizeBytes));
  const call = callsOf(attempt, cancellationType)[attempt.body] as Calls[string];
  // A local activity rejects with what its body failed with, which only here can be told from a bug.
  return attempt.local ? call(attempt.order).catch(endOfError) : call(attempt.order);
}

function callsOf(
  { order, local, summary }: AttemptOrder,
  cancellationType: ActivityCancellationType | undefined,
): Calls {
  const { executionTimeoutMs } = order;
  if (local) {
    const startToCloseTimeout =
      executionTimeoutMs === undefined ? LONGEST_LOCAL_MS : executionTimeoutMs + GRACE_MS;
    return proxyLocalActivities<Calls>({
      startToCloseTimeout,
      retry: { ...retry, maximumAttempts: MOST_TRIES },
      summary,
    });
  }
  const startToCloseTimeout =
    executionTimeoutMs === undefined ? LONGEST_MS : executionTimeoutMs + GRACE_MS;
  const { leftMs = 0, retryAfterMs } = order.sensor ?? {};
  const options: ActivityOptions = {
    startToCloseTimeout,
    heartbeatTimeout: '30 seconds',
    // A sensor that the server looks with again ends by its own time, also where no worker knows it.
    ...(retryAfterMs === undefined
      ? { retry: { ...retry, maximumAttempts: MOST_TRIES } }
      : {
          retry,
          scheduleToCloseTimeout:
            leftMs + retryAfterMs + Math.min(startToCloseTimeout, LONGEST_LOOK_MS) + GRACE_MS,
        }),
    summary,
    ...(cancellationType === undefined ? {} : { cancellationType }),
  };
  return proxyActivities<Calls>(options);
}

function tooLarge(sizeBytes: number): AttemptEnd {
  const message =
    `Its inputs are ${Math.round(sizeBytes / 1000)} kB; at most ${LARGEST_ORDER_BYTES / 1000} kB can ` +
    'be handed on. Set `results`, so that large outputs are kept, or return less.';
  return { kind: 'failed', error: { message, type: 'InputTooLarge' }, retryable: false };
}

/** Whether an attempt rejected because of its body or worker, and not of a cancellation or a bug. */
export function isFailureOfBody(error: unknown): error is ActivityFailure {
  return error instanceof ActivityFailure && !isCancellation(error);
}

/** How an attempt ended that rejected; a cancellation passes through. */
export function endOfError(error: unknown): AttemptEnd {
  if (isCancellation(error)) throw error;
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === TASK_FAILED) {
    const [detail] = (cause.details ?? []) as readonly TaskFailedDetail[];
    if (detail !== undefined) return { kind: 'failed', ...detail };
  }
  // Out of time between two tries, the server tells of the last one and why there is no other.
  const isOfServer =
    (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_CLOSE') ||
    (error instanceof ActivityFailure && error.retryState === 'TIMEOUT');
  if (isOfServer || (cause instanceof ApplicationFailure && cause.type === NOT_YET)) {
    const message = `Nothing was found in its time: ${messageOf(cause)}`;
    return { kind: 'failed', error: { message, type: 'SensorTimeout' }, retryable: false };
  }
  if (cause instanceof TimeoutFailure) {
    const message = `No worker finished it: ${cause.message} (${cause.timeoutType}).`;
    return { kind: 'failed', error: { message, type: 'WorkerLost' }, retryable: true };
  }
  const type = cause instanceof ApplicationFailure ? cause.type : undefined;
  return {
    kind: 'failed',
    error: { message: messageOf(cause), ...(type == null ? {} : { type }) },
    retryable: true,
  };
}

/** Outputs here never leave the workflow, so nothing is kept elsewhere. */
async function callHere(body: AnyBody, order: TaskOrder): Promise<AttemptEnd> {
  try {
    const inputs = await loadInputs(order.inputs, (ref) =>
      Promise.reject(new TypeError(`${ref} is not kept in this workflow.`)),
    );
    const value = (await body(inputs as never, contextHere(order) as never)) as Json | undefined;
    const isFound = value !== undefined && value !== null && value !== false;
    if (order.kind === 'sensor' && !isFound) return { kind: 'notYet' };
    return { kind: 'succeeded', ...(value === undefined ? {} : { output: { value } }) };
  } catch (thrown) {
    // A bug of ours fails the workflow task loudly, and heals with a mended worker.
    if (isCancellation(thrown) || thrown instanceof InvariantError) throw thrown;
    if (thrown instanceof SkipTask) return { kind: 'skipped', reason: thrown.message };
    return failedHere(thrown);
  }
}

/** As with activities, what says that no further try can mend it is final. */
function failedHere(thrown: unknown): AttemptEnd {
  const cause: unknown = thrown instanceof ActivityFailure ? thrown.cause : thrown;
  const error = { message: messageOf(cause) };
  if (!(cause instanceof ApplicationFailure)) {
    return { kind: 'failed', error, retryable: !(thrown instanceof FailTask), thrown };
  }
  const { nonRetryable, type } = cause;
  const { nextRetryDelay } = cause as { readonly nextRetryDelay?: unknown };
  return {
    kind: 'failed',
    error: { ...error, ...(type == null ? {} : { type }) },
    retryable: nonRetryable !== true,
    ...(typeof nextRetryDelay === 'number' ? { retryAfterMs: nextRetryDelay } : {}),
    thrown,
  };
}

/** Owns the activities that call the bodies of DAGs, and keep what they return. */
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { messageOf, TidemarkError } from '../../src/core/errors.js';
import type { AnyBody } from '../../src/dag/authoring/definition.js';
import type { Dag } from '../../src/dag/authoring/define-dag.js';
import { loadInputs } from '../../src/dag/engine/resolve-inputs.js';
import type { Output } from '../../src/dag/engine/run-state.js';
import type { RunContext } from '../../src/dag/run-context.js';
import { bodyControls, callBody, type BodyResult } from '../../src/dag/running/call-body.js';
import { KEEP_OUTPUTS_ACTIVITY } from '../../src/scheduling/task-order.js';
import {
  NOT_YET,
  TASK_FAILED,
  type CallbackOrder,
  type TaskFailedDetail,
  type TaskOrder,
  type TaskReply,
} from '../../src/scheduling/task-order.js';
import type { KeptResults } from './kept-results.js';

const BEAT_MS = 5_000;
/** What a body has to end within once it was told to. */
const CANCELLED_BODY_MS = 30_000;

/** Activities that are there whatever DAGs are served. */
export interface BodyActivities {
  /** Keeps a shard's outputs as one list; null where nothing can be kept. */
  readonly [KEEP_OUTPUTS_ACTIVITY]: (list: {
    readonly name: string;
    readonly outputs: readonly (Output | null)[];
  }) => Promise<string | null>;
}

/** What activities of DAGs work with. */
export interface DagPorts {
  readonly results: KeptResults;
  /** Milliseconds since 1970. */
  nowMs(): number | Promise<number>;
}

type AnyActivity = (order: never) => Promise<unknown>;

/** Every body and callback of `dags` by its registered name. */
export function createBodyActivities(
  dags: readonly Pick<Dag, 'bodies'>[],
  ports: DagPorts,
): Readonly<Record<string, AnyActivity>> & BodyActivities {
  const activities: Record<string, AnyActivity> = {};
  for (const { bodies } of dags) {
    for (const [name, body] of Object.entries(bodies)) {
      activities[name] = name.includes(':')
        ? (order: CallbackOrder) => runCallback(body, order)
        : (order: TaskOrder) => runBody(body, order, ports);
    }
  }
  return {
    ...activities,
    [KEEP_OUTPUTS_ACTIVITY]: ({ name, outputs }) => ports.results.keepAll(name, outputs),
  };
}

/** Calls a body; what it throws is told as one kind of failure, which the server never retries. */
async function runBody(body: AnyBody, order: TaskOrder, ports: DagPorts): Promise<TaskReply> {
  const { kind, sensor } = order;
  const result = await whileBeating((context) => withinTime(body, order, ports, context));
  const endedAtMs = await ports.nowMs();
  switch (result.kind) {
    case 'succeeded': {
      const output =
        result.value === undefined
          ? undefined
          : await keepOutput(order, result.value, ports).catch((error: unknown) => {
              throw badOutput(error, endedAtMs);
            });
      return { kind: 'succeeded', endedAtMs, ...(output === undefined ? {} : { output }) };
    }
    case 'skipped':
      return { kind: 'skipped', reason: textOf(result.reason), endedAtMs };
    case 'failed':
      if (isShuttingDown()) throw workerShutdown(result.error.message);
      throw taskFailed({ ...result, endedAtMs });
    case 'notYet':
      if (kind !== 'sensor' || sensor?.retryAfterMs === undefined) {
        return { kind: 'notYet', endedAtMs };
      }
      if (endedAtMs > Context.current().info.scheduledTimestampMs + sensor.leftMs) {
        const message = 'Nothing was found in its time.';
        throw taskFailed({
          error: { message, type: 'SensorTimeout' },
          retryable: false,
          endedAtMs,
        });
      }
      throw ApplicationFailure.create({
        type: NOT_YET,
        message: `${order.task} found nothing yet; looks again in ${sensor.retryAfterMs / 1000} s.`,
        nextRetryDelay: sensor.retryAfterMs,
        category: ApplicationFailureCategory.BENIGN,
      });
  }
}

/** The body under its time limit; one that does not end when told to is left behind. */
async function withinTime(
  body: AnyBody,
  order: TaskOrder,
  ports: DagPorts,
  context: Context,
): Promise<BodyResult> {
  const { executionTimeoutMs } = order;
  const inputs = await loadInputs(order.inputs, (ref) => ports.results.load(ref));
  const call = (signal: AbortSignal): Promise<BodyResult> =>
    Promise.race([
      callBody({ kind: order.kind }, body, inputs, contextOf(order, context, signal)),
      leftBehind(context),
    ]);
  if (executionTimeoutMs === undefined) return call(context.cancellationSignal);
  const limit = new AbortController();
  const calling = call(AbortSignal.any([context.cancellationSignal, limit.signal]));
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<BodyResult>((resolve) => {
    timer = setTimeout(() => {
      const message = `It took longer than ${executionTimeoutMs} ms.`;
      limit.abort(new Error(message));
      resolve({ kind: 'failed', error: { message, type: 'ExecutionTimeout' }, retryable: true });
    }, executionTimeoutMs);
  });
  return Promise.race([calling, tooLate]).finally(() => {
    clearTimeout(timer);
  });
}

/** Rejects when a cancelled body has had time enough to end: what it holds is wanted by others. */
async function leftBehind({ cancelled }: Context): Promise<never> {
  return cancelled.catch(async (reason: unknown) => {
    await delay(CANCELLED_BODY_MS, undefined, { ref: false });
    throw reason;
  });
}

async function runCallback(body: AnyBody, { run, event }: CallbackOrder): Promise<void> {
  await whileBeating(async (context) => {
    const order = {
      run,
      task: event.taskId ?? run.dagId,
      attempt: event.attempt ?? 1,
      mapIndex: event.mapIndex ?? -1,
    };
    const running = contextOf(order, context, context.cancellationSignal);
    try {
      await body(event as never, running as never);
    } catch (thrown) {
      if (isShuttingDown()) throw workerShutdown(messageOf(thrown));
      throw ApplicationFailure.nonRetryable(textOf(messageOf(thrown)), 'CallbackFailed');
    }
  });
}

/** Beats for the body, so that a dead worker is noticed however quiet the body is. */
async function whileBeating<Result>(work: (context: Context) => Promise<Result>): Promise<Result> {
  const context = Context.current();
  const timer = setInterval(() => {
    context.heartbeat(details.get(context));
  }, BEAT_MS);
  try {
    return await work(context);
  } finally {
    clearInterval(timer);
  }
}

/** What each body last said of its progress: the beat in between must not wipe it out. */
const details = new WeakMap<Context, unknown>();

function contextOf(
  { run, task, attempt, mapIndex }: Pick<TaskOrder, 'run' | 'task' | 'attempt' | 'mapIndex'>,
  context: Context,
  signal: AbortSignal,
): RunContext<never> {
  const running: RunContext = {
    ...run,
    taskId: task,
    attempt,
    mapIndex,
    logger: context.log,
    signal,
    heartbeat: (detail) => {
      details.set(context, detail);
      context.heartbeat(detail);
    },
    ...bodyControls,
  };
  return running as RunContext<never>;
}

async function keepOutput(order: TaskOrder, value: unknown, ports: DagPorts): Promise<Output> {
  return ports.results.keep(order.outputName, value, {
    isItem: order.mapIndex >= 0,
    valueNeeded: order.valueNeeded,
  });
}

/** What cannot be kept fails the task; a store that does not answer now is asked again by the server. */
function badOutput(error: unknown, endedAtMs: number): unknown {
  if (!(error instanceof TidemarkError) || error.retryable) return error;
  const { message, hint } = error;
  return taskFailed({
    error: { message: hint === undefined ? message : `${message} ${hint}`, type: 'BadOutput' },
    retryable: false,
    endedAtMs,
  });
}

/** A body that gives up because its worker does is begun again on another, at no attempt. */
function isShuttingDown(): boolean {
  const { cancellationSignal: signal } = Context.current();
  return signal.aborted && messageOf(signal.reason) === 'WORKER_SHUTDOWN';
}

function workerShutdown(message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerShutdown',
    message: `Its worker was shut down: ${textOf(message)}`,
    category: ApplicationFailureCategory.BENIGN,
  });
}

/** Characters of a body's error, or of why it skips, that travel: a run keeps each. */
const MOST_TEXT_CHARACTERS = 1000;

function textOf(message: string): string {
  if (message.length <= MOST_TEXT_CHARACTERS) return message;
  return `${message.slice(0, MOST_TEXT_CHARACTERS)}… (${message.length} characters)`;
}

function taskFailed({
  error,
  retryable,
  retryAfterMs,
  endedAtMs,
}: TaskFailedDetail): ApplicationFailure {
  const detail: TaskFailedDetail = {
    error: { ...error, message: textOf(error.message) },
    retryable,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    endedAtMs,
  };
  return ApplicationFailure.create({
    type: TASK_FAILED,
    message: detail.error.message,
    nonRetryable: true,
    details: [detail],
  });
}

/** Owns what is wrong with a request to a scheduler, before anything is done about it. */
import { parseInstant } from '../core/instant.js';
import { countOf } from './backfill-spans.js';
import type { BackfillRequest, TriggerRequest } from './dag-scheduler-input.js';
import { isTaken } from './scheduler-events.js';
import { isTimed, type SchedulerState } from './scheduler-state.js';

/** Why a request is refused, and what to do instead. */
export interface Refusal {
  readonly message: string;
  readonly hint: string;
}

/** The most runs asked for by hand that may wait. */
export const MAX_QUEUED_RUNS = 1000;
/** The most runs of one backfill at once, inclusive. */
export const MAX_BACKFILL_RUNS = 100;
/** The most backfills, and the most intervals of them all, that may wait. */
export const MAX_BACKFILLS = 20;
export const MAX_WAITING_INTERVALS = 20_000;

const RUN_ID = /^[A-Za-z0-9_.:+-]{1,200}$/;

/** What is wrong with a trigger; undefined when nothing is. */
export function triggerRefusal(
  state: SchedulerState,
  request: TriggerRequest,
): Refusal | undefined {
  const { runId, params, dataInterval } = request;
  if (state.deployed === undefined) return notDeployed(state);
  if (!isInstant(request.at)) return noInstant('at', request.at);
  if (!isParams(params)) return noParams(params);
  if (runId !== undefined && !RUN_ID.test(runId)) {
    return {
      message: `Run id '${runId}' has a form that cannot be used.`,
      hint: 'Use up to 200 letters, digits and _ . : + -',
    };
  }
  if (runId !== undefined && isInstant(runId)) {
    return {
      message: `Run id '${runId}' is the one of an interval's run.`,
      hint: 'Run the interval by a backfill, or choose another run id.',
    };
  }
  if (runId !== undefined && isTaken(state, runId)) {
    return {
      message: `${state.dagId} has a run '${runId}' already.`,
      hint: 'Clear its tasks to run it again, or choose another run id.',
    };
  }
  if (dataInterval !== undefined) {
    const { start, end } = dataInterval;
    if (!isInstant(start) || !isInstant(end) || start > end) {
      return {
        message: `The data interval from ${start} to ${end} is none.`,
        hint: 'Give two instants such as 2026-11-24T08:00:00Z, the earlier first.',
      };
    }
  }
  if (state.queue.length < MAX_QUEUED_RUNS) return undefined;
  return {
    message: `${MAX_QUEUED_RUNS} runs of ${state.dagId} wait already.`,
    hint: state.paused ? 'Unpause the DAG.' : 'Wait until some have begun.',
  };
}

/** What is wrong with a backfill; undefined when nothing is that can be seen without its range. */
export function backfillRefusal(
  state: SchedulerState,
  request: BackfillRequest,
): Refusal | undefined {
  const { from, to, scope, maxActiveRuns, backwards, params } = request;
  if (state.deployed === undefined) return notDeployed(state);
  const { graph } = state.deployed;
  if (!isTimed(graph)) {
    const how = graph.schedule.kind === 'assets' ? 'by updates of assets' : 'only by hand';
    return {
      message: `${state.dagId} runs ${how}: it has no intervals to fill.`,
      hint: 'Trigger a run with a data interval of your choice.',
    };
  }
  for (const [name, value] of Object.entries({ at: request.at, from, to })) {
    if (!isInstant(value)) return noInstant(name, value);
  }
  if (from >= to) {
    return { message: `There is no time from ${from} to ${to}.`, hint: 'Give the earlier first.' };
  }
  if (!['missing', 'failed', 'all'].includes(scope)) {
    return { message: `'${scope}' is no scope.`, hint: 'Use missing, failed or all.' };
  }
  if (!Number.isInteger(maxActiveRuns) || maxActiveRuns < 1 || maxActiveRuns > MAX_BACKFILL_RUNS) {
    return {
      message: `A backfill cannot have ${maxActiveRuns} runs at once.`,
      hint: `Use 1 to ${MAX_BACKFILL_RUNS}.`,
    };
  }
  const dependent = graph.tasks.find((task) => task.dependsOnPast);
  if (backwards && dependent !== undefined) {
    return {
      message: `${state.dagId} cannot run backwards: ${dependent.id} depends on the run before.`,
      hint: 'Backfill forwards.',
    };
  }
  if (!isParams(params)) return noParams(params);
  return undefined;
}

/** What is wrong with a backfill of `total` intervals beside those that wait. */
export function backfillTooMuch(state: SchedulerState, total: number): Refusal | undefined {
  const waiting = state.backfills.map((backfill) => countOf(backfill.waiting));
  const unfinished = waiting.filter((count) => count > 0).length;
  const sum = waiting.reduce((all, count) => all + count, 0);
  if (unfinished < MAX_BACKFILLS && sum + total <= MAX_WAITING_INTERVALS) return undefined;
  return {
    message: `${unfinished} backfills of ${state.dagId} with ${sum} intervals wait already.`,
    hint: `Wait until some are done: at most ${MAX_BACKFILLS} with ${MAX_WAITING_INTERVALS} intervals may wait.`,
  };
}

function notDeployed(state: SchedulerState): Refusal {
  return {
    message: `No worker serves DAG ${state.dagId}.`,
    hint: 'Start `tidemark worker` with its file.',
  };
}

function noInstant(name: string, value: unknown): Refusal {
  return {
    message: `'${String(value)}' (${name}) is no instant.`,
    hint: 'Give whole seconds in UTC, such as 2026-11-24T08:00:00Z.',
  };
}

function noParams(params: unknown): Refusal {
  return { message: `${JSON.stringify(params)} are no params.`, hint: 'Give a JSON object.' };
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && parseInstant(value) === value;
}

function isParams(params: unknown): boolean {
  if (params === undefined) return true;
  return typeof params === 'object' && params !== null && !Array.isArray(params);
}

/** Owns taking in what became of an attempt: success, failure, skip, or a sensor's "not yet". */
import type { Json, TaskNode } from '../graph.js';
import type { TaskError } from '../outcome.js';
import { endItem, endMappedIfDone, endTask, tellDownstream } from './end-task.js';
import { findPlace } from './graph-index.js';
import type { AttemptId, RunEvent, TimerPurpose } from './messages.js';
import type { RunDraft } from './run-draft.js';
import type { NodeRun, Output, TaskRun } from './run-state.js';
import { skipBeyond } from './settle.js';
import { canStartItem } from './start-ready.js';
import { without } from './without.js';

/** An instance that an answer is about; `at` is its index in the list, −1 when not mapped. */
export interface Instance {
  readonly place: number;
  readonly at: number;
  readonly run: TaskRun;
}

/** The instance an answer or timer is about; undefined when that is not its current attempt. */
export function currentInstance(
  draft: RunDraft,
  id: AttemptId,
  state: TaskRun['state'],
): Instance | undefined {
  const place = findPlace(draft.index.graph, id.task);
  if (place === undefined) return undefined;
  const node = draft.run(place);
  const at = id.mapIndex < 0 ? -1 : id.mapIndex - (draft.node(place).map?.offset ?? 0);
  if (node.items === undefined ? at !== -1 : at < 0 || at >= node.items.count) return undefined;
  const run = at < 0 ? node : draft.item(place, at);
  if (typeof run === 'number' || run.state !== state || run.attempt !== id.attempt) {
    return undefined;
  }
  return { place, at, run };
}

/** A body returned. */
export function succeeded(draft: RunDraft, instance: Instance, output: Output | undefined): void {
  const { place } = instance;
  const node = draft.node(place);
  const decision = decisionOf(node, output);
  if (decision === 'unknown') {
    const message = `It returned ${JSON.stringify(output)}, which is no choice it has.`;
    failed(draft, instance, { error: { message, type: 'BadDecision' }, retryable: false });
    return;
  }
  end(draft, instance, 'success', {
    ...(output === undefined ? {} : { output }),
    ...(decision === undefined ? {} : { decision }),
  });
  skipBeyond(draft, place);
  updateAssets(draft, place);
  callback(draft, instance, node.callbacks.onSuccess);
}

type Failure = Pick<
  Extract<RunEvent, { type: 'taskFailed' }>,
  'error' | 'retryable' | 'retryAfterMs'
>;

/** A body threw, or ran out of its time. */
export function failed(
  draft: RunDraft,
  instance: Instance,
  { error, retryable, retryAfterMs }: Failure,
): void {
  const node = draft.node(instance.place);
  if (!retryable && node.sensor?.softFail === true) {
    skipped(draft, instance, error.message);
    return;
  }
  if (!retryable || instance.run.attempt >= instance.run.lastAttempt || draft.cancelling) {
    end(draft, instance, 'failed', { error });
    callback(draft, instance, node.callbacks.onFailure, error);
    return;
  }
  pause(draft, instance, 'up_for_retry', { error });
  callback(draft, instance, node.callbacks.onRetry, error);
  startTimer(draft, retryAfterMs ?? retryDelayMs(node, instance.run.attempt), {
    kind: 'retry',
    ...attemptOf(draft, instance),
  });
}

/** A body asked to be skipped. */
export function skipped(draft: RunDraft, instance: Instance, reason: string | undefined): void {
  end(draft, instance, 'skipped', reason === undefined ? {} : { reason });
}

/** A sensor found nothing: it looks again, unless its time over all attempts is up. */
export function notYet(draft: RunDraft, instance: Instance): void {
  const { sensor } = draft.node(instance.place);
  const waitedMs = draft.atMs - (instance.run.firstPokeAtMs ?? draft.atMs);
  if (sensor === undefined || waitedMs > sensor.timeoutMs) {
    const message = `Nothing was found in ${Math.round(waitedMs / 1000)} s.`;
    failed(draft, instance, { error: { message, type: 'SensorTimeout' }, retryable: false });
    return;
  }
  pause(draft, instance, 'up_for_reschedule', {});
  startTimer(draft, sensor.pokeIntervalMs, {
    kind: 'poke',
    ...attemptOf(draft, instance),
    poke: instance.run.pokes ?? 0,
  });
}

/** A wait is over: the next attempt or the next look gets its turn. */
export function waitOver(
  draft: RunDraft,
  timer: Exclude<TimerPurpose, { kind: 'deadline' }>,
): void {
  const waiting = timer.kind === 'retry' ? 'up_for_retry' : 'up_for_reschedule';
  const instance = currentInstance(draft, timer, waiting);
  if (instance === undefined) return;
  const { place, at, run } = instance;
  if (timer.kind === 'poke' && timer.poke !== run.pokes) return;
  // Built anew, not spread: the time and the number of looks of the last attempt must not stay.
  const next: TaskRun =
    timer.kind === 'poke'
      ? { ...run, state: 'ready' }
      : {
          state: 'ready',
          attempt: run.attempt + 1,
          lastAttempt: run.lastAttempt,
          ...(run.firstPokeAtMs === undefined ? {} : { firstPokeAtMs: run.firstPokeAtMs }),
        };
  if (at < 0) {
    const { tally } = draft.run(place);
    draft.replace(place, { ...next, tally });
  } else {
    draft.setItem(place, at, next);
    draft.changeItems(place, { queue: insert(draft.run(place).items?.queue ?? [], at) });
  }
  draft.addReady(place);
}

/** A shard is done: its items are counted as if each had ended here. */
export function shardFinished(
  draft: RunDraft,
  place: number,
  { from, items: results, kept }: Extract<RunEvent, { type: 'shardFinished' }>,
): void {
  const { items } = draft.run(place);
  if (items?.shards.some(([start]) => start === from) !== true) return;
  draft.active -= 1;
  draft.changeItems(place, {
    active: items.active - 1,
    shards: items.shards.filter(([start]) => start !== from),
    ...(kept === undefined
      ? {}
      : { kept: [...items.kept, { from, to: from + results.length, ref: kept }] }),
  });
  const counts = { success: items.success, skipped: items.skipped, failed: items.failed };
  results.forEach((item, offset) => {
    const state = typeof item === 'number' ? 'success' : item.state;
    if (state !== 'success' && state !== 'skipped' && state !== 'failed') return;
    // What was marked by hand while the shard ran stays as marked.
    if (draft.item(place, from + offset) !== 0) return;
    draft.setItem(place, from + offset, item);
    counts[state] += 1;
    tellDownstream(draft, place, state);
  });
  draft.changeItems(place, counts);
  if (canStartItem(draft, place)) draft.addReady(place);
  endMappedIfDone(draft, place);
  updateAssets(draft, place);
}

/** `delay × 2^(attempt − 1)` with backoff, up to the maximum; else the delay as it is. */
export function retryDelayMs(node: TaskNode, attempt: number): number {
  if (!node.retryExponentialBackoff) return node.retryDelayMs;
  return Math.min(node.maxRetryDelayMs, node.retryDelayMs * 2 ** (attempt - 1));
}

function end(
  draft: RunDraft,
  instance: Instance,
  state: 'success' | 'failed' | 'skipped',
  changes: Partial<NodeRun>,
): void {
  const { place, at, run } = instance;
  draft.active -= 1;
  if (at < 0) {
    endTask(draft, place, state, changes);
    return;
  }
  const { items } = draft.run(place);
  draft.changeItems(place, { active: (items?.active ?? 1) - 1 });
  endItem(draft, place, at, { ...without(run, 'error'), ...changes, state, endedAtMs: draft.atMs });
  if (canStartItem(draft, place)) draft.addReady(place);
}

function pause(
  draft: RunDraft,
  { place, at, run }: Instance,
  state: 'up_for_retry' | 'up_for_reschedule',
  changes: { readonly error?: TaskError },
): void {
  draft.active -= 1;
  if (at < 0) {
    draft.change(place, { ...changes, state });
    return;
  }
  draft.setItem(place, at, { ...run, ...changes, state });
  draft.changeItems(place, { active: (draft.run(place).items?.active ?? 1) - 1 });
  if (canStartItem(draft, place)) draft.addReady(place);
}

function attemptOf(draft: RunDraft, { place, at, run }: Instance): AttemptId {
  const { id, map } = draft.node(place);
  const mapIndex = at < 0 ? -1 : at + (map?.offset ?? 0);
  return { task: id, mapIndex, attempt: run.attempt };
}

function callback(
  draft: RunDraft,
  instance: Instance,
  name: string | undefined,
  error?: TaskError,
): void {
  if (name === undefined) return;
  draft.commands.push({
    type: 'runCallback',
    callback: name,
    ...attemptOf(draft, instance),
    ...(error === undefined ? {} : { error }),
  });
}

function startTimer(draft: RunDraft, afterMs: number, timer: TimerPurpose): void {
  draft.commands.push({ type: 'startTimer', afterMs, timer });
}

/** Once a task is a success as a whole: a mapped one says so with its last item. */
function updateAssets(draft: RunDraft, place: number): void {
  const { outlets, id } = draft.node(place);
  if (outlets.length > 0 && draft.run(place).state === 'success') {
    draft.commands.push({ type: 'updateAssets', task: id, assets: outlets });
  }
}

function decisionOf(node: TaskNode, output: Output | undefined): NodeRun['decision'] | 'unknown' {
  if (node.kind !== 'branch' && node.kind !== 'short_circuit') return undefined;
  const value: Json = output !== undefined && 'value' in output ? output.value : null;
  if (node.kind === 'short_circuit') return { passed: Boolean(value) };
  const labels = value === null ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];
  const leadsTo: string[] = [];
  for (const label of labels) {
    const known = typeof label === 'string' && Object.hasOwn(node.branches ?? {}, label);
    if (!known) return 'unknown';
    leadsTo.push(...(node.branches?.[label] ?? []));
  }
  return { leadsTo };
}

function insert(queue: readonly number[], index: number): readonly number[] {
  const at = queue.findIndex((other) => other > index);
  return at < 0 ? [...queue, index] : [...queue.slice(0, at), index, ...queue.slice(at)];
}

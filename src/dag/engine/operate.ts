/** Owns what a person may do to a run: clear, mark, retry what failed, cancel. */
import type { TaskError } from '../outcome.js';
import {
  clearItems,
  clearPlaces,
  isUnderWay,
  knownItem,
  knownPlace,
  leaveItem,
  placesToClear,
  reopen,
  retally,
  stateOfItem,
  stop,
} from './clear-tasks.js';
import { endMappedIfDone, endTask } from './end-task.js';
import { reach } from './graph-index.js';
import type { RunOperation } from './messages.js';
import type { RunDraft } from './run-draft.js';
import { isEnd, type ItemRun, type Output, type TaskRun } from './run-state.js';

/** Applies `operation`. @throws TidemarkError when it names a task that is not there. */
export function operate(draft: RunDraft, operation: RunOperation): void {
  switch (operation.type) {
    case 'clear':
      clear(draft, operation);
      return;
    case 'mark':
      mark(draft, operation);
      return;
    case 'retryFailed':
      retryFailed(draft);
      return;
    case 'cancel':
      cancel(draft);
      return;
  }
}

function clear(draft: RunDraft, operation: Extract<RunOperation, { type: 'clear' }>): void {
  const { tasks, mapIndexes } = operation;
  const places = new Set(placesToClear(draft.index, tasks, operation));
  if (mapIndexes !== undefined) {
    for (const id of tasks) {
      const place = knownPlace(draft.index, id);
      places.delete(place);
      clearItems(
        draft,
        place,
        mapIndexes.map((mapIndex) => knownItem(draft, place, mapIndex)),
      );
    }
  }
  clearPlaces(draft, places);
}

/**
 * Ends a task, or one item, as success or failed whatever it is doing. Downstream tasks that failed
 * or were upstream_failed are cleared, as in Airflow; what else has ended stays.
 */
function mark(draft: RunDraft, operation: Extract<RunOperation, { type: 'mark' }>): void {
  const place = knownPlace(draft.index, operation.task);
  const { mapIndex = -1 } = operation;
  if (mapIndex < 0) markTask(draft, place, operation);
  else markItem(draft, place, knownItem(draft, place, mapIndex), operation);
  retally(draft, new Set([place]));
  const failures = [...reach(draft.index.downstream, [place])].filter((later) => {
    const { state } = draft.run(later);
    return state === 'failed' || state === 'upstream_failed';
  });
  clearPlaces(draft, new Set(failures));
}

interface Mark {
  readonly as: 'success' | 'failed';
  readonly output?: Output;
}

const MARKED: TaskError = { message: 'Marked as failed by hand.', type: 'Marked' };

function markTask(draft: RunDraft, place: number, { as, output }: Mark): void {
  const { state, attempt, lastAttempt, tally, items } = draft.run(place);
  stop(draft, place);
  draft.removeReady(place);
  if (isEnd(state)) draft.unfinished += 1;
  if (items !== undefined) {
    draft.change(place, { state: 'running' });
    endItems(draft, place, (item) =>
      as === 'success' && stateOfItem(item) === 'success' ? item : endedBy(item, as, MARKED),
    );
    return;
  }
  if (isEnd(state)) draft.replace(place, { state: 'waiting', attempt, lastAttempt, tally });
  endTask(draft, place, as, {
    ...(as === 'failed' ? { error: MARKED } : {}),
    ...(output === undefined ? {} : { output }),
  });
}

/** Ends every item of a mapped task at once, each as `endOf` says, and so the task. */
function endItems(
  draft: RunDraft,
  place: number,
  endOf: (item: ItemRun, at: number) => ItemRun,
): void {
  const count = draft.run(place).items?.count ?? 0;
  const counts = { success: 0, failed: 0, skipped: 0 };
  for (let at = 0; at < count; at += 1) {
    const item = endOf(draft.item(place, at), at);
    draft.setItem(place, at, item);
    counts[stateOfItem(item) as keyof typeof counts] += 1;
  }
  draft.changeItems(place, { ...counts, next: count, queue: [], active: 0, shards: [] });
  endMappedIfDone(draft, place);
}

function endedBy(
  item: ItemRun,
  state: 'success' | 'failed' | 'skipped',
  error: TaskError,
): ItemRun {
  const attempt = typeof item === 'number' ? item : item.attempt;
  return { state, attempt, lastAttempt: attempt, ...(state === 'failed' ? { error } : {}) };
}

function markItem(draft: RunDraft, place: number, at: number, { as, output }: Mark): void {
  leaveItem(draft, place, at);
  const ended = endedBy(draft.item(place, at), as, MARKED) as TaskRun;
  draft.setItem(place, at, { ...ended, ...(output === undefined ? {} : { output }) });
  const { state, items } = draft.run(place);
  draft.changeItems(place, { [as]: (items?.[as] ?? 0) + 1 });
  if (isEnd(state)) draft.unfinished += 1;
  draft.change(place, { state: 'running' });
  endMappedIfDone(draft, place);
  if (!isEnd(draft.run(place).state)) draft.addReady(place);
}

/** Clears what failed or was upstream_failed; of a mapped task only the items that failed. */
function retryFailed(draft: RunDraft): void {
  const whole: string[] = [];
  draft.index.nodes.forEach((node, place) => {
    const { state, items } = draft.run(place);
    if (state !== 'failed' && state !== 'upstream_failed') return;
    if (items === undefined) whole.push(node.id);
    else {
      const all = Array.from({ length: items.count }, (_entry, at) => at);
      clearItems(
        draft,
        place,
        all.filter((at) => stateOfItem(draft.item(place, at)) === 'failed'),
      );
    }
  });
  if (whole.length > 0) clearPlaces(draft, placesToClear(draft.index, whole, {}));
}

/**
 * Stops the run: what runs has failed, what waits is skipped. Teardowns whose setups succeeded
 * still run; the run is over when they are.
 */
function cancel(draft: RunDraft): void {
  if (draft.status !== 'running') return;
  reopen(draft);
  draft.cancelling = true;
  const error: TaskError = { message: 'The run was cancelled.', type: 'Cancelled' };
  draft.index.nodes.forEach((node, place) => {
    const { state, items } = draft.run(place);
    if (isEnd(state) || node.kind === 'teardown') return;
    stop(draft, place);
    draft.removeReady(place);
    if (items === undefined) {
      if (isUnderWay(state)) endTask(draft, place, 'failed', { error });
      else endTask(draft, place, 'skipped', { reason: error.message });
      return;
    }
    endItems(draft, place, (item, at) => {
      if (isEnd(stateOfItem(item))) return item;
      const begun =
        typeof item !== 'number' || items.shards.some(([from, to]) => at >= from && at < to);
      return endedBy(item, begun ? 'failed' : 'skipped', error);
    });
    retally(draft, new Set([place]));
  });
}

/** Owns clearing: putting tasks that ran back to waiting, so that they run again. */
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { UpstreamTally } from '../trigger-rule.js';
import { counted } from './end-task.js';
import { findPlace, reach, relevantSetups, type GraphIndex } from './graph-index.js';
import type { RunDraft } from './run-draft.js';
import { isEnd, type NodeRun, type TaskRun, type TaskState } from './run-state.js';

/** Which tasks to clear besides the named ones. */
export interface ClearScope {
  readonly upstream?: boolean;
  readonly downstream?: boolean;
}

/**
 * The places to clear for `ids`. Setups around a task, and their teardowns, are always cleared with
 * it: what they made is gone (Airflow's partial_subset).
 *
 * @throws TidemarkError when the graph has no such task.
 */
export function placesToClear(
  index: GraphIndex,
  ids: readonly string[],
  scope: ClearScope,
): ReadonlySet<number> {
  const places = new Set(ids.map((id) => knownPlace(index, id)));
  const related = new Set<number>();
  if (scope.downstream === true)
    for (const at of reach(index.downstream, [...places])) related.add(at);
  if (scope.upstream === true) for (const at of reach(index.upstream, [...places])) related.add(at);
  const all = new Set([...places, ...related]);
  const teardownsOf = (setup: number): readonly number[] =>
    (index.downstream[setup] ?? []).filter((at) => index.nodes[at]?.kind === 'teardown');
  for (const at of [...all]) {
    const kind = index.nodes[at]?.kind;
    const setups = kind === 'setup' ? [at] : kind === 'teardown' ? [] : relevantSetups(index, at);
    for (const setup of setups) for (const one of [setup, ...teardownsOf(setup)]) all.add(one);
  }
  return all;
}

/** The place of `id`. @throws TidemarkError when the graph has no such task. */
export function knownPlace(index: GraphIndex, id: string): number {
  const place = findPlace(index.graph, id);
  if (place !== undefined) return place;
  throw new TidemarkError(`DAG '${index.graph.id}' has no task '${id}'.`, {
    code: ErrorCode.NotFound,
    subject: `${index.graph.id}.${id}`,
    hint: 'Name one of its tasks, with its groups: group.task.',
  });
}

/** Puts every task at `places` back to waiting; what runs of them is stopped. */
export function clearPlaces(draft: RunDraft, places: ReadonlySet<number>): void {
  for (const place of places) {
    const run = draft.run(place);
    if (isEnd(run.state)) draft.unfinished += 1;
    stop(draft, place);
    draft.removeReady(place);
    draft.replace(place, {
      state: 'waiting',
      attempt: highestAttempt(draft, place),
      lastAttempt: 0,
      tally: run.tally,
    });
  }
  retally(draft, places);
  for (const place of places) draft.evaluateLater(place);
  reopen(draft);
}

/**
 * Puts some items of a mapped task back, to run again; what runs of them is stopped, and items that
 * have not begun are left to their turn.
 */
export function clearItems(draft: RunDraft, place: number, indexes: readonly number[]): void {
  const begun = indexes.filter((at) => stateOfItem(draft.item(place, at)) !== 'waiting');
  if (begun.length === 0) return;
  if (isEnd(draft.run(place).state)) draft.unfinished += 1;
  draft.change(place, { state: 'running' });
  for (const at of begun) {
    leaveItem(draft, place, at);
    const item = draft.item(place, at);
    const attempt = (typeof item === 'number' ? item : item.attempt) + 1;
    const { retries } = draft.node(place);
    draft.setItem(place, at, { state: 'ready', attempt, lastAttempt: attempt + retries });
    const queue = [...(draft.run(place).items?.queue ?? []), at];
    draft.changeItems(place, { queue: queue.sort((left, right) => left - right) });
  }
  draft.addReady(place);
  retally(draft, new Set([place]));
  reopen(draft);
}

/** Takes an item out of the counts of its state, and stops what runs of it. */
export function leaveItem(draft: RunDraft, place: number, at: number): void {
  const { items } = draft.run(place);
  const item = draft.item(place, at);
  const state = stateOfItem(item);
  if (items === undefined) return;
  if (state === 'success' || state === 'failed' || state === 'skipped') {
    draft.changeItems(place, { [state]: items[state] - 1 });
  }
  if (state === 'ready') {
    draft.changeItems(place, { queue: items.queue.filter((other) => other !== at) });
  }
  if (state === 'running') {
    draft.active -= 1;
    draft.changeItems(place, { active: items.active - 1 });
  }
  if (typeof item === 'number' || !isUnderWay(state)) return;
  const { id, map } = draft.node(place);
  const mapIndex = at + (map?.offset ?? 0);
  draft.commands.push({ type: 'cancelTask', task: id, mapIndex, attempt: item.attempt });
}

/** The place of an item in its task's list. @throws TidemarkError when there is no such item. */
export function knownItem(draft: RunDraft, place: number, mapIndex: number): number {
  const { id, map } = draft.node(place);
  const count = draft.run(place).items?.count ?? 0;
  const at = mapIndex - (map?.offset ?? 0);
  if (at >= 0 && at < count) return at;
  throw new TidemarkError(`Task '${id}' has no item ${mapIndex}; it has ${count} items.`, {
    code: ErrorCode.NotFound,
    subject: `${draft.index.graph.id}.${id}[${mapIndex}]`,
    hint: 'Name an item of a mapped task that has its items, from 0 on.',
  });
}

/** Where an item stands, however briefly it is kept. */
export function stateOfItem(item: number | TaskRun): TaskState {
  if (typeof item !== 'number') return item.state;
  return item === 0 ? 'waiting' : 'success';
}

/** Stops all that runs or waits for a task. */
export function stop(draft: RunDraft, place: number): void {
  const run = draft.run(place);
  const { id, map } = draft.node(place);
  if (run.items === undefined) {
    if (run.state === 'running') draft.active -= 1;
    if (isUnderWay(run.state)) {
      draft.commands.push({ type: 'cancelTask', task: id, mapIndex: -1, attempt: run.attempt });
    }
    return;
  }
  for (const [from] of run.items.shards)
    draft.commands.push({ type: 'cancelShard', task: id, from });
  draft.active -= run.items.active;
  for (let at = 0; at < run.items.next; at += 1) {
    const item = draft.item(place, at);
    if (typeof item === 'number' || !isUnderWay(item.state)) continue;
    const mapIndex = at + (map?.offset ?? 0);
    draft.commands.push({ type: 'cancelTask', task: id, mapIndex, attempt: item.attempt });
  }
  draft.changeItems(place, { active: 0, shards: [] });
}

/** Counts anew what the tasks downstream of `places` know of their upstreams. */
export function retally(draft: RunDraft, places: ReadonlySet<number>): void {
  const later = new Set([...places].flatMap((place) => draft.index.downstream[place] ?? []));
  for (const place of places) later.add(place);
  for (const place of later) {
    draft.change(place, { tally: tallyOf(draft, place) });
    draft.evaluateLater(place);
  }
}

/** A finished run with something to do again runs again. */
export function reopen(draft: RunDraft): void {
  if (draft.status !== 'created') draft.status = 'running';
  draft.cancelling = false;
}

function tallyOf(draft: RunDraft, place: number): UpstreamTally {
  const upstream = draft.index.upstream[place] ?? [];
  let tally = emptyTally(draft.index, place);
  for (const other of upstream) {
    const run = draft.run(other);
    if (run.items !== undefined) {
      const { count, success, skipped, failed } = run.items;
      tally = {
        ...tally,
        total: tally.total + count - 1,
        success: tally.success + success,
        skipped: tally.skipped + skipped,
        failed: tally.failed + failed,
      };
    } else if (isEnd(run.state)) {
      tally = counted(tally, run.state, draft.node(other).kind === 'setup');
    }
  }
  return tally;
}

/** What a task knows of its upstreams before any has ended. */
export function emptyTally(index: GraphIndex, place: number): UpstreamTally {
  const upstream = index.upstream[place] ?? [];
  return {
    total: upstream.length,
    success: 0,
    skipped: 0,
    failed: 0,
    upstreamFailed: 0,
    setups: upstream.filter((other) => index.nodes[other]?.kind === 'setup').length,
    setupsSuccess: 0,
    setupsSkipped: 0,
  };
}

function highestAttempt(draft: RunDraft, place: number): number {
  const run: NodeRun = draft.run(place);
  let highest = run.attempt;
  for (let at = 0; at < (run.items?.count ?? 0); at += 1) {
    const item = draft.item(place, at);
    highest = Math.max(highest, typeof item === 'number' ? item : item.attempt);
  }
  return highest;
}

/** Whether something runs or waits for a task in `state`, which can be stopped. */
export function isUnderWay(state: TaskState): boolean {
  return state === 'running' || state === 'up_for_retry' || state === 'up_for_reschedule';
}

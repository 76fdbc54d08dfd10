/** Owns starting what is ready, the most urgent first, within the limits of the run and the map. */
import type { RunDraft } from './run-draft.js';
import type { MappedItems, TaskRun } from './run-state.js';
import { shardsOf } from './shard-plan.js';

/** Starts tasks and items until the run's or the maps' limits are reached. */
export function startReady(draft: RunDraft): void {
  const limit = draft.index.graph.maxActiveTasks;
  let place = draft.firstReady;
  while (place !== undefined && draft.active < limit) {
    const { items } = draft.run(place);
    if (items === undefined) {
      draft.removeReady(place);
      startInstance(draft, place, -1, draft.run(place));
    } else if (!startNextItem(draft, place, items)) draft.removeReady(place);
    place = draft.firstReady;
  }
}

/** Whether a mapped task could start something now. */
export function canStartItem(draft: RunDraft, place: number): boolean {
  const { items } = draft.run(place);
  if (items === undefined) return false;
  const { map } = draft.node(place);
  const shards =
    map === undefined ? undefined : shardsOf(map, items.count, draft.index.graph.maxActiveTasks);
  const { active, queue, next, count } = items;
  const maxActive = map?.maxActive ?? 1;
  // What was cleared runs item by item, however the map is cut.
  if (queue.length > 0) return active < maxActive;
  return active < (shards?.atOnce ?? maxActive) && next < count;
}

/** Starts one item, or one shard of them; false when there is none to start or no room. */
function startNextItem(draft: RunDraft, place: number, items: MappedItems): boolean {
  if (!canStartItem(draft, place)) return false;
  const { retries, map } = draft.node(place);
  const [queued, ...queue] = items.queue;
  const shards =
    map === undefined ? undefined : shardsOf(map, items.count, draft.index.graph.maxActiveTasks);
  if (queued === undefined && shards !== undefined) {
    startShard(draft, place, items, shards.size);
    return true;
  }
  const mapIndex = queued ?? nextUnbegun(draft, place, items);
  if (queued === undefined) {
    draft.changeItems(place, { next: Math.min(mapIndex + 1, items.count) });
  } else draft.changeItems(place, { queue });
  if (mapIndex >= items.count) return false;
  draft.changeItems(place, { active: items.active + 1 });
  const item = draft.item(place, mapIndex);
  // Items that never ran count on from the task's attempts, which clearing has raised.
  const attempt = draft.run(place).attempt + 1;
  const run: TaskRun =
    typeof item === 'number' ? { state: 'ready', attempt, lastAttempt: attempt + retries } : item;
  startInstance(draft, place, mapIndex, run);
  return true;
}

/** The first item from `next` on that was not marked by hand before its turn. */
function nextUnbegun(draft: RunDraft, place: number, items: MappedItems): number {
  let at = items.next;
  while (at < items.count && draft.item(place, at) !== 0) at += 1;
  return at;
}

function startShard(draft: RunDraft, place: number, items: MappedItems, size: number): void {
  const from = items.next;
  const to = Math.min(items.count, from + size);
  draft.changeItems(place, {
    next: to,
    active: items.active + 1,
    shards: [...items.shards, [from, to]],
  });
  draft.active += 1;
  const { id } = draft.node(place);
  draft.commands.push({
    type: 'startShard',
    task: id,
    from,
    to,
    attempt: draft.run(place).attempt,
  });
}

function startInstance(draft: RunDraft, place: number, mapIndex: number, run: TaskRun): void {
  const { id, kind, map } = draft.node(place);
  const isSensor = kind === 'sensor';
  const started: TaskRun = {
    ...run,
    state: 'running',
    startedAtMs: run.startedAtMs ?? draft.atMs,
    ...(isSensor
      ? { pokes: (run.pokes ?? 0) + 1, firstPokeAtMs: run.firstPokeAtMs ?? draft.atMs }
      : {}),
  };
  if (mapIndex < 0) draft.change(place, started);
  else draft.setItem(place, mapIndex, started);
  draft.active += 1;
  draft.commands.push({
    type: 'startTask',
    task: id,
    mapIndex: mapIndex < 0 ? -1 : mapIndex + (map?.offset ?? 0),
    attempt: started.attempt,
    poke: started.pokes ?? 0,
  });
}

/** Owns what follows from the end of a task or an item: the tallies of what lies downstream. */
import type { UpstreamTally } from '../trigger-rule.js';
import type { RunDraft } from './run-draft.js';
import type { EndState, NodeRun, TaskRun } from './run-state.js';

const TALLY_OF = {
  success: 'success',
  failed: 'failed',
  skipped: 'skipped',
  upstream_failed: 'upstreamFailed',
} as const;

/** Ends a task as a whole: one that is not mapped, or a mapped one that never got items. */
export function endTask(
  draft: RunDraft,
  place: number,
  state: EndState,
  changes: Partial<NodeRun> = {},
): void {
  draft.change(place, { ...changes, state, endedAtMs: draft.atMs });
  tellDownstream(draft, place, state);
  ended(draft, place);
}

/** Counts an item's end; the task ends with its last item. */
export function endItem(draft: RunDraft, place: number, mapIndex: number, item: TaskRun): void {
  const before = draft.run(place).items;
  const isKept = before?.kept.some(({ from, to }) => mapIndex >= from && mapIndex < to) === true;
  draft.setItem(place, mapIndex, isKept ? item : compact(item));
  const state = item.state as 'success' | 'failed' | 'skipped';
  draft.changeItems(place, { [state]: (before?.[state] ?? 0) + 1 });
  tellDownstream(draft, place, state);
  endMappedIfDone(draft, place);
}

/** Ends a mapped task when all its items have ended: failed before success before skipped. */
export function endMappedIfDone(draft: RunDraft, place: number): void {
  const { items } = draft.run(place);
  if (items === undefined || items.success + items.skipped + items.failed < items.count) return;
  // Only marking by hand ends the items of a shard before the shard.
  for (const [from] of items.shards) {
    draft.commands.push({ type: 'cancelShard', task: draft.node(place).id, from });
  }
  draft.active -= items.shards.length;
  draft.changeItems(place, { active: items.active - items.shards.length, shards: [] });
  const state = items.failed > 0 ? 'failed' : items.success > 0 ? 'success' : 'skipped';
  draft.change(place, { state, endedAtMs: draft.atMs });
  ended(draft, place);
}

/** Tells every direct downstream that one upstream, or one item of it, ended in `state`. */
export function tellDownstream(draft: RunDraft, place: number, state: EndState): void {
  const isSetup = draft.node(place).kind === 'setup';
  for (const later of draft.index.downstream[place] ?? []) {
    const { tally } = draft.run(later);
    draft.change(later, { tally: counted(tally, state, isSetup) });
    draft.evaluateLater(later);
  }
}

/** `tally` with one more upstream that ended in `state`. */
export function counted(tally: UpstreamTally, state: EndState, isSetup: boolean): UpstreamTally {
  const name = TALLY_OF[state];
  const next = { ...tally, [name]: tally[name] + 1 };
  if (isSetup && state === 'success') next.setupsSuccess += 1;
  if (isSetup && state === 'skipped') next.setupsSkipped += 1;
  return next;
}

function ended(draft: RunDraft, place: number): void {
  draft.unfinished -= 1;
  for (const other of draft.index.watchers[place] ?? []) draft.evaluateLater(other);
}

/**
 * What is kept of an item that ended: a failure in full, a success as briefly as can be. One that ran
 * again after its shard stays in full: a number would stand for the output its shard kept.
 */
function compact(item: TaskRun): TaskRun | number {
  if (item.state !== 'success') return item;
  if (item.output === undefined) return item.attempt;
  const { state, attempt, lastAttempt, output } = item;
  return { state, attempt, lastAttempt, output };
}

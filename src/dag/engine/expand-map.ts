/** Owns finding out how many items a mapped task has, and giving it them. */
import type { InputSource } from '../graph.js';
import { makeChunked } from './chunked-list.js';
import { endTask } from './end-task.js';
import { findPlace } from './graph-index.js';
import type { RunDraft } from './run-draft.js';
import type { ItemRun } from './run-state.js';

/** Gives a mapped task its items: one for each entry of the cross product of its lists. */
export function expandMapped(draft: RunDraft, place: number): void {
  const { map } = draft.node(place);
  const lengths =
    map?.count === undefined
      ? (map?.over ?? []).map(({ source }) => lengthOf(draft, source))
      : [map.count];
  if (lengths.includes('no list')) {
    failExpansion(draft, place, 'An input that is mapped over is no list.');
  } else {
    giveItems(
      draft,
      place,
      lengths.filter((length) => length !== 'no list'),
    );
  }
}

/** Which entry of each list an item takes; the last list goes fastest. */
export function itemOfLists(lengths: readonly number[], index: number): readonly number[] {
  let rest = index;
  return lengths
    .toReversed()
    .map((length) => {
      const entry = rest % length;
      rest = Math.floor(rest / length);
      return entry;
    })
    .reverse();
}

function giveItems(draft: RunDraft, place: number, lengths: readonly number[]): void {
  const { map } = draft.node(place);
  const count = lengths.reduce((product, length) => product * length, 1);
  if (map === undefined || count > map.limit) {
    failExpansion(
      draft,
      place,
      `There are ${count} items to map over; the limit is ${Number(map?.limit)}.`,
    );
    return;
  }
  if (count === 0) {
    endTask(draft, place, 'skipped', { reason: 'there is nothing to map over' });
    return;
  }
  draft.change(place, {
    state: 'running',
    startedAtMs: draft.atMs,
    items: {
      lengths,
      count,
      next: 0,
      queue: [],
      active: 0,
      success: 0,
      skipped: 0,
      failed: 0,
      list: makeChunked<ItemRun>(count, () => 0),
      shards: [],
      kept: [],
    },
  });
  for (const later of draft.index.downstream[place] ?? []) {
    const { tally } = draft.run(later);
    draft.change(later, { tally: { ...tally, total: tally.total + count - 1 } });
  }
  draft.addReady(place);
}

function failExpansion(draft: RunDraft, place: number, message: string): void {
  endTask(draft, place, 'failed', { error: { message, type: 'BadMap' } });
}

type Length = number | 'no list';

function lengthOf(draft: RunDraft, source: InputSource): Length {
  if (source.kind === 'value') return Array.isArray(source.value) ? source.value.length : 'no list';
  const from = findPlace(draft.index.graph, source.from);
  if (from === undefined) return 'no list';
  const { items, output } = draft.run(from);
  if (source.kind === 'outcomes') return items?.count ?? 'no list';
  if (items !== undefined) return items.success;
  if (output === undefined) return 'no list';
  if ('ref' in output) return output.length ?? 'no list';
  return Array.isArray(output.value) ? output.value.length : 'no list';
}

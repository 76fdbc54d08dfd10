/** Owns what a change log amounts to: the table at a time, and the net changes of a window. */
import type { Item } from '../../export/attribute-value.js';
import type { Change } from './ports.js';

/** What a window did to one key, from just before it to its end. */
export interface NetChange {
  readonly key: string;
  /** The last write's stamp. */
  readonly micros: bigint;
  readonly oldImage: Item | undefined;
  readonly newImage: Item | undefined;
}

/** Every item as it was just before `timeMicros` (exclusive), by key; `changes` oldest first. */
export function fullImageAt(changes: Iterable<Change>, timeMicros: bigint): Map<string, Item> {
  const items = new Map<string, Item>();
  for (const change of changes) {
    if (change.micros >= timeMicros) continue;
    if (change.newImage === undefined) items.delete(change.key);
    else items.set(change.key, change.newImage);
  }
  return items;
}

/**
 * The net effect of the writes stamped in `[fromMicros, toMicros)`, one a key; `changes` oldest
 * first. A key that was inserted and deleted within the window is not in it.
 */
export function netChanges(
  changes: Iterable<Change>,
  fromMicros: bigint,
  toMicros: bigint,
): NetChange[] {
  const net = new Map<string, NetChange>();
  for (const { key, micros, oldImage, newImage } of changes) {
    if (micros < fromMicros || micros >= toMicros) continue;
    const earlier = net.get(key);
    net.set(key, { key, micros, oldImage: earlier ? earlier.oldImage : oldImage, newImage });
  }
  return [...net.values()].filter(
    (change) => change.oldImage !== undefined || change.newImage !== undefined,
  );
}

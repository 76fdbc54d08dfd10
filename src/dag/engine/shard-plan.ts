/** Owns how a large mapped task is cut into shards, so that no run's history grows with its items. */
import type { MapSpec } from '../graph.js';

/** Shards of one mapped task. */
export interface ShardPlan {
  /** Items of a shard, the last may have fewer. */
  readonly size: number;
  /** Shards under way at once. */
  readonly atOnce: number;
  /** Items of one shard under way at once: with `atOnce` never more than the map's `maxActive`. */
  readonly maxActive: number;
}

/** Up to this many items run in the run itself, inclusive: some 3,000 events of its history. */
const MOST_UNSHARDED = 500;

/** Items of a shard whose size its author left open. */
const SHARD_SIZE = 500;

/** One shard keeps this many items going before a second one is worth its workflow. */
const ITEMS_PER_SHARD = 50;

/**
 * How `count` items are cut; undefined when they run one by one in the run itself.
 *
 * @param maxActiveTasks - of the run: its shards together keep to it
 */
export function shardsOf(
  map: MapSpec,
  count: number,
  maxActiveTasks: number,
): ShardPlan | undefined {
  if (map.count !== undefined) return undefined;
  if (map.shardSize === undefined && count <= MOST_UNSHARDED) return undefined;
  const maxActive = Math.min(map.maxActive, maxActiveTasks);
  const atOnce = Math.max(1, Math.floor(maxActive / ITEMS_PER_SHARD));
  return {
    size: map.shardSize ?? SHARD_SIZE,
    atOnce,
    maxActive: Math.floor(maxActive / atOnce),
  };
}

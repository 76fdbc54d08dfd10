/** Owns what the asset board is told and what it says of itself. */
import type { AssetEvent } from '../dag/assets.js';

/** Argument of the signal `follow`: all that a DAG follows from now on; none to stop. */
export interface AssetFollower {
  readonly dagId: string;
  readonly assets: readonly string[];
}

/** Argument of the signal `updated` of the board, and of `assetUpdated` of schedulers. */
export interface AssetUpdate {
  /** The same for the same update, however often it is told. */
  readonly key: string;
  readonly event: AssetEvent;
}

/** The board as a query shows it. */
export interface AssetBoardView {
  /** Every asset that is followed, by name. */
  readonly assets: readonly {
    readonly asset: string;
    readonly followers: readonly string[];
    /** The last update told to the followers; without its `extra` when that is large. */
    readonly latest?: AssetEvent;
  }[];
}

/** The follower a signal brought; undefined when it is none. */
export function readAssetFollower(value: unknown): AssetFollower | undefined {
  const { dagId, assets } = fieldsOf(value);
  if (typeof dagId !== 'string' || dagId === '' || !Array.isArray(assets)) return undefined;
  const names: readonly unknown[] = assets;
  return names.every((name) => typeof name === 'string')
    ? { dagId, assets: [...new Set(names)] }
    : undefined;
}

/** The update a signal brought; undefined when it is none. */
export function readAssetUpdate(value: unknown): AssetUpdate | undefined {
  const { key, event } = fieldsOf(value);
  const { asset, at } = fieldsOf(event);
  const isWhole = [key, asset, at].every((text) => typeof text === 'string' && text !== '');
  return isWhole ? (value as AssetUpdate) : undefined;
}

type Fields = Readonly<
  Partial<Record<keyof AssetFollower | keyof AssetUpdate | keyof AssetEvent, unknown>>
>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? value : {};
}

/** Owns the asset board's decisions: which DAG follows what, and which updates are news. */
import type { AssetEvent } from '../dag/assets.js';
import type { AssetBoardView, AssetFollower, AssetUpdate } from './asset-messages.js';
import { markdownTable } from './markdown-table.js';

/** An update on its way to a follower. */
export interface AssetDelivery {
  readonly dagId: string;
  readonly update: AssetUpdate;
}

/** All that the board knows; plain JSON, carried from run to run. */
export interface AssetBoardState {
  readonly followers: readonly AssetFollower[];
  /** Of assets that are followed, once they were updated. */
  readonly updated: readonly {
    readonly latest: AssetEvent;
    /** Keys of the last updates, the latest last. */
    readonly keys: readonly string[];
  }[];
  /** Not yet delivered, in order. */
  readonly deliveries: readonly AssetDelivery[];
}

/** Keys an asset remembers: an update is told again within minutes, by the retry of an activity. */
const KEYS_LIMIT = 50;

/** Characters of JSON above which the board passes an event's `extra` on but does not keep it. */
const EXTRA_LIMIT = 2000;

/** A board that knows nothing. */
export function emptyBoard(): AssetBoardState {
  return { followers: [], updated: [], deliveries: [] };
}

/** A DAG follows these assets from now on, and no other. */
export function followed(state: AssetBoardState, follower: AssetFollower): AssetBoardState {
  const others = state.followers.filter(({ dagId }) => dagId !== follower.dagId);
  const isWanted = ({ dagId, update }: AssetDelivery): boolean =>
    dagId !== follower.dagId || follower.assets.includes(update.event.asset);
  return tidied({
    ...state,
    followers: follower.assets.length === 0 ? others : [...others, follower],
    deliveries: state.deliveries.filter(isWanted),
  });
}

/** An asset was updated: a delivery to each follower, unless the same was told before. */
export function updated(state: AssetBoardState, update: AssetUpdate): AssetBoardState {
  const { asset } = update.event;
  const following = state.followers.filter(({ assets }) => assets.includes(asset));
  if (following.length === 0) return state;
  const keys = state.updated.find(({ latest }) => latest.asset === asset)?.keys ?? [];
  if (keys.includes(update.key)) return state;
  const entry = { latest: kept(update.event), keys: [...keys, update.key].slice(-KEYS_LIMIT) };
  return {
    ...state,
    updated: [...state.updated.filter(({ latest }) => latest.asset !== asset), entry],
    deliveries: [...state.deliveries, ...following.map(({ dagId }) => ({ dagId, update }))],
  };
}

/** One delivery has arrived, or never will. */
export function delivered(state: AssetBoardState, delivery: AssetDelivery): AssetBoardState {
  const key = deliveryKey(delivery);
  return {
    ...state,
    deliveries: state.deliveries.filter((other) => deliveryKey(other) !== key),
  };
}

/** A follower's scheduler is not there any more; nothing happens when it has followed anew since. */
export function dropped(state: AssetBoardState, follower: AssetFollower): AssetBoardState {
  if (!state.followers.includes(follower)) return state;
  return followed(state, { dagId: follower.dagId, assets: [] });
}

/** Tells one delivery from all others. */
export function deliveryKey({ dagId, update }: AssetDelivery): string {
  return JSON.stringify([dagId, update.event.asset, update.key]);
}

/** The board as a query shows it. */
export function viewBoard({ followers, updated }: AssetBoardState): AssetBoardView {
  const assets = [...new Set(followers.flatMap((follower) => follower.assets))].sort();
  return {
    assets: assets.map((asset) => {
      const latest = updated.find((entry) => entry.latest.asset === asset)?.latest;
      const following = followers.filter((follower) => follower.assets.includes(asset));
      return {
        asset,
        followers: following.map(({ dagId }) => dagId).sort(),
        ...(latest === undefined ? {} : { latest }),
      };
    }),
  };
}

/** The board's page in Temporal Web, as markdown. */
export function renderBoard({ assets }: AssetBoardView): string {
  if (assets.length === 0) return 'No DAG follows an asset.';
  const rows = assets.map(({ asset, followers, latest }) => [
    asset,
    followers.join(', '),
    latest?.at ?? '—',
  ]);
  return markdownTable(['Asset', 'Followed by', 'Last update'], rows).join('\n');
}

/** Forgets what nobody follows. */
function tidied(state: AssetBoardState): AssetBoardState {
  const assets = new Set(state.followers.flatMap((follower) => follower.assets));
  return { ...state, updated: state.updated.filter(({ latest }) => assets.has(latest.asset)) };
}

function kept(event: AssetEvent): AssetEvent {
  const { extra, ...rest } = event;
  const text = extra === undefined ? '' : JSON.stringify(extra);
  return text.length > EXTRA_LIMIT ? rest : event;
}

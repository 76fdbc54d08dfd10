/** Owns what the asset board is told and what it says of itself. */
import type { AssetEvent } from '../dag/assets.js';

/** Argument of the signal `follow`: all that a DAG follows from now on; none to stop. */
export interface AssetFollower {
  readonly dagId: string;
  readonly assets: readonly string[];
}

/** Argument of the signal `updated`, of board and schedulers alike. */
export interface AssetUpdate {
  /** The same for the same update, however often it is told. */
  readonly key: string;
  readonly event: AssetEvent;
}

/** The board as a query shows it. */
export interface AssetBoardView {
  readonly assets: readonly {
    readonly asset: string;
    readonly followers: readonly string[];
    readonly latest?: AssetEvent;
  }[];
}

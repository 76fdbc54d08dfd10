/** Owns what is asked of everything that is measured. */
import type { Shape } from './shapes.js';

/** How long one run took, in milliseconds. */
export interface Timing {
  /** From start to end by the peer's own records. */
  readonly recordedMs: number;
  /** From the client's request until it saw the end. */
  readonly wallMs: number;
  /** Events of the workflow's history; absent for what has none. */
  readonly events?: number;
}

/** One way to run the same steps. */
export interface Peer {
  readonly id: PeerId;
  /** One run to its end; a run that does not succeed throws. */
  run(shape: Shape): Promise<Timing>;
}

export const PeerId = {
  airflow: 'airflow',
  airflowAsInstalled: 'airflowAsInstalled',
  byHand: 'byHand',
  ours: 'ours',
  byHandLocal: 'byHandLocal',
  oursLocal: 'oursLocal',
} as const;
export type PeerId = (typeof PeerId)[keyof typeof PeerId];

/** For people. */
export const PEER_NAMES: Readonly<Record<PeerId, string>> = {
  airflow: 'Airflow, tuned',
  airflowAsInstalled: 'Airflow, as installed',
  byHand: 'Temporal by hand',
  ours: 'tidemark',
  byHandLocal: 'Temporal by hand, local',
  oursLocal: 'tidemark, local',
};

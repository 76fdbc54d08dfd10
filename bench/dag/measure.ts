/** Owns the order of the runs and what is made of their times. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from '../../src/local/programs/run-to-end.js';
import { PEER_NAMES, type Peer, type PeerId, type Timing } from './peer.js';
import { SHAPE_NAMES, SHAPES, type Shape } from './shapes.js';

/** How often, and how far apart. */
export interface Pace {
  readonly rounds: number;
  /**
   * Runs of each that are not counted and go before. A worker serves for weeks, so that the code of a
   * run has long been compiled: it takes some twenty runs until V8 has done so.
   */
  readonly warmUps: number;
  /** Before each run, so that nobody pays for what the one before left to be done. */
  readonly restMs: number;
}

/** All runs of one shape by one peer. */
export interface Measured {
  readonly peer: PeerId;
  readonly shape: Shape;
  readonly timings: readonly Timing[];
}

/**
 * Runs every shape by each peer, in turn, so that what slows the machine for a while slows all of
 * them.
 */
export async function measure(
  peers: readonly Peer[],
  { rounds, warmUps, restMs }: Pace,
  report: Report,
): Promise<readonly Measured[]> {
  const timings = new Map<string, Timing[]>();
  const series = SHAPES.flatMap((shape) => peers.map((peer) => ({ shape, peer })));
  for (let done = 0; done < warmUps; done++) {
    for (const { shape, peer } of series) {
      await peer.run(shape);
    }
  }
  for (let round = 1; round <= rounds; round++) {
    for (const { shape, peer } of series) {
      await sleep(restMs);
      const timing = await peer.run(shape);
      const key = `${peer.id} ${shape}`;
      timings.set(key, [...(timings.get(key) ?? []), timing]);
      const ms = `${Math.round(timing.recordedMs)} ms`;
      report(`round ${round}/${rounds}: ${SHAPE_NAMES[shape]}, ${PEER_NAMES[peer.id]}: ${ms}`);
    }
  }
  return series.map(({ shape, peer }) => ({
    shape,
    peer: peer.id,
    timings: timings.get(`${peer.id} ${shape}`) ?? [],
  }));
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(half) - 1], sorted[Math.floor(half)]];
  if (low === undefined || high === undefined) throw new RangeError('no values');
  return (low + high) / 2;
}

/** The median of what a peer recorded; undefined when it was not measured. */
export function medianOf(
  measured: readonly Measured[],
  peer: PeerId,
  shape: Shape,
): number | undefined {
  const found = measured.find((one) => one.peer === peer && one.shape === shape);
  return found && median(found.timings.map(({ recordedMs }) => recordedMs));
}

/** Owns what is to be reached, and whether it was. */
import { medianOf, type Measured } from './measure.js';
import { PeerId } from './peer.js';
import { Shape, SHAPES } from './shapes.js';

/** One ratio of medians for each shape. */
export interface Ratio {
  readonly name: string;
  readonly values: Readonly<Record<Shape, number | undefined>>;
}

/** A target with what was reached; judged on the sequence. */
export interface Target {
  readonly text: string;
  readonly reached: number | undefined;
  /** Undefined when it was not measured. */
  readonly isMet: boolean | undefined;
}

const RATIOS = [
  { name: 'Airflow as installed / ours', of: PeerId.airflowAsInstalled, to: PeerId.ours },
  { name: 'Airflow tuned / ours', of: PeerId.airflow, to: PeerId.ours },
  { name: 'Airflow tuned / ours local', of: PeerId.airflow, to: PeerId.oursLocal },
  { name: 'ours / by hand', of: PeerId.ours, to: PeerId.byHand },
  { name: 'ours / ours local', of: PeerId.ours, to: PeerId.oursLocal },
  { name: 'by hand / ours local', of: PeerId.byHand, to: PeerId.oursLocal },
  { name: 'ours local / by hand local', of: PeerId.oursLocal, to: PeerId.byHandLocal },
] as const;

const TARGETS = [
  {
    text: 'at least 20 times faster than Airflow as it is installed (Airflow / ours ≥ 20)',
    of: PeerId.airflowAsInstalled,
    to: PeerId.ours,
    isMetBy: (reached: number) => reached >= 20,
  },
  {
    text: 'within 10 % of the same steps by hand (ours / by hand ≤ 1.10)',
    of: PeerId.ours,
    to: PeerId.byHand,
    isMetBy: (reached: number) => reached <= 1.1,
  },
  {
    text: 'local at least 5 times faster than by hand (by hand / ours local ≥ 5)',
    of: PeerId.byHand,
    to: PeerId.oursLocal,
    isMetBy: (reached: number) => reached >= 5,
  },
] as const;

/** All that is compared. */
export function ratios(measured: readonly Measured[]): readonly Ratio[] {
  return RATIOS.map(({ name, of, to }) => ({
    name,
    values: Object.fromEntries(
      SHAPES.map((shape) => [shape, ratio(measured, of, to, shape)]),
    ) as Ratio['values'],
  }));
}

/** The three targets, on the sequence. */
export function judge(measured: readonly Measured[]): readonly Target[] {
  return TARGETS.map(({ text, of, to, isMetBy }) => {
    const reached = ratio(measured, of, to, Shape.sequence);
    return { text, reached, isMet: reached === undefined ? undefined : isMetBy(reached) };
  });
}

function ratio(
  measured: readonly Measured[],
  of: PeerId,
  to: PeerId,
  shape: Shape,
): number | undefined {
  const [above, below] = [medianOf(measured, of, shape), medianOf(measured, to, shape)];
  return above === undefined || below === undefined ? undefined : above / below;
}

/** Owns the graphs that are measured, the same for every peer. */

/** In sequence: each task after the one before. Side by side: all after one, and one after all. */
export const Shape = { sequence: 'sequence', sideBySide: 'sideBySide' } as const;
export type Shape = (typeof Shape)[keyof typeof Shape];

export const SHAPES: readonly Shape[] = [Shape.sequence, Shape.sideBySide];

/** Light tasks in sequence. */
export const SEQUENCE_LENGTH = 40;
/** Light tasks side by side, without the one before them and the one after. */
export const FAN_WIDTH = 100;

/** For people. */
export const SHAPE_NAMES: Readonly<Record<Shape, string>> = {
  sequence: `${SEQUENCE_LENGTH} in sequence`,
  sideBySide: `${FAN_WIDTH} side by side`,
};

/** How many tasks a run has. */
export const TASK_COUNTS: Readonly<Record<Shape, number>> = {
  sequence: SEQUENCE_LENGTH,
  sideBySide: FAN_WIDTH + 2,
};

/** The DAGs' ids, at Airflow and at ours. */
export const DAG_IDS: Readonly<Record<Shape, string>> = {
  sequence: 'bench_sequence',
  sideBySide: 'bench_side_by_side',
};

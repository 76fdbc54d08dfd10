/** Owns how states look, the same in every drawing. */
import type { TaskState } from '../engine/run-state.js';

interface Style {
  readonly fill: string;
  readonly stroke: string;
  readonly sign: string;
  /** ANSI colour number. */
  readonly ansi: number;
}

/** Dark text is legible on every fill; the sign says the state without colour. */
export const STATE_STYLE: Readonly<Record<TaskState, Style>> = {
  waiting: { fill: '#f8fafc', stroke: '#94a3b8', sign: '·', ansi: 90 },
  ready: { fill: '#fef9c3', stroke: '#ca8a04', sign: '◦', ansi: 33 },
  running: { fill: '#dbeafe', stroke: '#2563eb', sign: '▸', ansi: 34 },
  up_for_retry: { fill: '#ffedd5', stroke: '#ea580c', sign: '↻', ansi: 33 },
  up_for_reschedule: { fill: '#e0f2fe', stroke: '#0284c7', sign: '⏲', ansi: 36 },
  success: { fill: '#dcfce7', stroke: '#16a34a', sign: '✓', ansi: 32 },
  failed: { fill: '#fee2e2', stroke: '#dc2626', sign: '✗', ansi: 31 },
  skipped: { fill: '#fce7f3', stroke: '#db2777', sign: '»', ansi: 35 },
  upstream_failed: { fill: '#fef3c7', stroke: '#b45309', sign: '⊘', ansi: 33 },
};

/** States by task id, as {@link import('../engine/run-view.js').taskStates} gives them. */
export type States = Readonly<Record<string, TaskState>>;

/** Owns what commands mean to one another, and what people read of a timer. */
import type { RunCommand, TimerPurpose } from '../dag/engine/messages.js';
import { instanceName } from './attempt-order.js';

/** Whether `cancel` stops what `started` began. */
export function isStartOf(
  started: RunCommand,
  cancel: Extract<RunCommand, { type: 'cancelTask' | 'cancelShard' }>,
): boolean {
  if (started.type === 'startTask' && cancel.type === 'cancelTask') {
    return (
      started.task === cancel.task &&
      started.mapIndex === cancel.mapIndex &&
      started.attempt === cancel.attempt
    );
  }
  return (
    started.type === 'startShard' &&
    cancel.type === 'cancelShard' &&
    started.task === cancel.task &&
    started.from === cancel.from
  );
}

/** `copy[3]: attempt 2`. */
export function timerSummary(timer: TimerPurpose): string {
  if (timer.kind === 'deadline') return 'deadline of the run';
  const what = timer.kind === 'retry' ? `attempt ${timer.attempt + 1}` : `look ${timer.poke + 1}`;
  return `${instanceName(timer)}: ${what}`;
}

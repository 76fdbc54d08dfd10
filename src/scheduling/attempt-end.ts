/** Owns how the end of an attempt is told to the engine. */
import type { AttemptId, RunEvent } from '../dag/engine/messages.js';
import type { Output } from '../dag/engine/run-state.js';
import type { TaskError } from '../dag/outcome.js';

/** How an attempt ended. */
export type AttemptEnd = {
  /** The worker's clock, milliseconds since 1970. */
  readonly endedAtMs?: number;
} & (
  | { readonly kind: 'succeeded'; readonly output?: Output }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'notYet' }
  | {
      readonly kind: 'failed';
      readonly error: TaskError;
      readonly retryable: boolean;
      readonly retryAfterMs?: number;
      /** What a body that ran in the workflow threw. */
      readonly thrown?: unknown;
    }
);

/** An event before it is given its time. */
export type Told = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'atMs'>
    : never
  : never;

/** The event that tells of `end`. */
export function eventOfAttempt({ task, mapIndex, attempt }: AttemptId, end: AttemptEnd): Told {
  const id = { task, mapIndex, attempt };
  switch (end.kind) {
    case 'succeeded':
      return {
        type: 'taskSucceeded',
        ...id,
        ...(end.output === undefined ? {} : { output: end.output }),
      };
    case 'skipped':
      return { type: 'taskSkipped', ...id, reason: end.reason };
    case 'notYet':
      return { type: 'taskNotYet', ...id };
    case 'failed':
      return {
        type: 'taskFailed',
        ...id,
        error: end.error,
        retryable: end.retryable,
        ...(end.retryAfterMs === undefined ? {} : { retryAfterMs: end.retryAfterMs }),
      };
  }
}

/** Owns what the end of a run's workflow says of the run, when the run itself said nothing. */
import { isCancellation, TemporalFailure, TerminatedFailure } from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';

/** How a run ended, and why in a few words. */
export interface RunEnd {
  readonly status: 'success' | 'failed' | 'cancelled';
  readonly why: string;
}

/** The end of a run whose workflow did not complete, by the error that says so. */
export function runEndOf(error: unknown): RunEnd {
  if (isCancellation(error)) return { status: 'cancelled', why: 'its workflow was cancelled' };
  const cause = error instanceof TemporalFailure ? error.cause : undefined;
  if (cause instanceof TerminatedFailure) {
    return { status: 'failed', why: 'its workflow was terminated' };
  }
  return { status: 'failed', why: messageOf(cause ?? error) };
}

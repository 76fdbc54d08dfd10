/** Owns the one translation from our errors to what Temporal retries, fails and shows. */
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { InvariantError } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';

/** What of an error goes along as the failure's detail. */
export interface FailureDetail {
  readonly subject: string;
  readonly hint?: string;
}

/**
 * The failure for anything an activity threw. NotYet is benign: it is how an activity waits without
 * holding a worker's slot or growing the history, so it must not read as an error in logs. Unknown
 * errors pass as they are and are retried: a fixed worker heals them.
 */
export function toFailure(thrown: unknown): unknown {
  if (thrown instanceof InvariantError) {
    return ApplicationFailure.nonRetryable(thrown.message, thrown.name);
  }
  if (!(thrown instanceof TidemarkError)) return thrown;
  const detail: FailureDetail = {
    subject: thrown.subject,
    ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
  };
  return ApplicationFailure.create({
    message: thrown.message,
    type: thrown.code,
    nonRetryable: !thrown.retryable,
    details: [detail],
    ...(thrown.cause instanceof Error ? { cause: thrown.cause } : {}),
    ...(thrown.retryAfterSeconds === undefined
      ? {}
      : { nextRetryDelay: thrown.retryAfterSeconds * 1000 }),
    ...(thrown.code === ErrorCode.NotYet ? { category: ApplicationFailureCategory.BENIGN } : {}),
  });
}

/** Owns the examples of how errors of ours become failures that Temporal knows. */
import { expect, test } from '@jest/globals';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { InvariantError } from '../../../src/core/assert.js';
import { ErrorCode, TidemarkError } from '../../../src/core/errors.js';
import { toFailure } from '../../../src/temporal/failure-mapping.js';

const failureOf = (error: unknown): ApplicationFailure => {
  const failure = toFailure(error);
  expect(failure).toBeInstanceOf(ApplicationFailure);
  return failure as ApplicationFailure;
};

test('what no retry mends is not retried, and carries subject and hint', () => {
  const failure = failureOf(
    new TidemarkError('Bucket b does not exist.', {
      code: ErrorCode.BucketNotFound,
      subject: 'b',
      hint: 'Create it.',
    }),
  );
  expect(failure).toMatchObject({
    type: 'BucketNotFound',
    nonRetryable: true,
    message: 'Bucket b does not exist.',
    details: [{ subject: 'b', hint: 'Create it.' }],
  });
});

test('not yet is benign and names its delay', () => {
  const failure = failureOf(
    new TidemarkError('Still exporting.', {
      code: ErrorCode.NotYet,
      subject: 'arn',
      retryable: true,
      retryAfterSeconds: 30,
    }),
  );
  expect(failure.nonRetryable).toBe(false);
  expect(failure.nextRetryDelay).toBe(30_000);
  expect(failure.category).toBe(ApplicationFailureCategory.BENIGN);
});

test('a broken invariant is never retried into success', () => {
  expect(failureOf(new InvariantError('x')).nonRetryable).toBe(true);
});

test('an unknown error passes as it is, and Temporal retries it', () => {
  const error = new TypeError('x is not a function');
  expect(toFailure(error)).toBe(error);
});

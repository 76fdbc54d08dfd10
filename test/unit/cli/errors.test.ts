/** Owns the check of how failures are told, and of the exit codes they lead to. */
import { describe, expect, test } from '@jest/globals';
import { ExitCode, exitCodeOf } from '../../../src/cli/exit-code.js';
import { Output } from '../../../src/cli/output.js';
import { reportError } from '../../../src/cli/report-error.js';
import { ErrorCode, TidemarkError } from '../../../src/core/errors.js';
import { TextSink } from '../../support/text-sink.js';

function told(thrown: unknown, options: { verbose?: boolean; isTTY?: boolean } = {}): string {
  const answers = new TextSink();
  const notes = new TextSink(options.isTTY);
  const { verbose = false } = options;
  reportError(thrown, new Output({ json: false, verbose }, { answers, notes }));
  expect(answers.text).toBe('');
  return notes.text;
}

const denied = new TidemarkError('Access to my-lake is denied.', {
  code: ErrorCode.AccessDenied,
  subject: 'my-lake',
  hint: 'Check the policy.',
  cause: new Error('403 from the service'),
});

test('an error is its sentence and what to do, without a stack', () => {
  expect(told(denied)).toBe('tidemark: Access to my-lake is denied.\n  Check the policy.\n');
});

test('--verbose shows what it came from', () => {
  expect(told(denied, { verbose: true })).toContain('caused by: Error: 403 from the service\n');
});

test('several problems are a line each', () => {
  const error = new TidemarkError('a is 1.\nb is 2.', {
    code: ErrorCode.InvalidConfig,
    subject: 'x',
  });
  expect(told(error)).toBe('tidemark: a is 1.\n  b is 2.\n');
});

test('what nobody foresaw says how to see more', () => {
  expect(told(new TypeError('x is not a function'))).toBe(
    'tidemark: x is not a function\n  This was not foreseen; run the same again with --verbose to see where it comes from.\n',
  );
  expect(told('a string')).toContain('tidemark: a string\n');
  expect(told(new Error(''))).toContain('tidemark: failed without a word\n');
});

test('an error that is its own cause ends all the same', () => {
  const error = new Error('round and round');
  error.cause = error;
  expect(told(error, { verbose: true }).split('caused by').length).toBeGreaterThan(1);
});

test('colours are for terminals that show them', () => {
  expect(told(denied, { isTTY: true })).toContain('\u001b[31mtidemark:\u001b[39m');
});

describe('exit codes', () => {
  test.each([
    [ErrorCode.InvalidConfig, ExitCode.usage],
    [ErrorCode.InvalidUsage, ExitCode.usage],
    [ErrorCode.Unreachable, ExitCode.unavailable],
    [ErrorCode.PortTaken, ExitCode.unavailable],
    [ErrorCode.MissingProgram, ExitCode.unavailable],
    [ErrorCode.TableNotFound, ExitCode.notFound],
    [ErrorCode.BucketNotFound, ExitCode.notFound],
    [ErrorCode.NotFound, ExitCode.notFound],
    [ErrorCode.AccessDenied, ExitCode.failed],
    [ErrorCode.CorruptExport, ExitCode.failed],
  ])('%s ends with %p', (code, exitCode) => {
    expect(exitCodeOf(new TidemarkError('x', { code, subject: 'x' }))).toBe(exitCode);
  });

  test('anything else has failed', () => {
    expect(exitCodeOf(new Error('x'))).toBe(ExitCode.failed);
    expect(exitCodeOf(undefined)).toBe(ExitCode.failed);
  });
});

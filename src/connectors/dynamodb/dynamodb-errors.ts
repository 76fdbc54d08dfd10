/** Owns what DynamoDB's errors mean to us. */
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import { CREDENTIAL_TROUBLE, isCredentialTrouble } from '../../core/credential-trouble.js';
import { secondsBetween } from '../../core/instant.js';
import { exportedWindow, type ExportRequest, type PitrState } from '../../export/table-exports.js';

interface Meaning {
  readonly code: ErrorCode;
  readonly retryable?: boolean;
  readonly hint?: string;
  readonly retryAfterSeconds?: number;
}

const throttled: Meaning = {
  code: ErrorCode.Throttled,
  retryable: true,
  hint: 'Nothing to do: the call is repeated, ever more slowly.',
};
const noRoom: Meaning = {
  code: ErrorCode.NoRoom,
  retryable: true,
  hint: 'Nothing to do: the call is repeated until some of what is in progress has ended.',
};
const denied: Meaning = {
  code: ErrorCode.AccessDenied,
  hint: 'Check the credentials and the actions their policy allows on this table.',
};
const noTable: Meaning = {
  code: ErrorCode.TableNotFound,
  hint: "Check the table's name, the account and the Region.",
};
const unreachable: Meaning = {
  code: ErrorCode.Unreachable,
  retryable: true,
  hint: 'Check the network and the endpoint.',
};

/** By the name of AWS's exception; the first four are not declared in the service's model. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  ThrottlingException: throttled,
  Throttling: throttled,
  AccessDeniedException: denied,
  UnrecognizedClientException: denied,
  InvalidSignatureException: denied,
  MissingAuthenticationTokenException: denied,
  LimitExceededException: noRoom,
  RequestLimitExceeded: throttled,
  ProvisionedThroughputExceededException: throttled,
  TableNotFoundException: noTable,
  ResourceNotFoundException: noTable,
  ExportNotFoundException: { code: ErrorCode.NotFound },
  PointInTimeRecoveryUnavailableException: {
    code: ErrorCode.PitrUnavailable,
    hint: 'Switch point-in-time recovery on.',
  },
  ContinuousBackupsUnavailableException: { code: ErrorCode.NotYet, retryable: true },
  ExportConflictException: {
    code: ErrorCode.TokenTaken,
    hint: 'The same client token was used for another export: use a new one.',
  },
  ValidationException: {
    code: ErrorCode.InvalidUsage,
    hint: 'Correct what the message names.',
  },
  UnknownOperationException: {
    code: ErrorCode.InvalidConfig,
    hint: 'This endpoint has no exports: check AWS_ENDPOINT_URL_DYNAMODB.',
  },
};

/** Anything that a call threw, as a `TidemarkError` about `subject`. */
export function tidemarkErrorOf(thrown: unknown, subject: string): TidemarkError {
  if (thrown instanceof TidemarkError) return thrown;
  const { name = 'Error', $metadata } = thrown as {
    name?: string;
    $metadata?: { httpStatusCode?: number };
  };
  const status = $metadata?.httpStatusCode;
  // No status: nobody answered. A status of 500 and up: somebody did, and may do better later.
  const unnamed: Meaning =
    status === undefined || status >= 500 ? unreachable : { code: ErrorCode.InvalidUsage };
  const meaning = isCredentialTrouble(name, thrown)
    ? CREDENTIAL_TROUBLE
    : (MEANINGS[name] ?? unnamed);
  const message = `DynamoDB refused for ${subject}: ${name}: ${messageOf(thrown)}`;
  return new TidemarkError(message, { ...meaning, subject, cause: thrown });
}

/** How long to wait for a time that has not come: clocks differ by a minute at most. */
const LONGEST_WAIT_SECONDS = 60;

/**
 * What an InvalidExportTimeException means. Of lengths the message tells which bound was broken. "Export
 * Time is invalid" is said of times too early and of times in the future, and a `from` "less than the
 * table creation time" of a table without recovery too, so `pitr` decides.
 */
export function refusedTime(thrown: Error, request: ExportRequest, pitr: PitrState): TidemarkError {
  const { scope, tableArn } = request;
  const begin = scope.kind === 'full' ? scope.exportTime : exportedWindow(scope).from;
  const told = (meaning: Meaning): TidemarkError =>
    new TidemarkError(`DynamoDB refused the export of ${tableArn}: ${thrown.message}`, {
      ...meaning,
      subject: tableArn,
      cause: thrown,
    });
  const bound = /\b(less|greater) than (\d+ (?:seconds|minutes|hours))/.exec(thrown.message);
  if (bound !== null) {
    const most = bound[1] === 'less' ? 'least' : 'most';
    return told({
      code: ErrorCode.InvalidWindow,
      hint: `Take windows of ${String(bound[2])} at ${most}: correct window and limits in the configuration, then stop and start the sync.`,
    });
  }
  if (!pitr.enabled) {
    return told({
      code: ErrorCode.PitrUnavailable,
      hint: 'Switch point-in-time recovery on.',
    });
  }
  if (begin < pitr.earliestRestorable) {
    return told({
      code: ErrorCode.WindowOutOfReach,
      hint: 'Begin anew with a full export: recovery does not reach back that far.',
    });
  }
  // In the future by DynamoDB's clock, or, of a full export, later than recovery reaches so far.
  const missingSeconds = scope.kind === 'full' ? secondsBetween(pitr.latestRestorable, begin) : 1;
  return told({
    code: ErrorCode.NotYet,
    retryable: true,
    retryAfterSeconds: Math.max(1, Math.min(missingSeconds, LONGEST_WAIT_SECONDS)),
  });
}

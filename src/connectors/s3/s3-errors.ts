/** Owns the reading of S3's errors: which can be waited out, and what a person must do about others. */
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import { CREDENTIAL_TROUBLE, isCredentialTrouble } from '../../core/credential-trouble.js';

/** What the SDK's errors and Node's have in common, as far as they say anything. */
interface ServiceFailure {
  readonly name: string;
  /** Node's code of a broken connection. */
  readonly code: string;
  readonly status: number;
}

const THROTTLED = new Set([
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'RequestLimitExceeded',
  'ConditionalRequestConflict',
  'OperationAborted',
]);
const UNREACHABLE_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'ERR_STREAM_PREMATURE_CLOSE',
]);
const UNREACHABLE = new Set([
  'InternalError',
  'ServiceUnavailable',
  'TimeoutError',
  'RequestTimeout',
  'NetworkingError',
]);
const ELSEWHERE = new Set(['PermanentRedirect', 'AuthorizationHeaderMalformed', '301']);
const DENIED = new Set(['AccessDenied', 'InvalidAccessKeyId']);

/**
 * The {@link TidemarkError} that `error` amounts to, with the bucket as its subject; `error` itself
 * when it is of no kind we know.
 */
export function translated(error: unknown, bucket: string): unknown {
  if (error instanceof TidemarkError) return error;
  const failure = read(error);
  const details = { subject: `s3://${bucket}`, cause: error };
  const said = `${failure.name}: ${messageOf(error)}`;
  if (failure.name === 'NoSuchBucket') {
    return new TidemarkError(`The bucket ${bucket} does not exist.`, {
      ...details,
      code: ErrorCode.BucketNotFound,
      hint: 'Create the bucket, or correct its name in the configuration.',
    });
  }
  if (failure.status === 301 || ELSEWHERE.has(failure.name)) {
    return new TidemarkError(`The bucket ${bucket} is not in the configured Region (${said}).`, {
      ...details,
      code: ErrorCode.BucketNotFound,
      hint: "Set the Region to the bucket's own.",
    });
  }
  if (isCredentialTrouble(failure.name, error)) {
    return new TidemarkError(`S3 does not let us in to the bucket ${bucket} (${said}).`, {
      ...details,
      ...CREDENTIAL_TROUBLE,
    });
  }
  if (isDenied(failure)) {
    return new TidemarkError(`Access to the bucket ${bucket} is denied (${said}).`, {
      ...details,
      code: ErrorCode.AccessDenied,
      hint: 'Check the credentials, the bucket policy and the KMS key policy.',
    });
  }
  if (failure.status === 503 || failure.status === 429 || THROTTLED.has(failure.name)) {
    return new TidemarkError(`S3 asks to slow down on the bucket ${bucket} (${said}).`, {
      ...details,
      code: ErrorCode.Throttled,
      retryable: true,
      hint: 'Wait; if it goes on, lower the number of tables worked on at once.',
    });
  }
  if (isUnreachable(failure)) {
    return new TidemarkError(`S3 cannot be reached for the bucket ${bucket} (${said}).`, {
      ...details,
      code: ErrorCode.Unreachable,
      retryable: true,
      hint: 'Check the network and the endpoint (AWS_ENDPOINT_URL_S3).',
    });
  }
  return error;
}

/** S3's name for what went wrong, as in its documentation; empty when it was not S3 who spoke. */
export function failureName(error: unknown): string {
  return read(error).name;
}

/** The HTTP status of S3's answer; 0 when there was none. */
export function failureStatus(error: unknown): number {
  return read(error).status;
}

function isDenied({ name, status }: ServiceFailure): boolean {
  return status === 403 || DENIED.has(name) || name.startsWith('KMS');
}

function isUnreachable({ name, code, status }: ServiceFailure): boolean {
  return status >= 500 || UNREACHABLE.has(name) || UNREACHABLE_CODES.has(code);
}

function read(error: unknown): ServiceFailure {
  const parts = (error ?? {}) as {
    name?: unknown;
    code?: unknown;
    $metadata?: { httpStatusCode?: unknown };
  };
  const status = parts.$metadata?.httpStatusCode;
  const code = typeof parts.code === 'string' ? parts.code : codeInWrapper(error);
  return {
    name: typeof parts.name === 'string' ? parts.name : '',
    code,
    status: typeof status === 'number' ? status : 0,
  };
}

/**
 * The SDK wraps what it does not take for an Error, and keeps its text only. Node's own errors are
 * such when the SDK runs in another realm, as under jest.
 */
function codeInWrapper(error: unknown): string {
  const wrapped = /^AWS SDK error wrapper for (.*)$/s.exec(messageOf(error))?.[1] ?? '';
  return /\b(E[A-Z_]{3,}|ERR_[A-Z_]+)\b/.exec(wrapped)?.[1] ?? '';
}

/** Owns what an answer of a REST catalog that is no success means to the user. */
import { CREDENTIAL_VARIABLE, TOKEN_VARIABLE } from './credential-variables.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';

/** An answer, whatever its status. */
export interface RestAnswer {
  readonly status: number;
  /** Undefined when the body is not JSON. */
  readonly value: unknown;
  readonly retryAfterSeconds: number | undefined;
  /** Where a redirect leads that was not followed. */
  readonly leadsTo?: string;
}

/**
 * The error for an answer that nobody expected. `subject` is what was asked for: the catalog's
 * address and path. The server's own words are in the message (ErrorModel of the REST protocol).
 */
export function restError(answer: RestAnswer, subject: string): TidemarkError {
  const { status, retryAfterSeconds } = answer;
  const words = messageIn(answer.value);
  const message = `The catalog answered ${status} for ${subject}${words === undefined ? '.' : `: ${words}`}`;
  if (status === 401 || status === 419) {
    return new TidemarkError(message, {
      code: ErrorCode.AccessDenied,
      subject,
      hint: `Set ${TOKEN_VARIABLE} or ${CREDENTIAL_VARIABLE}, where the work is done, to one that is valid.`,
    });
  }
  if (status === 403) {
    return new TidemarkError(message, {
      code: ErrorCode.AccessDenied,
      subject,
      hint: 'Let this principal create, read and change tables in the namespace.',
    });
  }
  if (status === 429 || status === 503) {
    return new TidemarkError(message, {
      code: ErrorCode.Throttled,
      subject,
      retryable: true,
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  }
  if (status >= 500) {
    return new TidemarkError(message, { code: ErrorCode.Unreachable, subject, retryable: true });
  }
  if (status === 404) {
    return new TidemarkError(message, {
      code: ErrorCode.NotFound,
      subject,
      hint: "Check the catalog's uri, warehouse and namespace.",
    });
  }
  return new TidemarkError(message, { code: ErrorCode.InvalidConfig, subject });
}

/** For a success whose body is not what the protocol says. */
export function strangeAnswer(subject: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`The answer for ${subject} is not of Iceberg's REST protocol.`, {
    code: ErrorCode.InvalidConfig,
    subject,
    hint: "Check the catalog's uri.",
    cause,
  });
}

/** The message of an ErrorModel, or of OAuth's error answers. */
function messageIn(value: unknown): string | undefined {
  const error = fieldOf(value, 'error');
  const words = fieldOf(error, 'message') ?? fieldOf(value, 'error_description') ?? error;
  return typeof words === 'string' && words !== '' ? words : undefined;
}

/** A field of what was parsed; undefined when there is none. */
export function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? (value as Readonly<Record<string, unknown>>)[name]
    : undefined;
}

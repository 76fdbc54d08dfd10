/** Owns one exchange with an HTTP server, and patience with it. */
import { setTimeout as delay } from 'node:timers/promises';
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import { parseLosslessJson } from '../../iceberg/metadata-json.js';
import { restError, type RestAnswer } from './rest-errors.js';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Its body is for this server alone: a redirect is the answer, and not followed. */
  readonly isSecret?: boolean;
}

/** The world outside, as tests replace it. */
export interface HttpWorld {
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number) => Promise<void>;
}

export const REAL_WORLD: HttpWorld = {
  fetch: (input, init) => fetch(input, init),
  sleep: (ms) => delay(ms),
};

/** How often a request is sent before the caller hears that it failed. */
export const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 200;
/** A server that asks for more patience gets it from whoever repeats the whole step. */
const LONGEST_PAUSE_MS = 20_000;
/** A commit may wait for its turn behind others. */
const TIMEOUT_MS = 60_000;

/** Sends a request once. Unreachable when no whole answer comes: it may have been carried out. */
export async function exchange(world: HttpWorld, request: HttpRequest): Promise<RestAnswer> {
  const { method, url, headers, body, isSecret } = request;
  try {
    const response = await world.fetch(url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
      redirect: isSecret === true ? 'manual' : 'follow',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    const location = response.headers.get('location');
    return {
      status: response.status,
      value: parsed(await response.text()),
      retryAfterSeconds: Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined,
      ...(location === null ? {} : { leadsTo: absolute(location, url) }),
    };
  } catch (error) {
    const { cause } = error as Error;
    throw new TidemarkError(`No answer came from ${url}: ${messageOf(cause ?? error)}`, {
      code: ErrorCode.Unreachable,
      subject: url,
      retryable: true,
      hint: "Check the catalog's uri, and that this machine can reach it.",
      cause: error,
    });
  }
}

/**
 * Sends a request that may be carried out twice, until there is an answer other than "later".
 * Throws what {@link exchange} throws, or the error of the last answer.
 */
export async function exchangePatiently(
  world: HttpWorld,
  send: () => Promise<RestAnswer>,
  subject: string,
): Promise<RestAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    let failure: Error;
    try {
      const answer = await send();
      if (!saysLater(answer)) return answer;
      failure = restError(answer, subject);
    } catch (error) {
      failure = error as Error;
    }
    const hopeful = failure instanceof TidemarkError && failure.retryable;
    if (attempt === ATTEMPTS || !hopeful) throw failure;
    await pauseBefore(world, attempt, failure);
  }
}

/** Whether the same request may be answered otherwise later. */
export function saysLater({ status }: RestAnswer): boolean {
  return status === 429 || status >= 500;
}

/** Waits longer each time, or as long as the server asked for. */
export async function pauseBefore(
  { sleep }: HttpWorld,
  attempt: number,
  failure: unknown,
): Promise<void> {
  const asked = failure instanceof TidemarkError ? failure.retryAfterSeconds : undefined;
  const pauseMs = FIRST_PAUSE_MS * 2 ** (attempt - 1) * (0.5 + Math.random());
  await sleep(Math.min(Math.max(pauseMs, (asked ?? 0) * 1000), LONGEST_PAUSE_MS));
}

function parsed(text: string): unknown {
  try {
    return parseLosslessJson(text);
  } catch {
    return undefined;
  }
}

function absolute(location: string, url: string): string {
  return URL.canParse(location, url) ? new URL(location, url).href : location;
}

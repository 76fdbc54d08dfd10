/** Owns the bearer token that a REST catalog asks for, given or fetched. */
import { CREDENTIAL_VARIABLE } from './credential-variables.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { fieldOf, restError, strangeAnswer, type RestAnswer } from './rest-errors.js';
import { exchange, exchangePatiently, type HttpWorld } from './rest-exchange.js';

/** By the names that Spark, PyIceberg and DuckDB know them under. */
export interface RestAuthorizationOptions {
  /** A bearer token, sent as it is. */
  readonly token?: string;
  /** `<client id>:<client secret>`, for which a token is fetched. */
  readonly credential?: string;
  /** What the fetched token is for; `catalog` when left out. */
  readonly scope?: string;
  /** Where tokens are fetched; the catalog's own `/v1/oauth/tokens` when left out. */
  readonly oauth2ServerUri?: string;
}

export interface RestAuthorization {
  /** The token for the next request; undefined when none is wanted. */
  token(): Promise<string | undefined>;
  /** Whether another one can be had in place of `token`, which was refused. */
  renew(token: string | undefined): boolean;
}

/** `headers` go with the requests for tokens: some catalogs tell realms apart by them. */
export function restAuthorization(
  world: HttpWorld,
  uri: string,
  options: RestAuthorizationOptions,
  headers: Readonly<Record<string, string>>,
): RestAuthorization {
  const { token, credential, scope = 'catalog', oauth2ServerUri } = options;
  if (credential === undefined) return { token: () => Promise.resolve(token), renew: () => false };
  const tokenUri = oauth2ServerUri ?? `${uri}/v1/oauth/tokens`;
  let fetched: Promise<string> | undefined;
  let last: string | undefined;
  return {
    token: async () => {
      fetched ??= fetchToken(world, { tokenUri, credential, scope, headers });
      try {
        last = await fetched;
        return last;
      } catch (error) {
        fetched = undefined;
        throw error;
      }
    },
    renew: (refused) => {
      // Another request that held it may have had it renewed already.
      if (refused === last) fetched = last = undefined;
      return true;
    },
  };
}

interface TokenOrder {
  readonly tokenUri: string;
  readonly credential: string;
  readonly scope: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** RFC 6749, section 4.4, with the client in the body, as the REST protocol has it. */
async function fetchToken(
  world: HttpWorld,
  { tokenUri, credential, scope, headers }: TokenOrder,
): Promise<string> {
  const colon = credential.indexOf(':');
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    ...(colon < 0 ? {} : { client_id: credential.slice(0, colon) }),
    client_secret: credential.slice(colon + 1),
    scope,
  });
  const request = {
    method: 'POST',
    url: tokenUri,
    headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
    body: body.toString(),
    isSecret: true,
  } as const;
  const answer = await exchangePatiently(world, () => exchange(world, request), tokenUri);
  if (answer.status >= 300 && answer.status < 400) throw leadsElsewhere(tokenUri, answer);
  if (answer.status === 400 || answer.status === 401) {
    const { message } = restError(answer, tokenUri);
    throw new TidemarkError(`No token was given for the credential. ${message}`, {
      code: ErrorCode.AccessDenied,
      subject: tokenUri,
      hint: `Set ${CREDENTIAL_VARIABLE} to a valid <client id>:<client secret>, and the catalog's scope.`,
    });
  }
  if (answer.status !== 200) throw restError(answer, tokenUri);
  const token = fieldOf(answer.value, 'access_token');
  if (typeof token !== 'string') throw strangeAnswer(tokenUri);
  return token;
}

function leadsElsewhere(tokenUri: string, { status, leadsTo }: RestAnswer): TidemarkError {
  return new TidemarkError(
    `The address for tokens, ${tokenUri}, leads to ${leadsTo ?? 'another one'} (${String(status)}); the credential was not sent on.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: tokenUri,
      hint: 'Set oauth2ServerUri to the address that gives tokens, if it is one to be trusted with the credential.',
    },
  );
}

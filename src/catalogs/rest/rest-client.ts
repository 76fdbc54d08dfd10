/** Owns requests to one REST catalog: their addresses, headers and authorization. */
import { formatLosslessJson } from '../../iceberg/metadata-json.js';
import {
  restAuthorization,
  type RestAuthorization,
  type RestAuthorizationOptions,
} from './rest-authorization.js';
import { fieldOf, restError, strangeAnswer, type RestAnswer } from './rest-errors.js';
import { exchange, exchangePatiently, type HttpWorld } from './rest-exchange.js';

export interface RestClientOptions extends RestAuthorizationOptions {
  /** Without `/v1`: `https://catalog.example.com/iceberg`. */
  readonly uri: string;
  /** What the catalog calls the warehouse to be used, when it has several. */
  readonly warehouse?: string;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface RestRequest {
  readonly method: 'GET' | 'POST';
  /** Below `/v1/<prefix>/`, its parts escaped. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a catalog tells its clients to use (`GET /v1/config`). */
interface CatalogSettings {
  /** Where requests go from now on: most often where they went. */
  readonly uri: string;
  /** Between `/v1/` and the path, with a slash at its end, or empty. */
  readonly prefix: string;
  /** Parts the levels of a namespace in a path, escaped. */
  readonly namespaceSeparator: string;
}

/** The REST protocol: levels of a namespace are parted by the unit separator. */
const DEFAULT_NAMESPACE_SEPARATOR = '%1F';

export class RestClient {
  readonly uri: string;
  readonly #world: HttpWorld;
  readonly #authorization: RestAuthorization;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #warehouse: string | undefined;
  #settings: Promise<CatalogSettings> | undefined;

  constructor(world: HttpWorld, options: RestClientOptions) {
    this.uri = withoutSlash(options.uri);
    this.#world = world;
    this.#headers = options.headers ?? {};
    this.#authorization = restAuthorization(world, this.uri, options, this.#headers);
    this.#warehouse = options.warehouse;
  }

  /** Asks again while the catalog cannot be reached or says "later": for what may happen twice. */
  async ask(request: RestRequest): Promise<RestAnswer> {
    const subject = `${this.uri} ${request.path}`;
    return await exchangePatiently(this.#world, () => this.askOnce(request), subject);
  }

  /** Asks once. Unreachable when no answer comes: the request may have been carried out. */
  async askOnce(request: RestRequest): Promise<RestAnswer> {
    const { uri, prefix } = await this.#configured();
    return await this.#send(uri, { ...request, path: `${prefix}${request.path}` });
  }

  /** The levels of a namespace as a part of a path. */
  async namespacePath(levels: readonly string[]): Promise<string> {
    const { namespaceSeparator } = await this.#configured();
    return `namespaces/${levels.map(encodeURIComponent).join(namespaceSeparator)}`;
  }

  async #configured(): Promise<CatalogSettings> {
    this.#settings ??= this.#fetchSettings().catch((error: unknown) => {
      this.#settings = undefined;
      throw error;
    });
    return await this.#settings;
  }

  async #fetchSettings(): Promise<CatalogSettings> {
    const query = this.#warehouse === undefined ? {} : { warehouse: this.#warehouse };
    const subject = `${this.uri} config`;
    const request = { method: 'GET', path: 'config', query } as const;
    const answer = await exchangePatiently(
      this.#world,
      () => this.#send(this.uri, request),
      subject,
    );
    if (answer.status !== 200) throw restError(answer, subject);
    const defaults = fieldOf(answer.value, 'defaults');
    const overrides = fieldOf(answer.value, 'overrides');
    if (defaults === undefined && overrides === undefined) throw strangeAnswer(subject);
    const setting = (name: string): string | undefined => {
      const value = fieldOf(overrides, name) ?? fieldOf(defaults, name);
      return typeof value === 'string' && value !== '' ? value : undefined;
    };
    const prefix = setting('prefix');
    return {
      uri: withoutSlash(setting('uri') ?? this.uri),
      prefix: prefix === undefined ? '' : `${prefix}/`,
      namespaceSeparator: setting('namespace-separator') ?? DEFAULT_NAMESPACE_SEPARATOR,
    };
  }

  /** A token that was refused is renewed once: the request was not carried out. */
  async #send(uri: string, request: RestRequest): Promise<RestAnswer> {
    const token = await this.#authorization.token();
    const answer = await this.#sendWith(uri, token, request);
    const refused = answer.status === 401 || answer.status === 419;
    if (!refused || !this.#authorization.renew(token)) return answer;
    return await this.#sendWith(uri, await this.#authorization.token(), request);
  }

  async #sendWith(
    uri: string,
    token: string | undefined,
    { method, path, query, body }: RestRequest,
  ): Promise<RestAnswer> {
    const parameters = new URLSearchParams(query).toString();
    return await exchange(this.#world, {
      method,
      url: `${uri}/v1/${path}${parameters === '' ? '' : `?${parameters}`}`,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...this.#headers,
      },
      ...(body === undefined ? {} : { body: formatLosslessJson(body) }),
    });
  }
}

function withoutSlash(uri: string): string {
  return uri.replace(/\/+$/, '');
}

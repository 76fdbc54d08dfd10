/** Owns the catalog behind Iceberg's REST protocol: Polaris, Lakekeeper, Nessie, Unity and others. */
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { compareKeys } from '../../core/key-order.js';
import type { Catalog, CatalogOutcome, LoadedTable, TableCommit } from '../../iceberg/catalog.js';
import { formatLosslessJson, parseTableMetadata } from '../../iceberg/metadata-json.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { creationMark, markOf, unknownOutcome, type CommitMark } from '../commit-mark.js';
import { creationUpdates } from './creation-updates.js';
import { RestClient, type RestClientOptions } from './rest-client.js';
import { fieldOf, restError, strangeAnswer, type RestAnswer } from './rest-errors.js';
import { ATTEMPTS, REAL_WORLD, pauseBefore, saysLater, type HttpWorld } from './rest-exchange.js';

export interface RestCatalogOptions extends RestClientOptions {
  /** Its levels parted by dots; made with the first table when it is not there. */
  readonly namespace: string;
  /** The location under which new tables are made: a folder of the lake's bucket, `s3://bucket/lake`. */
  readonly location: string;
  readonly world?: Partial<HttpWorld>;
}

/** The tables of one namespace. Nothing is asked of the catalog before the first call. */
export function createRestCatalog(options: RestCatalogOptions): Catalog {
  return new RestCatalog(options);
}

/** A commit as it goes over the wire, and how it is found again when its answer is lost. */
interface WireCommit {
  readonly requirements: readonly object[];
  readonly updates: readonly object[];
  readonly mark: CommitMark | undefined;
}

/** How one sending of a commit ended. */
type Attempt =
  | { readonly kind: 'done'; readonly table: LoadedTable }
  /** It did not take place. */
  | { readonly kind: 'refused'; readonly answer: RestAnswer }
  /** It did not take place yet. */
  | { readonly kind: 'later'; readonly failure: Error }
  /** It may have taken place: 500, 502, 503, 504, silence, or a success that cannot be read. */
  | { readonly kind: 'open'; readonly failure: Error };

class RestCatalog implements Catalog {
  readonly #client: RestClient;
  readonly #world: HttpWorld;
  readonly #levels: readonly string[];
  readonly #location: string;

  constructor(options: RestCatalogOptions) {
    this.#world = { ...REAL_WORLD, ...options.world };
    this.#client = new RestClient(this.#world, options);
    this.#levels = levelsOf(options.namespace);
    this.#location = options.location.replace(/\/+$/, '');
  }

  async loadTable(tableName: string): Promise<LoadedTable | undefined> {
    const path = await this.#tablePath(tableName);
    const answer = await this.#client.ask({ method: 'GET', path });
    // Also when there is no namespace yet: that the address is right, the configuration has shown.
    if (answer.status === 404) return undefined;
    return this.#loaded(answer, path);
  }

  async tableNames(): Promise<readonly string[]> {
    const path = `${await this.#client.namespacePath(this.#levels)}/tables`;
    const names: string[] = [];
    const seen = new Set<string>();
    for (let query = {}; ;) {
      const answer = await this.#client.ask({ method: 'GET', path, query });
      if (answer.status === 404) return [];
      if (answer.status !== 200) throw restError(answer, path);
      names.push(...namesIn(answer, path));
      const pageToken = fieldOf(answer.value, 'next-page-token');
      if (typeof pageToken !== 'string' || pageToken === '') return names.sort(compareKeys);
      // Else a catalog that does not know of pages would be asked for ever.
      if (seen.has(pageToken)) throw strangeAnswer(path);
      seen.add(pageToken);
      query = { pageToken };
    }
  }

  locationOf(tableName: string): string {
    return `${this.#location}/${tableName}`;
  }

  async createTable(tableName: string, metadata: TableMetadata): Promise<CatalogOutcome> {
    const wire = {
      requirements: [{ type: 'assert-create' }],
      updates: creationUpdates(metadata),
      mark: creationMark(metadata),
    };
    const outcome = await this.#send(tableName, wire);
    if (outcome !== undefined) return outcome;
    await this.#makeNamespace();
    const again = await this.#send(tableName, wire);
    if (again !== undefined) return again;
    throw strangeAnswer(`${this.#client.uri} namespace ${this.#levels.join('.')}`);
  }

  async commit(tableName: string, { requirements, updates }: TableCommit): Promise<CatalogOutcome> {
    const wire = { requirements, updates, mark: markOf(updates) };
    const outcome = await this.#send(tableName, wire);
    return outcome ?? { outcome: 'conflict', reason: 'the table does not exist' };
  }

  /**
   * Undefined when there is no such table (or, for a new one, no such namespace).
   *
   * When it stays open whether the commit took place, the table tells. Where it does not show the
   * commit, sending it again is safe, since its requirements hold only once.
   */
  async #send(tableName: string, wire: WireCommit): Promise<CatalogOutcome | undefined> {
    const path = await this.#tablePath(tableName);
    let doubt: Error | undefined;
    for (let count = 1; ; count += 1) {
      const attempt = await this.#attempt(tableName, path, wire);
      if (attempt.kind === 'done') return { outcome: 'committed', table: attempt.table };
      if (attempt.kind === 'open') doubt = attempt.failure;
      const found = doubt && (await this.#lookFor(tableName, wire, doubt));
      if (found !== undefined) return { outcome: 'committed', table: found };
      if (attempt.kind === 'refused') {
        const { status } = attempt.answer;
        if (status === 404) return undefined;
        const error = restError(attempt.answer, path);
        if (status !== 409) throw error;
        // Without a mark, the refused one may be the repetition of what took place.
        if (doubt !== undefined && wire.mark === undefined) throw unknownOutcome(tableName, doubt);
        return { outcome: 'conflict', reason: error.message };
      }
      if (count === ATTEMPTS) throw doubt ? unknownOutcome(tableName, doubt) : attempt.failure;
      await pauseBefore(this.#world, count, attempt.failure);
    }
  }

  async #attempt(tableName: string, path: string, wire: WireCommit): Promise<Attempt> {
    const { requirements, updates } = wire;
    const identifier = { namespace: this.#levels, name: tableName };
    const body = { identifier, requirements, updates };
    try {
      const answer = await this.#client.askOnce({ method: 'POST', path, body });
      if (answer.status === 200) return { kind: 'done', table: this.#loaded(answer, path) };
      if (!saysLater(answer)) return { kind: 'refused', answer };
      return { kind: answer.status === 429 ? 'later' : 'open', failure: restError(answer, path) };
    } catch (error) {
      // No token: nothing was sent.
      if (error instanceof TidemarkError && error.code === ErrorCode.AccessDenied) throw error;
      return { kind: 'open', failure: error as Error };
    }
  }

  /** The table, if it shows that the commit took place. */
  async #lookFor(
    tableName: string,
    { mark }: WireCommit,
    doubt: Error,
  ): Promise<LoadedTable | undefined> {
    if (mark === undefined) return undefined;
    const table = await this.loadTable(tableName).catch(() => {
      throw unknownOutcome(tableName, doubt);
    });
    return table !== undefined && mark(table.metadata) ? table : undefined;
  }

  async #makeNamespace(): Promise<void> {
    for (let depth = 1; depth <= this.#levels.length; depth += 1) {
      const namespace = this.#levels.slice(0, depth);
      const body = { namespace, properties: {} };
      const answer = await this.#client.ask({ method: 'POST', path: 'namespaces', body });
      // 409: it is there, or another has just made it.
      if (answer.status !== 200 && answer.status !== 409) {
        throw restError(answer, `${this.#client.uri} namespace ${namespace.join('.')}`);
      }
    }
  }

  async #tablePath(tableName: string): Promise<string> {
    assert(tableName !== '', 'a table has a name');
    const namespace = await this.#client.namespacePath(this.#levels);
    return `${namespace}/tables/${encodeURIComponent(tableName)}`;
  }

  #loaded(answer: RestAnswer, path: string): LoadedTable {
    if (answer.status !== 200) throw restError(answer, path);
    const metadata = fieldOf(answer.value, 'metadata');
    const metadataLocation = fieldOf(answer.value, 'metadata-location');
    if (metadata === undefined || typeof metadataLocation !== 'string') throw strangeAnswer(path);
    const text = formatLosslessJson(metadata);
    return { metadata: parseTableMetadata(text, metadataLocation), metadataLocation };
  }
}

function levelsOf(namespace: string): readonly string[] {
  const levels = namespace.split('.');
  if (!levels.includes('')) return levels;
  throw new TidemarkError(`"${namespace}" is no namespace.`, {
    code: ErrorCode.InvalidConfig,
    subject: namespace,
    hint: 'Name it by its levels, parted by dots: lake or lake.raw.',
  });
}

function namesIn(answer: RestAnswer, path: string): readonly string[] {
  const identifiers = fieldOf(answer.value, 'identifiers');
  if (!Array.isArray(identifiers)) throw strangeAnswer(path);
  return identifiers.map((identifier: unknown) => {
    const name = fieldOf(identifier, 'name');
    if (typeof name !== 'string') throw strangeAnswer(path);
    return name;
  });
}

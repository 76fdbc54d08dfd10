/** Owns the catalog that needs nothing but an object store: the tables of one folder. */
import { gunzipSync, gzipSync } from 'node:zlib';
import { assert } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { compareKeys } from '../core/key-order.js';
import type { ObjectStore } from '../core/object-store.js';
import { applyUpdates } from '../iceberg/apply-updates.js';
import type { Catalog, CatalogOutcome, LoadedTable, TableCommit } from '../iceberg/catalog.js';
import { checkRequirements } from '../iceberg/check-requirements.js';
import { formatTableMetadata } from '../iceberg/metadata-json.js';
import type { TableMetadata } from '../iceberg/table-metadata.js';
import { creationMark, markOf, unknownOutcome, type CommitMark } from './commit-mark.js';
import {
  hasVersions,
  listVersions,
  metadataVersion,
  type MetadataVersion,
} from './metadata-versions.js';
import { parsedMetadata, rememberParsed } from './parsed-metadata.js';
import { storeLocations, type StoreLocations } from './store-locations.js';
import { raiseVersionHint } from './version-hint.js';

/**
 * How many versions before the current one stay, as the metadata's own log remembers them. What a
 * committer that was held up may not meet again: see {@link FileCatalog}.
 */
const KEPT_VERSIONS = 100;
const READ_ATTEMPTS = 5;
/** Each attempt that fails is another's commit that did not. */
const COMMIT_ATTEMPTS = 100;

export interface FileCatalogOptions {
  readonly store: ObjectStore;
  /** The folder of the tables in the store; empty for all of it. */
  readonly lakePrefix: string;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/**
 * A table lies at `<lakePrefix>/<table>/`, in the layout of Iceberg's hadoop catalog: Spark's
 * `hadoop` catalog, DuckDB's `iceberg_scan` and ClickHouse read it by its path.
 */
export function createFileCatalog(options: FileCatalogOptions): Catalog {
  return new FileCatalog(options);
}

/** The current version's file, and what is in it. */
interface CurrentVersion extends MetadataVersion {
  readonly metadata: TableMetadata;
}

/**
 * The commit point is the exclusive creation of `metadata/v<N+1>.metadata.json`. All before it can
 * be repeated; the hint and the deletion of old versions come after it, and whoever commits next
 * makes up for them.
 *
 * Versions leave no gap, and the highest one is the current one. But old ones are deleted, and then
 * a committer held up since then could create one anew and take it for its commit. So a version is
 * deleted only when there is one more than {@link KEPT_VERSIONS} above it, and a committer looks
 * after its creation: with none that far above, the creation was the first, and the commit counts.
 */
class FileCatalog implements Catalog {
  readonly #store: ObjectStore;
  readonly #root: string;
  readonly #locations: StoreLocations;
  readonly #now: () => number;

  constructor({ store, lakePrefix, now = Date.now }: FileCatalogOptions) {
    const trimmed = lakePrefix.replace(/^\/+|\/+$/g, '');
    this.#store = store;
    this.#root = trimmed === '' ? '' : `${trimmed}/`;
    this.#locations = storeLocations(store.url);
    this.#now = now;
  }

  async loadTable(tableName: string): Promise<LoadedTable | undefined> {
    const current = await this.#readCurrent(tableName);
    return current && this.#loaded(current);
  }

  async tableNames(): Promise<readonly string[]> {
    const names: string[] = [];
    let startAfter = '';
    for (;;) {
      const name = await this.#firstFolderAfter(startAfter);
      // By keys, `a-b/` comes before `a/`.
      if (name === undefined) return names.sort(compareKeys);
      if (await hasVersions(this.#store, `${this.#root}${name}/metadata`)) names.push(name);
      // `0` is the letter after `/`: past everything in this folder.
      startAfter = `${this.#root}${name}0`;
    }
  }

  locationOf(tableName: string): string {
    assert(!tableName.includes('/'), `"${tableName}" is the name of one folder`);
    return this.#locations.locationOf(`${this.#root}${tableName}`);
  }

  async createTable(tableName: string, metadata: TableMetadata): Promise<CatalogOutcome> {
    assert(metadata.location === this.locationOf(tableName), 'a new table lies at its location');
    const versions = await listVersions(this.#store, this.#metadataFolder(tableName));
    const conflict = { outcome: 'conflict', reason: 'the table exists already' } as const;
    if (versions.length > 0) return conflict;
    const created = await this.#publish(
      tableName,
      1,
      metadata,
      creationMark(metadata),
      isGzipped(metadata),
    );
    return created ?? conflict;
  }

  async commit(tableName: string, commit: TableCommit): Promise<CatalogOutcome> {
    const { requirements, updates } = commit;
    for (let attempt = 1; attempt <= COMMIT_ATTEMPTS; attempt += 1) {
      const current = await this.#readCurrent(tableName);
      const reason = checkRequirements(current?.metadata, requirements, updates);
      if (reason !== undefined) return { outcome: 'conflict', reason };
      if (current === undefined) return { outcome: 'conflict', reason: 'the table does not exist' };
      if (updates.length === 0) return { outcome: 'committed', table: this.#loaded(current) };
      const next = applyUpdates(current.metadata, updates, {
        nowMs: this.#now(),
        previousMetadataLocation: this.#locations.locationOf(current.key),
        maxPreviousVersions: KEPT_VERSIONS,
      });
      const published = await this.#publish(
        tableName,
        current.version + 1,
        next,
        markOf(updates),
        isGzipped(current.metadata),
      );
      if (published !== undefined) return published;
    }
    throw new TidemarkError(`Others kept committing to the table ${tableName}.`, {
      code: ErrorCode.Throttled,
      subject: tableName,
      retryable: true,
    });
  }

  /** Undefined when another committer has taken `version`. */
  async #publish(
    tableName: string,
    version: number,
    metadata: TableMetadata,
    mark: CommitMark | undefined,
    gzipped: boolean,
  ): Promise<CatalogOutcome | undefined> {
    const folder = this.#metadataFolder(tableName);
    const file = metadataVersion(folder, version, gzipped);
    const text = formatTableMetadata(metadata);
    const bytes = gzipped ? gzipSync(text) : Buffer.from(text);
    const created = await this.#createFile(file.key, bytes, mark);
    if (!created) return undefined;
    rememberParsed(text, metadata);
    const versions = await listVersions(this.#store, folder);
    const newest = versions.at(-1)?.version ?? version;
    if (newest - version > KEPT_VERSIONS) {
      throw unknownOutcome(tableName, `version ${version} may be an old one made anew`);
    }
    await this.#tidy(folder, versions);
    return { outcome: 'committed', table: this.#loaded({ ...file, metadata }) };
  }

  /** Whether the file at `key` is this commit's. */
  async #createFile(key: string, body: Uint8Array, mark: CommitMark | undefined): Promise<boolean> {
    let failure: Error | undefined;
    try {
      const { written } = await this.#store.put(key, body, { ifAbsent: true });
      if (written) return true;
    } catch (error) {
      failure = error as Error;
    }
    // The store may have carried out a put whose answer was lost, and refused its repetition.
    const found = await this.#store.get(key);
    if (found !== undefined && Buffer.compare(found.body, body) === 0) {
      if (mark !== undefined) return true;
      throw unknownOutcome(this.#locations.locationOf(key), failure);
    }
    if (failure !== undefined) throw failure;
    return false;
  }

  /** Best effort: the commit has taken place, whatever happens here. */
  async #tidy(folder: string, versions: readonly MetadataVersion[]): Promise<void> {
    const newest = versions.at(-1)?.version ?? 0;
    const old = versions.filter(({ version }) => newest - version > KEPT_VERSIONS);
    const findVersion = async (): Promise<number | undefined> =>
      (await listVersions(this.#store, folder)).at(-1)?.version;
    await raiseVersionHint(this.#store, folder, findVersion).catch(() => undefined);
    if (old.length === 0) return;
    await this.#store.delete(old.map(({ key }) => key)).catch(() => undefined);
  }

  async #readCurrent(tableName: string): Promise<CurrentVersion | undefined> {
    const folder = this.#metadataFolder(tableName);
    for (let attempt = 1; attempt <= READ_ATTEMPTS; attempt += 1) {
      const current = (await listVersions(this.#store, folder)).at(-1);
      if (current === undefined) return undefined;
      const found = await this.#store.get(current.key);
      // Gone: so many commits came in between that it was deleted.
      if (found === undefined) continue;
      const text = Buffer.from(current.gzipped ? gunzipSync(found.body) : found.body).toString();
      const location = this.#locations.locationOf(current.key);
      return { ...current, metadata: parsedMetadata(text, location) };
    }
    throw new TidemarkError(`The metadata of table ${tableName} changes faster than it is read.`, {
      code: ErrorCode.Throttled,
      subject: tableName,
      retryable: true,
    });
  }

  async #firstFolderAfter(startAfter: string): Promise<string | undefined> {
    for await (const { key } of this.#store.list(this.#root, { startAfter })) {
      const [name, ...rest] = key.slice(this.#root.length).split('/');
      if (name !== undefined && name !== '' && rest.length > 0) return name;
    }
    return undefined;
  }

  #metadataFolder(tableName: string): string {
    return this.#locations.keyOf(`${this.locationOf(tableName)}/metadata`);
  }

  #loaded({ key, metadata }: { key: string; metadata: TableMetadata }): LoadedTable {
    return { metadata, metadataLocation: this.#locations.locationOf(key) };
  }
}

/** As Iceberg's hadoop catalog decides it; both must create the same file to exclude one another. */
function isGzipped({ properties }: TableMetadata): boolean {
  return properties['write.metadata.compression-codec'] === 'gzip';
}

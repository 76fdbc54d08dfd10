/** Owns what activities need from outside: injected by the worker, replaced by nothing in tests but time. */
import type { Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { OpenCatalog } from '../../src/processing/open-rest-catalog.js';
import type { TableExports } from '../../src/export/table-exports.js';
import type { Alert } from '../../src/sync/alerts.js';
import type { AssetUpdate } from '../../src/scheduling/asset-messages.js';

/** The connectors of one worker. */
export interface ActivityPorts {
  tableExports(region: string): TableExports;
  objectStore(region: string, bucket: string): ObjectStore;
  /** For the hashes of personal data, where the worker has a key. */
  readonly hashKey?: string | undefined;
  /** With this worker's credentials, which no workflow knows. */
  readonly openCatalog: OpenCatalog;
  /** The worker's clock; the workflow knows the time by it, so that replays know the same. */
  now(): Instant;
  /** Who tells a person, by what the configuration calls it; absent where it names nobody. */
  readonly alerted?: Readonly<Record<string, (alert: Alert) => Promise<void>>>;
  /** Tells whoever follows the lake's tables; told again with the same key when in doubt. */
  assetUpdated?(update: AssetUpdate): Promise<void>;
}

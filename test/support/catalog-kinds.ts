/** Owns the catalogs that the contract suite runs against, each without any table. */
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createRestCatalog } from '../../src/catalogs/rest/rest-catalog.js';
import { createObjectFileIo } from '../../src/catalogs/object-file-io.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import type { FileIo } from '../../src/iceberg/file-io.js';
import { STORE_KINDS } from './object-stores.js';
import { startRestCatalogServer } from './rest-catalog-server.js';

/** A catalog under test. */
export interface CatalogUnderTest {
  readonly catalog: Catalog;
  /** A second one over the same tables, as another process would have. */
  readonly other: Catalog;
  /** The store that the tables lie on. */
  readonly files: FileIo;
  readonly stop: () => Promise<void>;
}

export interface CatalogKind {
  readonly name: string;
  readonly start: () => Promise<CatalogUnderTest>;
}

export const CATALOG_KINDS: readonly CatalogKind[] = [
  ...STORE_KINDS.map(({ name, start }) => ({
    name: `files on ${name}`,
    start: async (): Promise<CatalogUnderTest> => {
      const { store, other, stop } = await start();
      return {
        catalog: createFileCatalog({ store, lakePrefix: 'lake/raw' }),
        other: createFileCatalog({ store: other, lakePrefix: 'lake/raw' }),
        files: createObjectFileIo(store),
        stop,
      };
    },
  })),
  {
    name: "Apache's REST catalog server",
    start: async (): Promise<CatalogUnderTest> => {
      const server = await startRestCatalogServer();
      const options = {
        uri: server.uri,
        namespace: 'lake.raw',
        location: `file://${server.directory}/warehouse/lake`,
      };
      return {
        catalog: createRestCatalog(options),
        other: createRestCatalog({ ...options, credential: 'contract:secret' }),
        files: createObjectFileIo(createFileObjectStore({ directory: server.directory })),
        stop: () => server.stop(),
      };
    },
  },
];

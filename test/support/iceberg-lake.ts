/** Owns a lake of one Iceberg table on disk, with the ways by which tests look at it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileCatalog } from '../../src/catalogs/file-catalog.js';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import type { Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Catalog } from '../../src/iceberg/catalog.js';
import type { LakeTable } from '../../src/lake/lake.js';
import type { TableOptions } from '../../src/lake/table-options.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { itemsOf } from './lake-loads.js';

const LAKE_PREFIX = 'lake';

/** The lake, and its table `orders`. */
export interface IcebergLake {
  readonly store: ObjectStore;
  readonly catalog: Catalog;
  readonly table: LakeTable;
  /** Another table of the lake. */
  tableOf(tableName: string): LakeTable;
  /** `orders` as a worker with this key has it, which was told these options. */
  chosen(options: TableOptions, hashKey?: string): LakeTable;
  /** The items of `orders`, by key. */
  items(): Promise<readonly Item[]>;
  /** The rows of a statement; `at`: as of then. */
  rows(sql: string, at?: Instant): Promise<readonly (readonly unknown[])[]>;
  /** Where the metadata of `orders` lies, for other readers. */
  metadataLocation(): Promise<string>;
  /** Snapshots of `orders`; none before it was made. */
  snapshotCount(): Promise<number>;
  remove(): Promise<void>;
}

/** Makes an empty one. */
export async function makeIcebergLake(): Promise<IcebergLake> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-lake-'));
  const store = createFileObjectStore({ directory: join(directory, 'bucket') });
  const place = { store, lakePrefix: LAKE_PREFIX };
  const cacheDirectory = join(directory, 'cache');
  const lake = openLake({ ...place, format: 'iceberg', cacheDirectory });
  const catalog = createFileCatalog(place);
  return {
    store,
    catalog,
    table: lake.table('orders'),
    tableOf: (tableName) => lake.table(tableName),
    chosen: (options, hashKey) =>
      openLake({ ...place, format: 'iceberg', cacheDirectory, hashKey }).table('orders', options),
    items: () => itemsOf(place, 'orders'),
    rows: async (sql, at) => {
      const query = await openLakeQuery({ ...place, ...(at === undefined ? {} : { at }) });
      return query
        .run(sql)
        .then(({ rows }) => rows)
        .finally(() => query.close());
    },
    metadataLocation: async () => (await catalog.loadTable('orders'))?.metadataLocation ?? '',
    snapshotCount: async () => (await catalog.loadTable('orders'))?.metadata.snapshots.length ?? 0,
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Owns the way into the lake for code of users: the bodies of their tasks first of all. */
import type { Instant } from './core/instant.js';
import type { LakeQuery } from './processing/lake-query.js';

/** The lake, open. */
export interface OpenLake extends Pick<LakeQuery, 'tableNames' | 'run'> {
  /** Every write stamped before this is in the lake; undefined before the first full load. */
  watermarkOf(tableName: string): Promise<Instant | undefined>;
}

/**
 * Calls `work` with the lake of this process's configuration, which is where `tidemark query` would
 * find it: `tidemark.config.ts` of the working directory under the environment's variables.
 *
 * What `work` reads of a table is the table as it was when a statement first named it.
 */
export async function withLake<T>(work: (lake: OpenLake) => Promise<T>): Promise<T> {
  // Loaded when needed: DuckDB and AWS's clients are heavy, and a DAG file must load at once.
  const [configs, places, catalogs, s3Clients, s3Stores, locations, queries, lakes] =
    await Promise.all([
      import('./config/load-config.js'),
      import('./config/sync-input-of.js'),
      import('./config/catalogs-by-environment.js'),
      import('./connectors/s3/s3-client.js'),
      import('./connectors/s3/s3-object-store.js'),
      import('./processing/lake-location.js'),
      import('./processing/lake-query.js'),
      import('./processing/open-lake-tables.js'),
    ]);
  const { config } = await configs.loadConfig({
    directory: process.cwd(),
    environment: process.env,
  });
  const { lakeBucket, ...place } = places.lakePlaceOf(config);
  const region = await s3Clients.regionOf(config.region);
  const client = s3Clients.createS3Client(region, await s3Clients.s3EndpointOf(region));
  try {
    const store = s3Stores.createS3ObjectStore({ client, bucket: lakeBucket });
    const openCatalog = catalogs.catalogsByEnvironment(process.env);
    const location = locations.lakeLocation(store, place, openCatalog);
    const query = await queries.openLakeQuery(location);
    try {
      return await work({
        tableNames: query.tableNames,
        run: (sql) => query.run(sql),
        watermarkOf: async (tableName) =>
          (await lakes.readLakeState(location, tableName))?.watermark,
      });
    } finally {
      await query.close();
    }
  } finally {
    client.destroy();
  }
}

/** Owns the choice of a lake's format, and what its tables need on this machine. */
import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createFileCatalog } from '../catalogs/file-catalog.js';
import { createObjectFileIo } from '../catalogs/object-file-io.js';
import { storeLocations } from '../catalogs/store-locations.js';
import type { Lake, LakeState } from '../lake/lake.js';
import { LAKE_FORMATS, type LakeFormat } from '../lake/lake-format.js';
import { openPositionIndex } from '../positions/open-position-index.js';
import { createIcebergLake } from './iceberg/iceberg-lake.js';
import { createIndexFinder } from './iceberg/index-finder.js';
import { localPathsIn } from './iceberg/read-keys.js';
import { createParquetLake, type LakeLocation } from './parquet-lake.js';
import { createPartCache } from './part-cache.js';

export interface LakeOptions extends LakeLocation {
  readonly format: LakeFormat;
  /** What may be lost at any time: indexes of tables, and copies of their files. */
  readonly cacheDirectory?: string;
}

/** The lake at a location, for its loads. */
export function openLake(options: LakeOptions): Lake {
  const { store, lakePrefix, format } = options;
  if (format === 'parquet') return createParquetLake(options);
  const cacheDirectory = options.cacheDirectory ?? defaultCacheDirectory();
  const catalog = createFileCatalog({ store, lakePrefix });
  const io = createObjectFileIo(store);
  const cache = createPartCache(store, join(cacheDirectory, 'files'));
  return createIcebergLake({
    store,
    lakePrefix,
    catalog,
    openFinder: (tableName) => {
      const place = createHash('sha256').update(catalog.locationOf(tableName)).digest('hex');
      const directory = join(cacheDirectory, 'positions', `${tableName}-${place.slice(0, 16)}`);
      return createIndexFinder({
        openIndex: (tableUuid) => openPositionIndex({ directory, tableUuid }),
        read: (location) => io.read(location),
        localPaths: localPathsIn(cache, storeLocations(store.url).keyOf),
      });
    },
  });
}

/** Where a table stands, whichever format it has; undefined while nothing of it is committed. */
export async function readLakeState(
  location: LakeLocation,
  tableName: string,
): Promise<LakeState | undefined> {
  for (const format of LAKE_FORMATS) {
    const state = await openLake({ ...location, format })
      .table(tableName)
      .readState();
    if (state !== undefined) return state;
  }
  return undefined;
}

function defaultCacheDirectory(): string {
  const home = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  return process.env['TIDEMARK_CACHE'] ?? join(home, 'tidemark');
}

/** Owns the choice of a lake's format, and what its tables need on this machine. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { createFileCatalog } from '../catalogs/file-catalog.js';
import { hasOtherMetadata, hasVersions } from '../catalogs/metadata-versions.js';
import { createObjectFileIo } from '../catalogs/object-file-io.js';
import { storeLocations } from '../catalogs/store-locations.js';
import { cacheDirectory as defaultCache } from '../config/cache-directory.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Lake, LakeState } from '../lake/lake.js';
import { historyName } from '../lake/history-name.js';
import type { LakeFormat } from '../lake/lake-format.js';
import { openPositionIndex } from '../positions/open-position-index.js';
import { createIcebergLake, type IcebergLakeOptions } from './iceberg/iceberg-lake.js';
import { nameTaken } from './iceberg/history/history-table.js';
import { createIndexFinder } from './iceberg/index-finder.js';
import { localPathsIn } from './iceberg/local-paths.js';
import type { LakeLocation } from './lake-location.js';
import { createParquetLake } from './parquet-lake.js';
import { createPartCache } from './part-cache.js';

export interface LakeOptions extends LakeLocation {
  readonly format: LakeFormat;
  /** What may be lost at any time: indexes from keys to rows. */
  readonly cacheDirectory?: string;
  /** For the hashes of personal data; see `hashKeyOf`. */
  readonly hashKey?: string | undefined;
  /** How Iceberg tables are cared for after their loads, where it is not to be as usual. */
  readonly care?: Pick<IcebergLakeOptions, 'care' | 'onCare'>;
}

/**
 * The lake at a location, for its loads. InvalidConfig from the state of a table that the lake has in
 * another format, or by another catalog: two tables of one name would part ways unseen.
 */
export function openLake(options: LakeOptions): Lake {
  const lakes = { iceberg: openIcebergLake(options), parquet: createParquetLake(options) };
  const { format } = options;
  const other = format === 'iceberg' ? 'parquet' : 'iceberg';
  return {
    tableNames: () => lakes[format].tableNames(),
    table: (tableName, tableOptions) => {
      const table = lakes[format].table(tableName, tableOptions);
      return {
        profileBatch: (load, batch, source) => table.profileBatch(load, batch, source),
        writeBatch: (load, batch, source) => table.writeBatch(load, batch, source),
        commit: (load, batchCount, committedAt) => table.commit(load, batchCount, committedAt),
        readState: async () => {
          if (format === 'iceberg' && tableOptions?.changes === true) {
            const name = historyName(tableName);
            const taken = await lakes.parquet.table(name).readState();
            if (taken !== undefined) throw nameTaken(name, tableName);
          }
          const state = await table.readState();
          // A catalog answers for the tables it has; files may be of one that has moved.
          const isAnswered = state !== undefined && options.catalog !== undefined;
          if (!isAnswered && (await hasOtherCatalog(options, tableName))) {
            throw otherCatalog(options, tableName);
          }
          if (state !== undefined) return state;
          const stray = await lakes[other].table(tableName).readState();
          if (stray !== undefined) throw otherFormat(tableName, format, other);
          return undefined;
        },
      };
    },
  };
}

function otherFormat(tableName: string, format: LakeFormat, other: LakeFormat): TidemarkError {
  return new TidemarkError(
    `The lake has ${tableName} in the format ${other}, and ${format} is configured.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: tableName,
      hint: `Set format: '${other}' for the table, or another lakePrefix to begin anew.`,
    },
  );
}

/**
 * Whether there are a table's files that the catalog of `options` does not know of. A table that was
 * moved to another catalog leaves its last state in the file catalog, which must not go on with it.
 */
async function hasOtherCatalog(
  { format, store, lakePrefix, catalog }: LakeOptions,
  tableName: string,
): Promise<boolean> {
  if (format !== 'iceberg') return false;
  const { keyOf } = storeLocations(store.url);
  const location = createFileCatalog({ store, lakePrefix }).locationOf(tableName);
  const folder = keyOf(`${location}/metadata`);
  return catalog === undefined ? hasOtherMetadata(store, folder) : hasVersions(store, folder);
}

function otherCatalog({ catalog }: LakeOptions, tableName: string): TidemarkError {
  const [here, there] =
    catalog === undefined
      ? ['none is configured', 'configure that catalog again']
      : ['the one that is configured has not', 'register the table in it'];
  return new TidemarkError(
    `There are files of the table ${tableName} that another catalog has; ${here}.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: tableName,
      hint: `Set another lakePrefix to begin anew, or ${there}.`,
    },
  );
}

function openIcebergLake(options: LakeOptions): Lake {
  const { store, lakePrefix } = options;
  const cacheDirectory = options.cacheDirectory ?? defaultCache();
  const catalog = options.catalog ?? createFileCatalog({ store, lakePrefix });
  const io = createObjectFileIo(store);
  return createIcebergLake({
    ...options.care,
    hashKey: options.hashKey,
    store,
    lakePrefix,
    catalog,
    openFinder: (tableName) => {
      const place = createHash('sha256').update(catalog.locationOf(tableName)).digest('hex');
      const directory = join(cacheDirectory, 'positions', `${tableName}-${place.slice(0, 16)}`);
      return createIndexFinder({
        openIndex: (tableUuid) => openPositionIndex({ directory, tableUuid }),
        read: (location) => io.read(location),
        localPathsIn: (copies) =>
          localPathsIn(createPartCache(store, copies), storeLocations(store.url).keyOf),
      });
    },
  });
}

/** Where a table stands, whichever format it has; undefined while nothing of it is committed. */
export async function readLakeState(
  location: LakeLocation,
  tableName: string,
): Promise<LakeState | undefined> {
  const iceberg = openIcebergLake({ ...location, format: 'iceberg' }).table(tableName);
  const state = await iceberg.readState();
  return state ?? (await createParquetLake(location).table(tableName).readState());
}

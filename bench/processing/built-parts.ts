/** Owns our code as it is built, for measurements: whatever loads TypeScript as it comes makes slower code. */

/** What measurements call; the types are those of the sources. */
export type BuiltParts = typeof import('../../src/processing/scan/scan-file.js') &
  typeof import('../../src/processing/scan/unzip-file.js') &
  typeof import('../../src/lake/evidence.js') &
  typeof import('../../src/lake/column-choices.js') &
  typeof import('../../src/lake/settle-schema.js') &
  typeof import('../../src/lake/settle-number.js') &
  typeof import('../../src/iceberg/evolve-schema.js') &
  typeof import('../../src/iceberg/table-columns.js') &
  typeof import('../../src/iceberg/parquet-fields.js') &
  typeof import('../../src/parquet/parquet-writer.js') &
  typeof import('../../src/parquet/compression.js') &
  typeof import('../../src/processing/open-lake-tables.js') &
  typeof import('../../src/processing/load-export.js') &
  typeof import('../../src/connectors/files/file-object-store.js') &
  typeof import('../../src/positions/key-hashes.js') &
  typeof import('../../src/positions/open-position-index.js') &
  typeof import('../../src/lake/key-bytes.js') &
  typeof import('../../src/catalogs/file-catalog.js') &
  typeof import('../../src/catalogs/object-file-io.js') &
  typeof import('../../src/catalogs/store-locations.js') &
  typeof import('../../src/iceberg/parquet-data-file.js') &
  typeof import('../../src/iceberg/table-state.js') &
  typeof import('../../src/processing/part-cache.js') &
  typeof import('../../src/processing/iceberg/change-log.js') &
  typeof import('../../src/processing/iceberg/commit-load.js') &
  typeof import('../../src/processing/iceberg/index-finder.js') &
  typeof import('../../src/processing/iceberg/prepare-table.js') &
  typeof import('../../src/lake/layout.js') &
  typeof import('../../src/processing/iceberg/care/care-for-table.js') &
  typeof import('../../src/processing/iceberg/care/care-options.js') &
  typeof import('../../src/processing/iceberg/care/timed-uuid.js') &
  typeof import('../../src/processing/iceberg/local-paths.js');

const MODULES = [
  'processing/scan/scan-file',
  'processing/scan/unzip-file',
  'lake/evidence',
  'lake/column-choices',
  'lake/settle-schema',
  'lake/settle-number',
  'iceberg/evolve-schema',
  'iceberg/table-columns',
  'iceberg/parquet-fields',
  'parquet/parquet-writer',
  'parquet/compression',
  'processing/open-lake-tables',
  'processing/load-export',
  'connectors/files/file-object-store',
  'positions/key-hashes',
  'positions/open-position-index',
  'lake/key-bytes',
  'catalogs/file-catalog',
  'catalogs/object-file-io',
  'catalogs/store-locations',
  'iceberg/parquet-data-file',
  'iceberg/table-state',
  'processing/part-cache',
  'processing/iceberg/change-log',
  'processing/iceberg/commit-load',
  'processing/iceberg/index-finder',
  'processing/iceberg/prepare-table',
  'lake/layout',
  'processing/iceberg/care/care-for-table',
  'processing/iceberg/care/care-options',
  'processing/iceberg/care/timed-uuid',
  'processing/iceberg/local-paths',
] as const;

/** Loads them from `lib`, which `npm run bench` builds. */
export async function builtParts(): Promise<BuiltParts> {
  const loaded: object[] = [];
  // One after the other: side by side, a CommonJS module may break Node 20's loader with hooks.
  for (const path of MODULES) {
    loaded.push(
      (await import(new URL(`../../lib/src/${path}.js`, import.meta.url).href)) as object,
    );
  }
  return Object.assign({}, ...loaded) as BuiltParts;
}

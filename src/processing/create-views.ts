/** Owns making a table's view in DuckDB: its files brought here, and the SQL over them. */
import { DuckDBTimestampValue, type DuckDBConnection } from '@duckdb/node-api';
import { microsOf, type Instant } from '../core/instant.js';
import type { ObjectStore } from '../core/object-store.js';
import type { TableMetadata } from '../iceberg/table-metadata.js';
import type { Column } from '../lake/column-type.js';
import { quoteName } from '../lake/sql-type.js';
import { changesViewSql, currentColumns, currentViewSql } from '../lake/view-sql.js';
import { gatherFiles, type CommittedFile } from './committed-files.js';
import { attributeColumns, deletesTableSql, snapshotSql } from './iceberg/iceberg-view.js';
import { readSnapshot } from './iceberg/read-snapshot.js';
import type { PartCache } from './part-cache.js';

/** Where views are made, and from what. */
export interface ViewPlace {
  readonly connection: DuckDBConnection;
  readonly store: ObjectStore;
  readonly cache: PartCache;
}

/** A view that exists. */
export interface ReadyView {
  /** Those that hold attributes. */
  readonly columns: readonly Column[];
  /** Whether the view has `_rest`. */
  readonly hasRest: boolean;
}

const FILES_SCHEMA = 'tidemark_files';

/** Once a connection, before any view is made. */
export async function prepareForViews(connection: DuckDBConnection): Promise<void> {
  await connection.run(`CREATE SCHEMA ${FILES_SCHEMA}`);
}

/** The rows of an Iceberg table's current snapshot; `_rest` where some row has one, or `withRest`. */
export async function createIcebergView(
  { connection, store, cache }: ViewPlace,
  name: string,
  metadata: TableMetadata,
  withRest = false,
): Promise<ReadyView> {
  const snapshot = await readSnapshot(metadata, store, cache);
  const source = { ...snapshot, deletesTable: `${FILES_SCHEMA}.${quoteName(name)}` };
  const hasRest = withRest || snapshot.hasRest;
  await connection.run(deletesTableSql(source));
  await connection.run(`CREATE VIEW ${quoteName(name)} AS ${snapshotSql(source, hasRest)}`);
  return { columns: attributeColumns(snapshot.known), hasRest };
}

/** The rows that the commits under `keys` come to, or every change that they brought. */
export async function createDirectoryView(
  { connection, store, cache }: ViewPlace,
  name: string,
  keys: readonly string[],
  shows: 'current' | 'changes',
): Promise<ReadyView> {
  const committed = await gatherFiles(store, cache, keys);
  await fillFilesTable(connection, name, committed.files);
  const source = {
    groups: committed.groups,
    filesTable: `${FILES_SCHEMA}.${quoteName(name)}`,
  };
  const sql =
    shows === 'current' ? currentViewSql(source, committed.hasRest) : changesViewSql(source);
  await connection.run(`CREATE VIEW ${quoteName(name)} AS ${sql}`);
  return { columns: currentColumns(source), hasRest: committed.hasRest };
}

async function fillFilesTable(
  connection: DuckDBConnection,
  name: string,
  files: readonly CommittedFile[],
): Promise<void> {
  await connection.run(
    `CREATE TABLE ${FILES_SCHEMA}.${quoteName(name)} (path VARCHAR, load_order INTEGER, window_from TIMESTAMP, window_to TIMESTAMP)`,
  );
  const appender = await connection.createAppender(name, FILES_SCHEMA);
  for (const { path, loadOrder, windowFrom, windowTo } of files) {
    appender.appendVarchar(path);
    appender.appendInteger(loadOrder);
    if (windowFrom === undefined) appender.appendNull();
    else appender.appendTimestamp(timestampOf(windowFrom));
    appender.appendTimestamp(timestampOf(windowTo));
    appender.endRow();
  }
  appender.closeSync();
}

function timestampOf(instant: Instant): DuckDBTimestampValue {
  return new DuckDBTimestampValue(microsOf(instant));
}

/** Owns SQL over the lake: an embedded DuckDB with a view for each table and its history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection, type Json } from '@duckdb/node-api';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import { createFileCatalog } from '../catalogs/file-catalog.js';
import type { Catalog } from '../iceberg/catalog.js';
import type { TableMetadata } from '../iceberg/table-metadata.js';
import { historyName } from '../lake/history-name.js';
import { tableLayout } from '../lake/layout.js';
import { quoteName } from '../lake/sql-type.js';
import { viewNames, viewsNamedIn, type ViewName } from '../lake/view-names.js';
import { windowsViewSql } from '../lake/windows-view-sql.js';
import { allCommits, currentCommits, directoryLoads } from './committed-files.js';
import { createDirectoryView, createIcebergView, prepareForViews } from './create-views.js';
import { lakeTableNames } from './iceberg/history/history-table.js';
import { committedLoads, lakeStateOf } from './iceberg/load-facts.js';
import { tableAsOf } from './iceberg/table-as-of.js';
import type { LakeLocation } from './lake-location.js';
import { OFFLINE_DUCKDB } from './offline-duckdb.js';
import { createParquetLake } from './parquet-lake.js';
import { createPartCache, type PartCache } from './part-cache.js';

/** A lake to query. */
export interface LakeQueryOptions extends LakeLocation {
  /** Where files are kept from one query to the next; by default they are gone on close. */
  readonly cacheDirectory?: string;
  /** Every table as its last load at or before this left it; by default as it is. */
  readonly at?: Instant;
}

/** The rows of a statement. */
export interface QueryResult {
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Values as JSON; numbers that a double may not hold are text. */
  readonly rows: readonly (readonly Json[])[];
}

/**
 * SQL over the lake as it is when a view is first named.
 *
 * `<table>` is the current state: columns under their attributes' names, and `_rest` (DynamoDB JSON
 * of attributes that no column holds exactly) only when some row has one. `<table>_changes` is every
 * committed row with `_operation`, `_written_at`, `_rest`, `_window_from` and `_window_to`; a deleted
 * key's row has its key alone. The format of directories has it, and tables whose changes are kept. `<table>_windows` is every
 * committed load, with how many rows of each kind it brought. Views come to be when a statement names them.
 */
export interface LakeQuery {
  readonly tableNames: readonly string[];
  /** NotFound for a table that is not there, InvalidUsage for SQL that does not run. */
  run(sql: string): Promise<QueryResult>;
  close(): Promise<void>;
}

/** Opens the lake; nothing of its tables is read before a statement names one. */
export async function openLakeQuery(options: LakeQueryOptions): Promise<LakeQuery> {
  const catalog = options.catalog ?? createFileCatalog(options);
  const { tables: icebergNames, histories } = await lakeTableNames(catalog);
  const directories = await createParquetLake(options).tableNames();
  // Any folder may be a table of directories.
  const others = directories.filter((name) => !histories.has(name));
  const tableNames = [...new Set([...others, ...icebergNames])].sort();
  const directory = options.cacheDirectory ?? (await mkdtemp(join(tmpdir(), 'tidemark-query-')));
  const instance = await DuckDBInstance.create(':memory:', OFFLINE_DUCKDB);
  const connection = await instance.connect();
  await prepareForViews(connection);
  const names = viewNames(tableNames);
  const isAbsent = ({ tableName, shows }: ViewName): boolean =>
    shows === 'changes' &&
    icebergNames.includes(tableName) &&
    !histories.has(historyName(tableName));
  const session: Session = {
    options,
    connection,
    views: names.filter((name) => !isAbsent(name)),
    absent: names.filter(isAbsent),
    ready: new Map(),
    cache: createPartCache(options.store, directory),
    catalog,
    icebergNames: new Set(icebergNames),
  };
  return {
    tableNames,
    run: (sql) => runSql(session, sql),
    close: async () => {
      connection.closeSync();
      instance.closeSync();
      if (options.cacheDirectory === undefined)
        await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Session {
  readonly options: LakeQueryOptions;
  readonly connection: DuckDBConnection;
  readonly views: readonly ViewName[];
  /** Views that tables without a history do not have. */
  readonly absent: readonly ViewName[];
  /** Views that exist, or are on their way. */
  readonly ready: Map<string, Promise<unknown>>;
  readonly cache: PartCache;
  readonly catalog: Catalog;
  readonly icebergNames: ReadonlySet<string>;
}

async function runSql(session: Session, sql: string): Promise<QueryResult> {
  for (const view of viewsNamedIn(sql, session.views)) await ensureView(session, view);
  try {
    const reader = await session.connection.runAndReadAll(sql);
    const types = reader.columnTypes();
    return {
      columns: reader.columnNames().map((name, index) => ({ name, type: String(types[index]) })),
      rows: reader.getRowsJson(),
    };
  } catch (cause) {
    throw sqlError(session, sql, cause);
  }
}

function ensureView(session: Session, view: ViewName): Promise<unknown> {
  const known = session.ready.get(view.view);
  if (known !== undefined) return known;
  const isIceberg = session.icebergNames.has(view.tableName);
  if (!isIceberg && session.options.at !== undefined) throw noPast(view, session.options.at);
  const created =
    view.shows === 'windows'
      ? createWindowsView(session, view)
      : isIceberg
        ? createTableView(session, view)
        : createDirectoriesView(session, view);
  session.ready.set(view.view, created);
  return created;
}

async function createTableView(session: Session, view: ViewName): Promise<void> {
  const isHistory = view.shows === 'changes';
  const metadata = isHistory
    ? await loadHistory(session, view.tableName)
    : await loadTable(session, view.tableName);
  const { store } = session.options;
  await createIcebergView({ ...session, store }, view.view, metadata, isHistory);
}

async function loadTable(session: Session, tableName: string): Promise<TableMetadata> {
  const table = await session.catalog.loadTable(tableName);
  if (table === undefined) throw unknownTable(session, tableName);
  const { at } = session.options;
  return at === undefined ? table.metadata : tableAsOf(table.metadata, tableName, at);
}

/** No further than the table: a history takes a load first. */
async function loadHistory(session: Session, tableName: string): Promise<TableMetadata> {
  const name = historyName(tableName);
  const table = await session.catalog.loadTable(tableName);
  const history = await session.catalog.loadTable(name);
  if (history === undefined) throw unknownTable(session, name);
  const at = session.options.at ?? (table && lakeStateOf(table.metadata)?.watermark);
  return at === undefined ? history.metadata : tableAsOf(history.metadata, name, at);
}

async function createWindowsView(session: Session, view: ViewName): Promise<void> {
  const { options, connection, icebergNames } = session;
  const { tableName } = view;
  const loads = icebergNames.has(tableName)
    ? committedLoads(await loadTable(session, tableName))
    : await directoryLoads(options.store, tableLayout(options.lakePrefix, tableName));
  await connection.run(`CREATE VIEW ${quoteName(view.view)} AS ${windowsViewSql(loads)}`);
}

async function createDirectoriesView(session: Session, view: ViewName): Promise<void> {
  const { store, lakePrefix } = session.options;
  const layout = tableLayout(lakePrefix, view.tableName);
  const shows = view.shows === 'current' ? 'current' : 'changes';
  const keys = await (shows === 'current' ? currentCommits : allCommits)(store, layout);
  await createDirectoryView({ ...session, store }, view.view, keys, shows);
}

function sqlError(session: Session, sql: string, cause: unknown): TidemarkError {
  const message = messageOf(cause);
  const missing = /Table with name (.+?) does not exist/.exec(message)?.[1];
  if (missing !== undefined) {
    const absent = session.absent.find(({ view }) => view.toLowerCase() === missing.toLowerCase());
    return absent === undefined
      ? unknownTable(session, missing, cause)
      : noChanges(session, absent, cause);
  }
  return new TidemarkError(`The SQL does not run: ${message.trim()}`, {
    code: ErrorCode.InvalidUsage,
    subject: sql,
    hint: tablesHint(session),
    cause,
  });
}

function noChanges(
  { views }: Session,
  { view, tableName }: ViewName,
  cause: unknown,
): TidemarkError {
  const windows = views.find((each) => each.tableName === tableName && each.shows === 'windows');
  return new TidemarkError(`The changes of "${tableName}" are not kept: it has no "${view}".`, {
    code: ErrorCode.NotFound,
    subject: view,
    hint: `Set changes: true for it, which counts from its next full load. Ask for its past by --at <instant>, and for what each load brought by "${windows?.view ?? ''}".`,
    cause,
  });
}

function noPast({ tableName }: ViewName, at: Instant): TidemarkError {
  return new TidemarkError(
    `"${tableName}" has the format "parquet", which cannot be asked as of ${at}.`,
    {
      code: ErrorCode.InvalidUsage,
      subject: tableName,
      hint: `Leave --at out, and ask "${tableName}_changes", which has every change and its window.`,
    },
  );
}

function unknownTable(session: Session, tableName: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`The lake has no table "${tableName}".`, {
    code: ErrorCode.NotFound,
    subject: tableName,
    hint: tablesHint(session),
    cause,
  });
}

function tablesHint({ views }: Session): string {
  if (views.length === 0) return 'The lake has no table yet; start the sync of one.';
  return `Name one of: ${views.map(({ view }) => quoteName(view)).join(', ')}.`;
}

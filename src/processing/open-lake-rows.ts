/** Owns reading all rows of one table of the lake, as items, of the one state that it was opened at. */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { createFileCatalog } from '../catalogs/file-catalog.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { Instant } from '../core/instant.js';
import type { Item } from '../export/attribute-value.js';
import { SystemColumn } from '../lake/column-type.js';
import { decodeRow } from '../lake/decode-row.js';
import type { LakeState } from '../lake/lake.js';
import { tableLayout } from '../lake/layout.js';
import { quoteName } from '../lake/sql-type.js';
import { chainAsOf } from './committed-files.js';
import {
  createDirectoryView,
  createIcebergView,
  prepareForViews,
  type ReadyView,
  type ViewPlace,
} from './create-views.js';
import { fromDuckdb } from './duckdb-cell.js';
import { findChain } from './find-chain.js';
import { lakeStateOf } from './iceberg/load-facts.js';
import { tableAsOf } from './iceberg/table-as-of.js';
import type { LakeLocation } from './lake-location.js';
import { OFFLINE_DUCKDB } from './offline-duckdb.js';
import { stateOf } from './parquet-lake.js';
import { createPartCache } from './part-cache.js';

/** A table of a lake, and when. */
export interface LakeRowsOptions extends LakeLocation {
  readonly tableName: string;
  /** As the last load at or before this left it; by default as it is now. */
  readonly at?: Instant;
  /** Of this reading alone, for local copies of files and what does not fit into memory. */
  readonly scratchDirectory: string;
}

/** Rows that no later commit shows in. */
export interface LakeRows {
  readonly state: LakeState;
  /** All of them as the items they are, in no order; each call reads them anew. */
  items(): AsyncGenerator<Item, void, undefined>;
  close(): void;
}

const VIEW = 'table_rows';
/** Where DuckDB begins to spill. */
const MEMORY_LIMIT = '2GB';

/** Brings the table's files here. NotFound where the lake has no such table, or no such state of it. */
export async function openLakeRows(options: LakeRowsOptions): Promise<LakeRows> {
  const { store, scratchDirectory } = options;
  const instance = await DuckDBInstance.create(':memory:', {
    ...OFFLINE_DUCKDB,
    memory_limit: MEMORY_LIMIT,
    temp_directory: join(scratchDirectory, 'rows-spill'),
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    await prepareForViews(connection);
    const cache = createPartCache(store, join(scratchDirectory, 'files'));
    const { state, view } = await createRowsView({ connection, store, cache }, options);
    return { state, items: () => itemsOf(connection, view), close };
  } catch (error) {
    close();
    throw error;
  }
}

interface StatedView {
  readonly state: LakeState;
  readonly view: ReadyView;
}

/** The state is read from what the view is made of: nothing can come in between. */
async function createRowsView(place: ViewPlace, options: LakeRowsOptions): Promise<StatedView> {
  const { store, lakePrefix, tableName, at } = options;
  const catalog = options.catalog ?? createFileCatalog(options);
  const table = await catalog.loadTable(tableName);
  if (table !== undefined) {
    const metadata = at === undefined ? table.metadata : tableAsOf(table.metadata, tableName, at);
    const state = lakeStateOf(metadata);
    if (state !== undefined) return { state, view: await createIcebergView(place, VIEW, metadata) };
  }
  const layout = tableLayout(lakePrefix, tableName);
  const chain = await (at === undefined ? findChain(store, layout) : chainAsOf(store, layout, at));
  if (chain === undefined) throw notFound(tableName, at);
  const keys = chain.links.map(({ key }) => key);
  const view = await createDirectoryView(place, VIEW, keys, 'current');
  return { state: await stateOf(store, chain), view };
}

async function* itemsOf(
  connection: DuckDBConnection,
  { columns, hasRest }: ReadyView,
): AsyncGenerator<Item, void, undefined> {
  if (columns.length === 0) return;
  const names = columns.map((column) => quoteName(column.name));
  const rest = hasRest ? SystemColumn.Rest : 'NULL::VARCHAR';
  const result = await connection.stream(`SELECT ${[...names, rest].join(', ')} FROM ${VIEW}`);
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return;
    for (const row of chunk.getRows()) {
      const cells = columns.map((column, index) => fromDuckdb(column.type, row[index] ?? null));
      yield decodeRow(columns, { cells, rest: (row[columns.length] ?? null) as string | null });
    }
  }
}

function notFound(tableName: string, at: Instant | undefined): TidemarkError {
  const asOf = at === undefined ? '' : ` as of ${at}`;
  return new TidemarkError(`The lake has no table "${tableName}"${asOf}.`, {
    code: ErrorCode.NotFound,
    subject: tableName,
    hint: `Start its sync, and look at \`tidemark status ${tableName}\` for its first full load.`,
  });
}

/** Owns the SQL of the views: a table's current state and its history. */
import { SystemColumn, type Column, type TableSchema } from './column-type.js';
import { quoteName, quoteText } from './sql-type.js';
import { columnExpression, viewColumns } from './view-columns.js';

/** Local copies of Parquet files that were written with one schema. */
export interface SchemaGroup {
  readonly schema: TableSchema;
  readonly paths: readonly string[];
}

/** What the views of a table are made from. */
export interface ViewSource {
  /** The newest schema first. */
  readonly groups: readonly SchemaGroup[];
  /** A table of `path`, `load_order`, `window_from`, `window_to`, one row for each file. */
  readonly filesTable: string;
}

const ORDER = '_tidemark_order';
const RANK = '_tidemark_rank';
const FILE = '_tidemark_file';

/**
 * The rows as of the watermark, under the attributes' names: for each key its newest row, unless
 * that is a delete. `_rest` is there only when `withRest`, which is when some row has one.
 */
export function currentViewSql(source: ViewSource, withRest: boolean): string {
  const columns = viewColumns(source.groups.map((group) => group.schema));
  const keys = source.groups[0]?.schema.keyAttributes ?? [];
  const names = columns.map((column) => quoteName(column.name));
  if (withRest || names.length === 0) names.push(quoteName(SystemColumn.Rest));
  if (source.groups.length === 0) return emptyViewSql([SystemColumn.Rest]);
  const keyNames = keys.map((key) => quoteName(nameOf(columns, key)));
  return `SELECT ${names.join(', ')} FROM (
  SELECT *, row_number() OVER (PARTITION BY ${keyNames.join(', ')} ORDER BY ${ORDER} DESC) AS ${RANK}
  FROM (${rowsSql(source, columns)})
) WHERE ${RANK} = 1 AND ${SystemColumn.Change} <> 'delete'`;
}

/** Every committed row, deletes with their key alone, and the window that brought it. */
export function changesViewSql(source: ViewSource): string {
  if (source.groups.length === 0) {
    return emptyViewSql(['_operation', '_written_at', '_rest', '_window_from', '_window_to']);
  }
  const columns = viewColumns(source.groups.map((group) => group.schema));
  const names = columns.map((column) => quoteName(column.name));
  return `SELECT ${names.map((name) => `${name}, `).join('')}${SystemColumn.Change} AS _operation,
  make_timestamp(${SystemColumn.WrittenAtMicros}) AS _written_at,
  ${SystemColumn.Rest}, _window_from, _window_to
FROM (${rowsSql(source, columns)})`;
}

/** The columns of {@link currentViewSql}'s view, `_rest` aside. */
export function currentColumns(source: ViewSource): readonly Column[] {
  return viewColumns(source.groups.map((group) => group.schema));
}

function rowsSql(source: ViewSource, columns: readonly Column[]): string {
  return source.groups
    .map(({ schema, paths }) => {
      const cells = columns.map(
        (column) => `${columnExpression(column, columns, schema)} AS ${quoteName(column.name)}`,
      );
      const files = paths.map(quoteText).join(', ');
      return `SELECT ${[...cells, SystemColumn.Change, SystemColumn.WrittenAtMicros, SystemColumn.Rest].join(', ')},
    files.load_order AS ${ORDER}, files.window_from AS _window_from, files.window_to AS _window_to
  FROM read_parquet([${files}], filename = '${FILE}', hive_partitioning = false) AS part
  JOIN ${source.filesTable} AS files ON files.path = part.${FILE}`;
    })
    .join('\n  UNION ALL\n  ');
}

function nameOf(columns: readonly Column[], attribute: string): string {
  return columns.find((column) => column.attribute === attribute)?.name ?? attribute;
}

function emptyViewSql(names: readonly string[]): string {
  return `SELECT ${names.map((name) => `CAST(NULL AS VARCHAR) AS ${name}`).join(', ')} WHERE false`;
}

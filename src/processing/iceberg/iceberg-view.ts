/** Owns the SQL by which DuckDB reads an Iceberg table's snapshot from local copies of its files. */
import { parquetFieldsOf } from '../../iceberg/parquet-fields.js';
import { tableSchemaOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { Column } from '../../lake/column-type.js';
import { quoteName, quoteText } from '../../lake/sql-type.js';
import type { ParquetField, ParquetType } from '../../parquet/parquet-field.js';

/** A file of the table, and its local copy. */
export interface LocalFile {
  readonly location: string;
  readonly path: string;
}

/** What of a snapshot is here to be read. */
export interface LocalSnapshot {
  readonly known: KnownTable;
  readonly dataFiles: readonly LocalFile[];
  readonly deleteFiles: readonly LocalFile[];
}

/** What a snapshot's view is made from. */
export interface IcebergViewSource extends LocalSnapshot {
  /** Of a table to be made, of rows taken out: `path`, `position`. */
  readonly deletesTable: string;
}

/** The columns that hold attributes, under the names they have now. */
export function attributeColumns(known: KnownTable): readonly Column[] {
  return tableSchemaOf(known).columns;
}

/** Makes the table of the rows that the position delete files take out. */
export function deletesTableSql({
  dataFiles,
  deleteFiles,
  deletesTable,
}: IcebergViewSource): string {
  if (deleteFiles.length === 0) {
    return `CREATE TABLE ${deletesTable} (path VARCHAR, position BIGINT)`;
  }
  const files = dataFiles.map(
    ({ location, path }) => `(${quoteText(location)}, ${quoteText(path)})`,
  );
  const paths = deleteFiles.map(({ path }) => quoteText(path));
  // Deletes of data files that are gone find no path here.
  return `CREATE TABLE ${deletesTable} AS
SELECT DISTINCT files.path, deletes.pos AS position
FROM read_parquet([${paths.join(', ')}]) AS deletes
JOIN (VALUES ${files.join(', ')}) AS files(location, path) ON files.location = deletes.file_path`;
}

/** The rows of the snapshot; columns are found by their field ids, so that renamed ones are, too. */
export function snapshotSql(source: IcebergViewSource, withRest: boolean): string {
  const { known, dataFiles, deletesTable } = source;
  const { restId, writtenAtMicrosId } = known.columns;
  const own = new Set(attributeColumns(known).map(({ name }) => name));
  const fields = parquetFieldsOf(known);
  const shown = fields.filter(
    ({ id, name }) => own.has(name) || id === writtenAtMicrosId || (withRest && id === restId),
  );
  if (dataFiles.length === 0) {
    const nulls = shown.map(
      ({ name, type }) => `CAST(NULL AS ${sqlTypeOf(type)}) AS ${quoteName(name)}`,
    );
    return `SELECT ${nulls.join(', ')} WHERE false`;
  }
  const paths = dataFiles.map(({ path }) => quoteText(path)).join(', ');
  const named = shown.map(({ id, name, type }) => `${shownSql(id, type)} AS ${quoteName(name)}`);
  return `SELECT ${named.join(', ')}
FROM read_parquet([${paths}], ${readSchemaSql(fields)}) AS rows
WHERE NOT EXISTS (
  SELECT 1 FROM ${deletesTable} AS deletes
  WHERE deletes.path = rows.filename AND deletes.position = rows.file_row_number
)`;
}

/** Times without a zone, as in the views of directories: with one, DuckDB needs an extension to show them. */
function shownSql(id: number, { kind }: ParquetType): string {
  return kind === 'timestamptz' ? `make_timestamp(epoch_us(field_${id}))` : `field_${id}`;
}

/**
 * The argument of `read_parquet` by which it finds columns by their field ids: each under the name
 * `field_<id>`, since a column may be called as DuckDB calls its columns of a row's place.
 */
export function readSchemaSql(fields: readonly Pick<ParquetField, 'id' | 'type'>[]): string {
  const columns = fields.map(
    ({ id, type }) =>
      `${id}: {name: 'field_${id}', type: ${quoteText(sqlTypeOf(type))}, default_value: NULL}`,
  );
  return `schema = MAP {${columns.join(', ')}}`;
}

/** The type in DuckDB's SQL. */
function sqlTypeOf(type: ParquetType): string {
  switch (type.kind) {
    case 'string':
      return 'VARCHAR';
    case 'binary':
      return 'BLOB';
    case 'long':
      return 'BIGINT';
    case 'timestamptz':
      return 'TIMESTAMPTZ';
    case 'boolean':
      return 'BOOLEAN';
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`;
    case 'list':
      return `${sqlTypeOf(type.element.type)}[]`;
    case 'struct':
      return `STRUCT(${type.fields.map(structField).join(', ')})`;
  }
}

function structField({ name, type }: ParquetField): string {
  return `${quoteName(name)} ${sqlTypeOf(type)}`;
}

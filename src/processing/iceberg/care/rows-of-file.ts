/** Owns reading a data file's rows for writing them anew, and whether all of them would be kept so. */
import type { DuckDBConnection } from '@duckdb/node-api';
import type { IcebergField, IcebergType } from '../../../iceberg/iceberg-schema.js';
import type { LiveFile } from '../../../iceberg/live-file.js';
import { parquetFieldsOf, ROW_LINEAGE_FIELDS } from '../../../iceberg/parquet-fields.js';
import { tableSchemaOf, type KnownTable } from '../../../iceberg/table-columns.js';
import type { ColumnType } from '../../../lake/column-type.js';
import { quoteText } from '../../../lake/sql-type.js';
import type { ParquetField, ParquetType } from '../../../parquet/parquet-field.js';
import { readSchemaSql } from '../iceberg-view.js';
import { isLiveSql } from './deletes-table.js';

/** The columns of a rewritten file. */
export interface RowColumns {
  readonly fields: readonly ParquetField[];
  /** What lies in each of `fields`. */
  readonly types: readonly ColumnType[];
}

/** `keepsLineage`: in a table whose rows have ids, they keep them. */
export function rowColumnsOf(known: KnownTable, keepsLineage: boolean): RowColumns {
  const own = parquetFieldsOf(known);
  const lineage = keepsLineage ? ROW_LINEAGE_FIELDS : [];
  const fields = [...own, ...lineage];
  const isTime = own.at(-2)?.type.kind === 'timestamptz';
  const types: readonly ColumnType[] = [
    ...tableSchemaOf(known).columns.map(({ type }) => type),
    { kind: isTime ? 'timestamptz' : 'long' },
    { kind: 'string' },
    ...lineage.map((): ColumnType => ({ kind: 'long' })),
  ];
  return { fields, types };
}

/** The live rows of a data file, from its local copy: a column for each of `fields`. */
export function liveRowsSql(
  { fields }: RowColumns,
  { file, sequenceNumber }: LiveFile,
  path: string,
): string {
  // What a file does not say of a row itself is said by its place: nothing, in files of version 2.
  const firstRowId = file.first_row_id ?? 'NULL';
  const inherited = [`${String(firstRowId)} + file_row_number`, String(sequenceNumber)];
  const selected = fields.map((field) => {
    const column = `field_${String(field.id)}`;
    const other = inherited[ROW_LINEAGE_FIELDS.indexOf(field)];
    return other === undefined ? column : `coalesce(${column}, ${other})`;
  });
  return `SELECT ${selected.join(', ')}
FROM read_parquet([${quoteText(path)}], ${readSchemaSql(fields)})
WHERE ${isLiveSql(file.file_path)}`;
}

/**
 * Whether the file holds nothing but our columns, and what readers do not see any more. Rewriting one
 * of another writer would lose the columns that are its own, or a struct's field that had another name
 * when the file was written: DuckDB finds those by their names.
 */
export async function keepsAllColumns(
  connection: DuckDBConnection,
  known: KnownTable,
  path: string,
): Promise<boolean> {
  const ours = new Map<number, string | undefined>();
  for (const field of parquetFieldsOf(known)) collectOurs(field, undefined, ours);
  const seen = new Set<number>();
  for (const field of known.schema.fields) collectIds(field, seen);
  const result = await connection.runAndReadAll(
    `SELECT name, field_id, num_children FROM parquet_schema(${quoteText(path)})`,
  );
  return result.getRows().every(([name, id, children]) => {
    if (id === null) return children !== null;
    const ourName = ours.get(Number(id));
    if (!ours.has(Number(id))) return !seen.has(Number(id));
    return ourName === undefined || ourName === name;
  });
}

/** Names of a struct's fields by their ids; others are found by their ids alone. */
function collectOurs(
  { id, type }: ParquetField,
  name: string | undefined,
  into: Map<number, string | undefined>,
): void {
  into.set(id, name);
  for (const { field, named } of nestedIn(type)) {
    collectOurs(field, named ? field.name : undefined, into);
  }
}

function nestedIn(type: ParquetType): readonly { field: ParquetField; named: boolean }[] {
  if (type.kind === 'list') return [{ field: type.element, named: false }];
  if (type.kind !== 'struct') return [];
  return type.fields.map((field) => ({ field, named: true }));
}

function collectIds({ id, type }: Pick<IcebergField, 'id' | 'type'>, into: Set<number>): void {
  into.add(id);
  for (const field of icebergNestedIn(type)) collectIds(field, into);
}

function icebergNestedIn(type: IcebergType): readonly Pick<IcebergField, 'id' | 'type'>[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return type.fields;
    case 'list':
      return [{ id: type['element-id'], type: type.element }];
    case 'map':
      return [
        { id: type['key-id'], type: type.key },
        { id: type['value-id'], type: type.value },
      ];
  }
}

/** Owns the laws of a table's history, as SQL over its query views. */
import type { Catalog } from '../../src/iceberg/catalog.js';
import { knownTableOf, tableSchemaOf } from '../../src/iceberg/table-columns.js';
import type { Column, ColumnType, TableSchema } from '../../src/lake/column-type.js';
import { growsInto, OLD_ATTRIBUTE } from '../../src/lake/history-schema.js';
import { quoteName, quoteText } from '../../src/lake/sql-type.js';
import type { LakeQuery } from '../../src/processing/lake-query.js';

/** Where a history and its table part. */
export interface HistoryFaults {
  /** Rows of the table that its folded history does not have. */
  readonly missing: number;
  /** Rows of the folded history that the table does not have. */
  readonly tooMuch: number;
  /**
   * Old images that are not the image before, or are there or not when they should not. What a rest
   * has of either is not compared: an attribute may have got a column in between.
   */
  readonly wrongOld: number;
}

export const NO_FAULTS: HistoryFaults = { missing: 0, tooMuch: 0, wrongOld: 0 };

/** The faults of `tableName`, whose keys have columns and whose last full load was at `base`. */
export async function historyFaults(
  query: LakeQuery,
  catalog: Catalog,
  tableName: string,
): Promise<HistoryFaults> {
  const table = await schemaOf(catalog, tableName);
  const history = await schemaOf(catalog, `${tableName}_changes`);
  const base = (await catalog.loadTable(tableName))!.metadata.properties[
    'tidemark.base-export-time'
  ]!;
  const { columns, old: oldColumn } = historyColumns(table, history);
  const old = oldColumn!;
  const oldFields = columns.map(({ attribute }) =>
    old.type.kind === 'struct'
      ? old.type.fields.find((field) => field.attribute === attribute)!.name
      : '',
  );
  const names = columns.map(({ name }) => quoteName(name));
  const keys = table.keyAttributes.map(
    (key) => names[table.columns.findIndex(({ attribute }) => attribute === key)],
  );
  const ofBase = `FROM ${quoteName(`${tableName}_changes`)} WHERE _base = ${timestamp(base)}`;
  const order = 'coalesce(_written_at, _window_to), _window_to';
  const shown = await query.run(`SELECT * FROM ${quoteName(tableName)} LIMIT 0`);
  const rest = shown.columns.some(({ name }) => name === '_rest') ? '_rest' : 'NULL';
  const folded = `SELECT ${names.join(', ')}, _written_at, _rest FROM (
      SELECT *, lead(_operation) OVER (PARTITION BY ${keys.join(', ')} ORDER BY ${order}) AS tidemark_next
      ${ofBase}) WHERE tidemark_next IS NULL AND _operation <> 'delete'`;
  const now = `SELECT ${table.columns.map(({ name }) => quoteName(name)).join(', ')},
      make_timestamp(_written_at_micros), ${rest} FROM ${quoteName(tableName)}`;
  const oldRow = oldFields.map(
    (name) => `struct_extract(${quoteName(old.name)}, ${quoteText(name)})`,
  );
  const wrongOld = `SELECT * FROM (SELECT _operation, ${quoteName(old.name)} IS NULL AS is_none,
      row(${[...oldRow, '_old_rest'].join(', ')}) AS old,
      _old_rest IS NULL AND (lag(_rest) OVER before_it) IS NULL AS is_whole,
      lag(row(${[...names, '_rest'].join(', ')})) OVER before_it AS before
      ${ofBase} WINDOW before_it AS (PARTITION BY ${keys.join(', ')} ORDER BY ${order}))
    WHERE (is_none AND _operation = 'update') OR (NOT is_none AND _operation IN ('load', 'insert')) OR (NOT is_none AND is_whole AND old IS DISTINCT FROM before)`;
  const counts = [`${now} EXCEPT ALL ${folded}`, `${folded} EXCEPT ALL ${now}`, wrongOld].map(
    (sql) => `(SELECT count(*)::INTEGER FROM (${sql}))`,
  );
  const { rows } = await query.run(`SELECT ${counts.join(', ')}`);
  const [missing, tooMuch, wrong] = rows[0] as readonly number[];
  return { missing: missing!, tooMuch: tooMuch!, wrongOld: wrong! };
}

/**
 * The history's columns for those of the table, and the one for the item before: under the names that
 * the history has, in the order that the table has them.
 */
export function historyColumns(
  table: TableSchema,
  history: TableSchema,
): { readonly columns: readonly Column[]; readonly old: Column | undefined } {
  const same = ({ attribute, type }: Omit<Column, 'name'>): Column => {
    const found = history.columns.find(
      (each) => each.attribute === attribute && growsInto(each.type, type),
    )!;
    return { ...found, type: ordered(found.type, type) };
  };
  const struct = { kind: 'struct', fields: table.columns } as const;
  return {
    columns: table.columns.map(same),
    // A table of which nothing is known has no old images either.
    old: table.columns.length === 0 ? undefined : same({ attribute: OLD_ATTRIBUTE, type: struct }),
  };
}

function ordered(type: ColumnType, as: ColumnType): ColumnType {
  if (type.kind === 'list' && as.kind === 'list') {
    return { ...type, element: ordered(type.element, as.element) };
  }
  if (type.kind !== 'struct' || as.kind !== 'struct') return type;
  const fields = as.fields.map((field) => {
    const found = type.fields.find(({ attribute }) => attribute === field.attribute)!;
    return { ...found, type: ordered(found.type, field.type) };
  });
  return { kind: 'struct', fields };
}

/** The columns of a table as they are now. */
export async function schemaOf(catalog: Catalog, name: string): Promise<TableSchema> {
  return tableSchemaOf(knownTableOf((await catalog.loadTable(name))!.metadata));
}

function timestamp(instant: string): string {
  return `TIMESTAMP ${quoteText(instant.replace('Z', ''))}`;
}

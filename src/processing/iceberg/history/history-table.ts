/** Owns which table is the history of which, and that no two tables want one name. */
import { ErrorCode, TidemarkError } from '../../../core/errors.js';
import type { Catalog } from '../../../iceberg/catalog.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { historyName } from '../../../lake/history-name.js';

/** The property of a history that names its table. */
export const HISTORY_OF = 'tidemark.changes-of';

/** The tables of a catalog: those that hold the state of a table, and those whose history is there. */
export interface LakeTableNames {
  /** In byte order. */
  readonly tables: readonly string[];
  /** By the name of each history, its table's. */
  readonly histories: ReadonlyMap<string, string>;
}

/** Tells histories from tables that are only called so. */
export async function lakeTableNames(catalog: Catalog): Promise<LakeTableNames> {
  const names = await catalog.tableNames();
  const histories = new Map<string, string>();
  for (const name of names) {
    if (name !== historyName(name.slice(0, -historyName('').length))) continue;
    const found = await catalog.loadTable(name);
    const table = found?.metadata.properties[HISTORY_OF];
    if (table !== undefined) histories.set(name, table);
  }
  return { tables: names.filter((name) => !histories.has(name)), histories };
}

/** InvalidConfig when the table is the history of another. */
export function requireNoHistory(tableName: string, { properties }: TableMetadata): void {
  const table = properties[HISTORY_OF];
  if (table !== undefined) throw nameTaken(tableName, table);
}

/** InvalidConfig when a table of its own has the name of the history of `tableName`. */
export function requireHistoryOf(tableName: string, { properties }: TableMetadata): void {
  if (properties[HISTORY_OF] !== tableName) throw nameTaken(historyName(tableName), tableName);
}

/** `name` is that of a table, and of the history of another. */
export function nameTaken(name: string, tableName: string): TidemarkError {
  return new TidemarkError(
    `The lake cannot have the table "${name}" beside the changes of "${tableName}", which have its name.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: name,
      hint: `Set changes: false for ${tableName}, or another lakePrefix for one of the two.`,
    },
  );
}

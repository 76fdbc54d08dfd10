/** Owns making a table's history ready for a load: it exists, with a column for all that comes. */
import { evolveHistorySchema, newHistorySchema } from '../../../iceberg/evolve-history.js';
import { knownTableOf, type KnownTable } from '../../../iceberg/table-columns.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import type { TableSchema } from '../../../lake/column-type.js';
import { historyName } from '../../../lake/history-name.js';
import type { Load } from '../../../lake/load.js';
import {
  commitSchema,
  createTable,
  newMetadata,
  untilCommitted,
  type NewTableSettings,
  type SchemaPorts,
} from '../schema-commits.js';
import { HISTORY_OF, requireHistoryOf } from './history-table.js';

/** A history, and the columns that rows are written to: of two of one attribute, the first. */
export interface PreparedHistory {
  readonly metadata: TableMetadata;
  readonly known: KnownTable;
}

/** As `prepareTable` does it for the table, whose rows will be of `schema`. */
export async function prepareHistory(
  ports: SchemaPorts,
  tableName: string,
  load: Load,
  schema: TableSchema,
): Promise<PreparedHistory> {
  const name = historyName(tableName);
  return await untilCommitted(name, async () => {
    const found = await ports.catalog.loadTable(name);
    if (found === undefined) {
      const fresh = newHistorySchema(schema);
      const created = await createTable(ports, name, fresh, settingsOf(tableName));
      return created && { metadata: created.metadata, known: knownTableOf(created.metadata) };
    }
    const { metadata } = found;
    requireHistoryOf(tableName, metadata);
    const known = evolveHistorySchema(metadata, schema);
    if (known.added.length === 0) return { metadata, known };
    const committed = await commitSchema(ports, name, metadata, load, known);
    return committed && { metadata: committed.metadata, known };
  });
}

/** What {@link prepareHistory} would answer; nothing is committed. */
export async function guessHistory(
  ports: SchemaPorts,
  tableName: string,
  schema: TableSchema,
): Promise<PreparedHistory> {
  const name = historyName(tableName);
  const found = await ports.catalog.loadTable(name);
  if (found !== undefined) {
    requireHistoryOf(tableName, found.metadata);
    return { metadata: found.metadata, known: evolveHistorySchema(found.metadata, schema) };
  }
  const metadata = newMetadata(ports, name, newHistorySchema(schema), settingsOf(tableName));
  return { metadata, known: knownTableOf(metadata) };
}

/** Rows are only ever added, and every engine reads version 2. */
function settingsOf(tableName: string): NewTableSettings {
  return { properties: { [HISTORY_OF]: tableName }, formatVersion: 2 };
}

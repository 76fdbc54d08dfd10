/** Owns how the schema of a table's history follows that of its table. */
import { growsInto, historySchemaOf } from '../lake/history-schema.js';
import type { TableSchema } from '../lake/column-type.js';
import { evolveSchema, type EvolvedSchema } from './evolve-schema.js';
import { knownTableOf, ownColumns, tableSchemaOf } from './table-columns.js';
import type { TableMetadata } from './table-metadata.js';

/** The schema of a new history of a table whose rows are of `schema`. */
export function newHistorySchema(schema: TableSchema): EvolvedSchema {
  return evolveSchema(undefined, historySchemaOf(schema));
}

/**
 * The history's schema with all that rows of `schema` need. A full load may give an attribute another
 * type, and rows of before stay in the history: such an attribute gets a second column, and comes first
 * among the columns; the first one stays, and ends with the rows it has.
 */
export function evolveHistorySchema(metadata: TableMetadata, schema: TableSchema): EvolvedSchema {
  const known = knownTableOf(metadata);
  const wanted = historySchemaOf(schema);
  const types = new Map(wanted.columns.map(({ attribute, type }) => [attribute, type]));
  const outgrown = new Set(
    tableSchemaOf(known).columns.flatMap(({ attribute, type }, index) => {
      const need = types.get(attribute);
      return need === undefined || growsInto(type, need) ? [] : [index];
    }),
  );
  const own = ownColumns(known.schema.fields, known.columns.columns);
  const going = own.filter((_column, index) => !outgrown.has(index));
  const ended = own.filter((_column, index) => outgrown.has(index));
  const evolved = evolveSchema(
    {
      schema: known.schema,
      columns: { ...known.columns, columns: going },
      lastColumnId: metadata['last-column-id'],
    },
    wanted,
  );
  const columns = [...evolved.columns.columns, ...ended];
  return { ...evolved, columns: { ...evolved.columns, columns } };
}

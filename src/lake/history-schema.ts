/** Owns the columns of a table's history: the table's own, and what a change says besides. */
import { sameType, type Column, type ColumnType, type TableSchema } from './column-type.js';

/** A column of a history that holds no attribute. */
interface HistoryColumn extends Column {
  /** What it tells people. */
  readonly doc: string;
}

/** No attribute can be named so: names are UTF-8, which has no half of a surrogate pair. */
function column(name: string, kind: 'string' | 'timestamptz', doc: string): HistoryColumn {
  return { attribute: `\uD800${name}`, name, type: { kind }, doc };
}

/** Columns of every history besides those of its table, `_written_at` and `_rest`. */
export const HISTORY = {
  operation: column('_operation', 'string', 'load, insert, update, delete or upsert'),
  base: column('_base', 'timestamptz', 'time of the full load that the change follows'),
  windowFrom: column('_window_from', 'timestamptz', 'inclusive; null for a full load'),
  windowTo: column('_window_to', 'timestamptz', 'exclusive; the time of a full load'),
  oldRest: column('_old_rest', 'string', 'DynamoDB JSON of what _old does not hold exactly'),
} as const;

/** The attribute that stands for the item before the change. */
export const OLD_ATTRIBUTE = '\uD800_old';

const DOCS: ReadonlyMap<string, string> = new Map([
  ...Object.values(HISTORY).map(({ attribute, doc }) => [attribute, doc] as const),
  [
    OLD_ATTRIBUTE,
    'the item before the change; null where there was none, or the export tells none',
  ],
]);

/** The doc of a history's own column; undefined for one that holds an attribute. */
export function historyDoc({ attribute }: Pick<Column, 'attribute'>): string | undefined {
  return DOCS.get(attribute);
}

/** The schema that the history of a table needs: see {@link HISTORY}, and `_old` of all its columns. */
export function historySchemaOf({ keyAttributes, columns }: TableSchema): TableSchema {
  const { operation, base, windowFrom, windowTo, oldRest } = HISTORY;
  // Parquet has no struct without fields.
  const old: readonly Column[] =
    columns.length === 0
      ? []
      : [{ attribute: OLD_ATTRIBUTE, name: '_old', type: { kind: 'struct', fields: columns } }];
  return {
    keyAttributes,
    columns: [...columns, operation, base, windowFrom, windowTo, ...old, oldRest],
  };
}

/** Whether the schema is a history's. */
export function isHistorySchema({ columns }: TableSchema): boolean {
  return columns.some(({ attribute }) => attribute === HISTORY.operation.attribute);
}

/** Whether a column of type `have`, grown by what it lacks of `need`, holds every value of `need`. */
export function growsInto(have: ColumnType, need: ColumnType): boolean {
  switch (have.kind) {
    case 'decimal':
    case 'hash':
      return sameType(have, need);
    case 'list':
    case 'set':
      return need.kind === have.kind && growsInto(have.element, need.element);
    case 'struct':
      return (
        need.kind === 'struct' &&
        have.fields.every(({ attribute, type }) => {
          const field = need.fields.find((each) => each.attribute === attribute);
          return field === undefined || growsInto(type, field.type);
        })
      );
    case 'string':
    case 'long':
    case 'numeral':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'json':
      return need.kind === have.kind;
  }
}

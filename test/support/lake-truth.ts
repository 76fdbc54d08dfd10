/** Owns the ground truth of an Iceberg table: the row that each item must be to every reader. */
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import type { Column, ColumnType, TableSchema } from '../../src/lake/column-type.js';
import { rowEncoder, type Cell } from '../../src/lake/encode-row.js';
import {
  byCodePoint,
  canonicalRow,
  type CanonicalRow,
  type CanonicalValue,
} from './canonical-row.js';
import type { historyColumns } from './lake-history.js';

/** The rows that a table must have, by key: each as it was when it was written. */
export class LakeTruth {
  readonly #rows = new Map<string, string>();

  /** The table was loaded anew, and its columns are those of `schema` since. */
  replaceAll(schema: TableSchema, items: readonly Item[]): void {
    this.#rows.clear();
    for (const item of items) this.#rows.set(keyText(schema, item), rowOf(schema, item, undefined));
  }

  /** A window came, and the columns are those of `schema` since. */
  apply(schema: TableSchema, changes: readonly Change[]): void {
    for (const { key, newImage, writtenAtMicros } of changes) {
      if (newImage === undefined) this.#rows.delete(keyText(schema, key));
      else this.#rows.set(keyText(schema, key), rowOf(schema, newImage, writtenAtMicros));
    }
  }

  /** Canonical texts, see canonical-row.ts; in byte order. */
  rows(): readonly string[] {
    return [...this.#rows.values()].sort(byCodePoint);
  }
}

function keyText({ keyAttributes }: TableSchema, item: Item): string {
  return JSON.stringify(keyAttributes.map((attribute) => item[attribute]));
}

/**
 * The canonical text of the row that a change is in the history of a table of `schema`, whose columns
 * are called as in `named` there. Times are in microseconds; a full load has no `from`.
 */
export function historyRowOf(
  schema: TableSchema,
  named: ReturnType<typeof historyColumns>,
  { key, oldImage, newImage, writtenAtMicros }: Change,
  operation: string,
  times: { readonly base: bigint; readonly from?: bigint; readonly to: bigint },
): string {
  const { cells, rest } = rowEncoder(schema)(newImage ?? key);
  const old = oldImage && rowEncoder(schema)(oldImage);
  return canonicalRow({
    ...structOf(named.columns, cells),
    _rest: newImage === undefined ? null : rest,
    _operation: operation,
    _written_at: times.from === undefined ? null : BigInt(writtenAtMicros ?? 0),
    _window_from: times.from,
    _window_to: times.to,
    _base: times.base,
    ...(old && { [named.old!.name]: valueOf(named.old!.type, old.cells), _old_rest: old.rest }),
  });
}

/** The canonical text of the row that `item` is under `schema`; a full load tells no time. */
function rowOf(schema: TableSchema, item: Item, writtenAtMicros: string | undefined): string {
  const { cells, rest } = rowEncoder(schema)(item);
  return canonicalRow({
    ...structOf(schema.columns, cells),
    _written_at_micros: writtenAtMicros === undefined ? null : BigInt(writtenAtMicros),
    _rest: rest,
  });
}

// Object.fromEntries, since a column may be named __proto__.
function structOf(columns: readonly Column[], cells: readonly Cell[]): CanonicalRow {
  return Object.fromEntries(
    columns.map(({ name, type }, index) => [name, valueOf(type, cells[index] ?? null)]),
  );
}

function valueOf(type: ColumnType, cell: Cell): CanonicalValue {
  if (cell === null) return null;
  switch (type.kind) {
    case 'long':
      return BigInt(cell as string);
    case 'binary':
      return Buffer.from(cell as string, 'base64');
    case 'list':
    case 'set':
      return (cell as readonly Cell[]).map((each) => valueOf(type.element, each));
    case 'struct':
      return structOf(type.fields, cell as readonly Cell[]);
    case 'string':
    case 'decimal':
    case 'numeral':
    case 'hash':
    case 'boolean':
    case 'timestamptz':
    case 'json':
      return cell;
  }
}

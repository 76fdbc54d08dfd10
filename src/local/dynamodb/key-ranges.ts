/** Owns the layout of the LevelDB database: which keys belong to what. */
import type { KeyRange } from './dynalite-engine.js';

/** Every key that begins with `prefix`, which ends in `~` and is followed by ASCII. */
export function rangeOf(prefix: string): KeyRange {
  return { gte: prefix, lt: `${prefix.slice(0, -1)}\x7f` };
}

/** dynalite's sublevels: its tables, a table's items, an index's items. */
export const TABLES = 'table~';

export function itemsOf(tableName: string): string {
  return `item-${tableName}~`;
}

export const INDEX_TYPES = ['Local', 'Global'] as const;

export function indexesOf(indexType: string, tableName: string): string {
  return `index-${indexType.toLowerCase()}~${tableName}~`;
}

export function indexOf(indexType: string, tableName: string, indexName: string): string {
  return `${indexesOf(indexType, tableName)}${indexName}~`;
}

/** Our own: the change log of each table incarnation, its settings, the exports. */
export const CHANGES = 'change~';
export const SETTINGS = 'settings~';
export const EXPORTS = 'export~';
/** The highest stamp that was ruled out without being used. */
export const SEALED_STAMP = 'stamp~sealed';

export function changesOf(tableId: string): string {
  return `${CHANGES}${tableId}~`;
}

const STAMP_DIGITS = 20;

/** Stamps in keys have one width, so that the order of keys is the order in time. */
export function stampText(micros: bigint): string {
  return micros.toString().padStart(STAMP_DIGITS, '0');
}

export function changeKey(tableId: string, micros: bigint, itemKey: string): string {
  return `${changesOf(tableId)}${stampText(micros)}~${itemKey}`;
}

/** The parts of a {@link changeKey}. */
export function parseChangeKey(key: string): {
  readonly tableId: string;
  readonly micros: bigint;
  readonly itemKey: string;
} {
  const rest = key.slice(CHANGES.length);
  const tableId = rest.slice(0, rest.indexOf('~'));
  const stampStart = tableId.length + 1;
  const stampEnd = stampStart + STAMP_DIGITS;
  return {
    tableId,
    micros: BigInt(rest.slice(stampStart, stampEnd)),
    itemKey: rest.slice(stampEnd + 1),
  };
}

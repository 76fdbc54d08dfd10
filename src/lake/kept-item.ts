/** Owns what the lake keeps of an item: all of it, but for what a table's options say. */
import type { AttributeValue, Item } from '../export/attribute-value.js';
import type { HashValue } from './canonical-value.js';
import type { TableSchema } from './column-type.js';

/** `item` without what `schema` omits, and with the text of a hash where it has one. */
export function keptItem(
  { columns, omitted = [] }: TableSchema,
  item: Item,
  hashValue: HashValue,
): Item {
  const hashed = new Set(
    columns.filter(({ type }) => type.kind === 'hash').map(({ attribute }) => attribute),
  );
  if (hashed.size === 0 && omitted.length === 0) return item;
  const kept = Object.entries(item).filter(([name]) => !omitted.includes(name));
  return Object.fromEntries(
    kept.map(([name, value]): [string, AttributeValue] => [
      name,
      hashed.has(name) ? { S: hashValue(value) } : value,
    ]),
  );
}

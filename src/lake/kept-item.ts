/** Owns what the lake keeps of an item: all of it, but for what a table's options say. */
import type { AttributeValue, Item } from '../export/attribute-value.js';
import type { HashValue } from './canonical-value.js';
import type { TableSchema } from './column-type.js';

/** Gives an item without what `schema` omits, and with the text of a hash where it has one. */
export function itemKeeper(
  { columns, omitted = [] }: TableSchema,
  hashValue: HashValue,
): (item: Item) => Item {
  const left = new Set(omitted);
  const hashed = new Set(
    columns.filter(({ type }) => type.kind === 'hash').map(({ attribute }) => attribute),
  );
  if (hashed.size === 0 && left.size === 0) return (item) => item;
  const keep = ([name, value]: [string, AttributeValue]): [string, AttributeValue] => [
    name,
    hashed.has(name) ? { S: hashValue(value) } : value,
  ];
  return (item) => {
    const kept = Object.entries(item).filter(([name]) => !left.has(name));
    return Object.fromEntries(kept.map(keep));
  };
}

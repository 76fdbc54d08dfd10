/** Owns telling in which attributes two items differ. */
import type { AttributeValue, Item } from '../export/attribute-value.js';
import { canonicalText } from './canonical-value.js';
import type { TableSchema } from './column-type.js';

/** An attribute whose values are not equal, or that one of two items has not. */
export interface AttributeDifference {
  readonly attribute: string;
  /** That the lake has for the attribute; absent where it lies in `_rest` alone. */
  readonly column?: string;
  readonly table?: AttributeValue;
  readonly lake?: AttributeValue;
}

/** The attributes in which an item of the table is not the lake's, by name; see {@link canonicalText}. */
export function attributeDifferences(
  { columns }: Pick<TableSchema, 'columns'>,
  table: Item,
  lake: Item,
): readonly AttributeDifference[] {
  const names = new Set([...Object.keys(table), ...Object.keys(lake)]);
  return [...names].sort().flatMap((attribute): AttributeDifference[] => {
    const [inTable, inLake] = [valueIn(table, attribute), valueIn(lake, attribute)];
    if (textOf(inTable) === textOf(inLake)) return [];
    const column = columns.find((each) => each.attribute === attribute)?.name;
    return [
      {
        attribute,
        ...(column === undefined ? {} : { column }),
        ...(inTable === undefined ? {} : { table: inTable }),
        ...(inLake === undefined ? {} : { lake: inLake }),
      },
    ];
  });
}

/** An attribute may be called as what every object has. */
function valueIn(item: Item, attribute: string): AttributeValue | undefined {
  return Object.hasOwn(item, attribute) ? item[attribute] : undefined;
}

function textOf(value: AttributeValue | undefined): string | undefined {
  return value && canonicalText(value);
}

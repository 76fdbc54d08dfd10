/** Owns what a column's doc tells people of the attribute in it. */
import type { Column, ColumnType } from '../lake/column-type.js';
import { historyDoc } from '../lake/history-schema.js';

/** Undefined where name and type say it all. */
export function docOf(column: Column): string | undefined {
  const { attribute, name, type } = column;
  const own = historyDoc(column);
  if (own !== undefined) return own;
  const renamed = attribute === name ? [] : [`DynamoDB attribute ${JSON.stringify(attribute)}`];
  const meaning = meaningOf(type);
  const parts = [...renamed, ...(meaning === undefined ? [] : [meaning])];
  return parts.length === 0 ? undefined : parts.join(': ');
}

function meaningOf(type: ColumnType): string | undefined {
  switch (type.kind) {
    case 'json':
      return 'DynamoDB JSON';
    case 'hash':
      return `hash of the value, by key ${type.keyId}`;
    case 'numeral':
      return 'number, as text';
    case 'set': {
      const element = meaningOf(type.element);
      return element === undefined ? 'set' : `set of ${element}`;
    }
    case 'list': {
      const element = meaningOf(type.element);
      return element === undefined ? undefined : `list of ${element}`;
    }
    case 'string':
    case 'long':
    case 'decimal':
    case 'boolean':
    case 'binary':
    case 'timestamptz':
    case 'struct':
      return undefined;
  }
}

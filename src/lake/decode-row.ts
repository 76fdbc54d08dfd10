/** Owns the way back from a row to the item it came from. */
import type { AttributeValue, Item } from '../export/attribute-value.js';
import type { Column, ColumnType } from './column-type.js';
import type { Cell, EncodedRow } from './encode-row.js';

/** The item of a row that `columns` describe, cell by cell. */
export function decodeRow(columns: readonly Column[], { cells, rest }: EncodedRow): Item {
  const entries = new Map<string, AttributeValue>();
  columns.forEach(({ attribute, type }, index) => {
    const value = decodeCell(type, cells[index] ?? null);
    if (value !== undefined) entries.set(attribute, value);
  });
  if (rest !== null) {
    for (const [name, value] of Object.entries(JSON.parse(rest) as Item)) entries.set(name, value);
  }
  // Object.fromEntries, since an attribute may be named __proto__.
  return Object.fromEntries(entries);
}

function decodeCell(type: ColumnType, cell: Cell): AttributeValue | undefined {
  if (cell === null) return undefined;
  switch (type.kind) {
    case 'string':
    case 'hash':
      return { S: cell as string };
    case 'long':
    case 'decimal':
    case 'numeral':
      return { N: cell as string };
    case 'boolean':
      return { BOOL: cell as boolean };
    case 'binary':
      return { B: cell as string };
    case 'timestamptz':
      // Holds no attribute.
      return undefined;
    case 'json':
      return JSON.parse(cell as string) as AttributeValue;
    case 'list':
      return {
        L: (cell as readonly Cell[]).flatMap((part) => decodeCell(type.element, part) ?? []),
      };
    case 'set':
      return decodeSet(type.element, cell as readonly string[]);
    case 'struct':
      return { M: decodeStruct(type.fields, cell as readonly Cell[]) };
  }
}

function decodeSet(element: ColumnType, texts: readonly string[]): AttributeValue {
  if (element.kind === 'string') return { SS: texts };
  return element.kind === 'binary' ? { BS: texts } : { NS: texts };
}

function decodeStruct(fields: readonly Column[], cells: readonly Cell[]): Item {
  const entries: [string, AttributeValue][] = [];
  fields.forEach(({ attribute, type }, index) => {
    const value = decodeCell(type, cells[index] ?? null);
    if (value !== undefined) entries.push([attribute, value]);
  });
  return Object.fromEntries(entries);
}

/** Owns the comparison of a table's items with the lake's rows, exact to the last digit. */
import type { AttributeValue, Item } from '../../export/attribute-value.js';
import { parseNumeral, plainText } from '../../lake/number-text.js';

/** How table and lake compare at one time. */
export interface Comparison {
  readonly tableItems: number;
  readonly lakeRows: number;
  readonly equal: number;
  /** In the table, not in the lake. */
  readonly missing: number;
  /** In the lake, not in the table. */
  readonly surplus: number;
  /** In both, with other content. */
  readonly different: number;
  /** Keys of some that do not agree, as DynamoDB JSON. */
  readonly examples: readonly string[];
}

const EXAMPLES = 5;

/** Compares by key; the order of attributes and of set elements, and how a number is written, do not count. */
export async function compareItems(
  tableItems: AsyncIterable<Item>,
  lakeRows: AsyncIterable<Item>,
  keyAttributes: readonly string[],
): Promise<Comparison> {
  const expected = new Map<string, string>();
  for await (const item of tableItems) expected.set(keyText(item, keyAttributes), canonical(item));
  const counts = { tableItems: expected.size, lakeRows: 0, equal: 0, surplus: 0, different: 0 };
  const examples: string[] = [];
  const disagrees = (kind: 'surplus' | 'different', key: string): void => {
    counts[kind] += 1;
    if (examples.length < EXAMPLES) examples.push(`${kind}: ${key}`);
  };
  for await (const item of lakeRows) {
    counts.lakeRows += 1;
    const key = keyText(item, keyAttributes);
    const text = expected.get(key);
    expected.delete(key);
    if (text === undefined) disagrees('surplus', key);
    else if (text === canonical(item)) counts.equal += 1;
    else disagrees('different', key);
  }
  for (const key of expected.keys()) {
    if (examples.length < EXAMPLES) examples.push(`missing: ${key}`);
  }
  return { ...counts, missing: expected.size, examples };
}

/** Whether nothing is missing, surplus or different. */
export function isEqual({ missing, surplus, different }: Comparison): boolean {
  return missing + surplus + different === 0;
}

function keyText(item: Item, keyAttributes: readonly string[]): string {
  const entries = keyAttributes.map((name) => [name, item[name]] as const);
  return canonical(Object.fromEntries(entries) as Item);
}

function canonical(item: Item): string {
  return JSON.stringify(canonicalItem(item));
}

function canonicalItem(item: Item): unknown {
  const names = Object.keys(item).sort();
  return names.map((name) => [name, canonicalValue(item[name] as AttributeValue)]);
}

function canonicalValue(value: AttributeValue): unknown {
  if ('N' in value) return ['N', plainNumber(value.N)];
  if ('NS' in value) return ['NS', value.NS.map(plainNumber).sort()];
  if ('SS' in value) return ['SS', [...value.SS].sort()];
  if ('BS' in value) return ['BS', [...value.BS].sort()];
  if ('M' in value) return ['M', canonicalItem(value.M)];
  if ('L' in value) return ['L', value.L.map(canonicalValue)];
  return value;
}

function plainNumber(text: string): string {
  const numeral = parseNumeral(text);
  return numeral === undefined ? text : plainText(numeral);
}

/** Owns the evidence that values give for a column's type; it adds up in any order. */
import { attributeType, type AttributeValue, type Item } from '../export/attribute-value.js';
import { MAX_DIGITS, fitsLong, parseNumeral, shapeOf } from './number-text.js';

/** Past this many different attributes of one map, it is a dictionary and becomes `json`. */
export const MAX_FIELDS = 200;
/** Past this many different attributes of a table, only the first by name may have columns. */
export const MAX_ATTRIBUTES = 2000;

/** What the numbers seen need. */
export interface NumberEvidence {
  /** How often each `integerDigits.scale` was seen, of those that 38 digits hold. */
  readonly shapes: Map<string, number>;
  /** Integers of at most 19 digits that 64 bits do not hold. */
  beyondLong: number;
  /** Numbers that 38 digits before and after the point together do not hold. */
  beyondDecimal: number;
}

/** What was seen of one attribute, or of one place within attributes. NULL is evidence of nothing. */
export interface Evidence {
  strings: number;
  booleans: number;
  binaries: number;
  stringSets: number;
  binarySets: number;
  lists: number;
  maps: number;
  numberSets: number;
  numbers: NumberEvidence | null;
  /** Of the elements of number sets. */
  setNumbers: NumberEvidence | null;
  /** Of the elements of lists. */
  elements: Evidence | null;
  /** Of the values of maps by name; null when there are more than {@link MAX_FIELDS}. */
  fields: Map<string, Evidence> | null;
}

/** What was seen of a whole table. */
export interface TableEvidence {
  /** Of the attributes that make the key; kept whatever their number. */
  readonly keys: Map<string, Evidence>;
  readonly fields: Map<string, Evidence>;
}

/** No evidence at all. */
export function newTableEvidence(): TableEvidence {
  return { keys: new Map(), fields: new Map() };
}

/** Adds one row: the item after a change, or the key alone after a delete. */
export function addItem(
  evidence: TableEvidence,
  item: Item,
  keyAttributes: readonly string[],
): void {
  for (const name of Object.keys(item)) {
    const value = item[name];
    if (value === undefined) continue;
    addValue(placeOf(keyAttributes.includes(name) ? evidence.keys : evidence.fields, name), value);
  }
  if (evidence.fields.size > 2 * MAX_ATTRIBUTES) dropPastMost(evidence.fields);
}

/** Adds all of `from` to `into`. */
export function mergeTableEvidence(into: TableEvidence, from: TableEvidence): void {
  for (const [name, evidence] of from.keys) mergeEvidence(placeOf(into.keys, name), evidence);
  for (const [name, evidence] of from.fields) mergeEvidence(placeOf(into.fields, name), evidence);
  dropPastMost(into.fields);
}

/** JSON text of evidence; equal evidence may give different text. */
export function formatTableEvidence(evidence: TableEvidence): string {
  return JSON.stringify(evidence, (_key, value: unknown) =>
    value instanceof Map ? [...(value as Map<string, unknown>)] : value,
  );
}

/** Reads {@link formatTableEvidence}'s text. */
export function parseTableEvidence(text: string): TableEvidence {
  // Names of attributes are elements of arrays here, never keys, so these three are our own.
  return JSON.parse(text, (key, value: unknown) =>
    (key === 'fields' || key === 'keys' || key === 'shapes') && Array.isArray(value)
      ? new Map(value as [string, unknown][])
      : value,
  ) as TableEvidence;
}

// The first by name of a union are each among the first of every part that has them, so their
// counts are whole whatever the order of merging.
function dropPastMost(fields: Map<string, Evidence>): void {
  if (fields.size <= MAX_ATTRIBUTES) return;
  for (const name of [...fields.keys()].sort().slice(MAX_ATTRIBUTES)) fields.delete(name);
}

/** Of a place at which nothing was seen. */
export function newEvidence(): Evidence {
  return {
    strings: 0,
    booleans: 0,
    binaries: 0,
    stringSets: 0,
    binarySets: 0,
    lists: 0,
    maps: 0,
    numberSets: 0,
    numbers: null,
    setNumbers: null,
    elements: null,
    fields: new Map(),
  };
}

function newNumberEvidence(): NumberEvidence {
  return { shapes: new Map(), beyondLong: 0, beyondDecimal: 0 };
}

function placeOf(places: Map<string, Evidence>, name: string): Evidence {
  let place = places.get(name);
  if (place === undefined) {
    place = newEvidence();
    places.set(name, place);
  }
  return place;
}

function addValue(evidence: Evidence, value: AttributeValue): void {
  if ('S' in value) evidence.strings++;
  else if ('N' in value) addNumber((evidence.numbers ??= newNumberEvidence()), value.N);
  else if ('M' in value) {
    evidence.maps++;
    addFields(evidence, value.M);
  } else if ('L' in value) {
    evidence.lists++;
    for (const element of value.L) addValue((evidence.elements ??= newEvidence()), element);
  } else {
    addPlain(evidence, value);
  }
}

function addPlain(evidence: Evidence, value: AttributeValue): void {
  const type = attributeType(value);
  if (type === 'BOOL') evidence.booleans++;
  else if (type === 'B') evidence.binaries++;
  else if (type === 'SS') evidence.stringSets++;
  else if (type === 'BS') evidence.binarySets++;
  else if ('NS' in value) {
    evidence.numberSets++;
    const numbers = (evidence.setNumbers ??= newNumberEvidence());
    for (const element of value.NS) addNumber(numbers, element);
  }
}

function addFields(evidence: Evidence, map: Item): void {
  for (const name of Object.keys(map)) {
    const value = map[name];
    if (evidence.fields === null || value === undefined) return;
    addValue(placeOf(evidence.fields, name), value);
    if (evidence.fields.size > MAX_FIELDS) evidence.fields = null;
  }
}

function addNumber(evidence: NumberEvidence, text: string): void {
  const numeral = parseNumeral(text);
  if (numeral === undefined) return;
  const { integerDigits, scale } = shapeOf(numeral);
  if (integerDigits + scale > MAX_DIGITS) {
    evidence.beyondDecimal++;
    return;
  }
  count(evidence.shapes, `${integerDigits}.${scale}`, 1);
  if (scale === 0 && integerDigits === 19 && !fitsLong(numeral)) evidence.beyondLong++;
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

/** Adds `from`, of the same place, to `into`. */
export function mergeEvidence(into: Evidence, from: Evidence): void {
  into.strings += from.strings;
  into.booleans += from.booleans;
  into.binaries += from.binaries;
  into.stringSets += from.stringSets;
  into.binarySets += from.binarySets;
  into.lists += from.lists;
  into.maps += from.maps;
  into.numberSets += from.numberSets;
  if (from.numbers !== null) mergeNumbers((into.numbers ??= newNumberEvidence()), from.numbers);
  if (from.setNumbers !== null) {
    mergeNumbers((into.setNumbers ??= newNumberEvidence()), from.setNumbers);
  }
  if (from.elements !== null) mergeEvidence((into.elements ??= newEvidence()), from.elements);
  if (from.fields === null) into.fields = null;
  for (const [name, evidence] of from.fields ?? []) {
    if (into.fields === null) return;
    mergeEvidence(placeOf(into.fields, name), evidence);
    if (into.fields.size > MAX_FIELDS) into.fields = null;
  }
}

function mergeNumbers(into: NumberEvidence, from: NumberEvidence): void {
  for (const [shape, seen] of from.shapes) count(into.shapes, shape, seen);
  into.beyondLong += from.beyondLong;
  into.beyondDecimal += from.beyondDecimal;
}

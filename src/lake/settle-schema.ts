/** Owns how a schema follows from evidence, and how it only ever widens. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { NO_CHOICES, type ColumnChoices } from './column-choices.js';
import { RESERVED_NAMES, claimName } from './column-names.js';
import { leafCount, type Column, type ColumnType, type TableSchema } from './column-type.js';
import { MAX_ATTRIBUTES, type Evidence, type TableEvidence } from './evidence.js';
import { WIDENING, type NumberRules } from './settle-number.js';
import type { Nested } from './table-options.js';

/** New columns stop here; what has none lies in `_rest`. */
export const MAX_COLUMNS = 1000;
/** A struct of more scalar columns than this becomes `json`. */
const MAX_LEAVES = 400;
/** Nested values of several kinds become `json` unless one kind has this share of them. */
const RULING_SHARE = 0.9;

/**
 * The schema for a load: `previous`, widened by `evidence` where that is exact for every value
 * written before, and with columns for attributes that had none. Equal evidence gives an equal
 * schema, however it was put together.
 *
 * `numbers` say what becomes of numbers: by default their columns widen, which only a format of
 * files without a common schema bears. An attribute that `choices` give a type has a column of it
 * from the start, unless `previous` has another.
 *
 * CorruptExport when a key attribute is of another type than `previous` has it.
 */
export function settleSchema(
  previous: TableSchema | undefined,
  evidence: TableEvidence,
  keyAttributes: readonly string[],
  numbers: NumberRules = WIDENING,
  choices: ColumnChoices = NO_CHOICES,
): TableSchema {
  const { types, nested, omitted } = choices;
  const rules: TypeRules = { ...numbers, nested };
  const old = new Map((previous?.columns ?? []).map((column) => [column.attribute, column]));
  const taken = new Set(RESERVED_NAMES);
  for (const column of old.values()) taken.add(column.name.toLowerCase());
  const columns: Column[] = [];
  const add = (attribute: string, type: ColumnType | undefined): void => {
    const name = old.get(attribute)?.name;
    if (type !== undefined) {
      columns.push({ attribute, name: name ?? claimName(attribute, taken), type });
    }
  };
  for (const attribute of keyAttributes) {
    const [before, seen] = [old.get(attribute)?.type, evidence.keys.get(attribute)];
    const chosen = types.get(attribute);
    add(
      attribute,
      chosen === undefined
        ? settleKey(attribute, before, seen, rules)
        : (before ?? chosenKey(chosen, seen)),
    );
  }
  for (const { attribute, type } of old.values()) {
    if (keyAttributes.includes(attribute)) continue;
    const seen = evidence.fields.get(attribute);
    add(attribute, seen === undefined ? type : widen(type, seen, rules));
  }
  for (const [attribute, type] of types) {
    if (old.has(attribute) || keyAttributes.includes(attribute)) continue;
    add(attribute, chosenType(type, evidence.fields.get(attribute)));
  }
  const room = MAX_COLUMNS - columns.length;
  const settled = new Set([...old.keys(), ...types.keys(), ...omitted]);
  for (const { attribute, type } of newColumns(evidence, settled, room, rules)) {
    add(attribute, type);
  }
  return { keyAttributes, columns, ...(omitted.length === 0 ? {} : { omitted }) };
}

/** What a type is settled by. */
interface TypeRules extends NumberRules {
  readonly nested: Nested;
}

/** Text takes numbers where there are more of them than of texts: a column holds one kind exactly. */
function chosenType(type: ColumnType, seen: Evidence | undefined): ColumnType {
  const isNumeral =
    type.kind === 'string' && seen !== undefined && countOf(seen.numbers) > seen.strings;
  return isNumeral ? { kind: 'numeral' } : type;
}

/** As for any key, there is no column before there is one to go by; of a hash there never is. */
function chosenKey(type: ColumnType, seen: Evidence | undefined): ColumnType | undefined {
  return seen === undefined && type.kind !== 'hash' ? undefined : chosenType(type, seen);
}

interface Candidate {
  readonly attribute: string;
  readonly type: ColumnType;
  readonly count: number;
}

function newColumns(
  evidence: TableEvidence,
  settled: ReadonlySet<string>,
  room: number,
  rules: TypeRules,
): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const attribute of [...evidence.fields.keys()].sort().slice(0, MAX_ATTRIBUTES)) {
    const seen = evidence.fields.get(attribute);
    if (seen === undefined || settled.has(attribute)) continue;
    const type = typeOf(seen, 0, rules);
    if (type !== undefined) candidates.push({ attribute, type, count: totalOf(seen) });
  }
  if (candidates.length <= room) return candidates;
  const mostSeen = candidates.toSorted((a, b) => b.count - a.count).slice(0, Math.max(0, room));
  return mostSeen.sort((a, b) => (a.attribute < b.attribute ? -1 : 1));
}

function settleKey(
  attribute: string,
  previous: ColumnType | undefined,
  seen: Evidence | undefined,
  rules: TypeRules,
): ColumnType | undefined {
  if (seen === undefined) return previous;
  const kinds = kindsOf(seen).filter((kind) => kind.count > 0);
  const [only] = kinds;
  const type =
    only?.kind === 'number' && seen.numbers !== null && isNumber(previous)
      ? rules.key(previous, seen.numbers)
      : only && settleKind(only.kind, seen, 0, rules);
  const scalar = type !== undefined && KEY_KINDS.has(type.kind);
  const stays =
    previous === undefined ||
    (isNumber(previous) ? type !== undefined && isNumber(type) : previous.kind === type?.kind);
  if (kinds.length === 1 && scalar && stays) return type;
  throw new TidemarkError(`Key attribute "${attribute}" does not have one type throughout.`, {
    code: ErrorCode.CorruptExport,
    subject: attribute,
    hint: 'Check that the export is of this table, and that the table was not re-created.',
  });
}

const KEY_KINDS: ReadonlySet<ColumnType['kind']> = new Set<ColumnType['kind']>([
  'string',
  'binary',
  'long',
  'decimal',
  'numeral',
]);

function isNumber(type: ColumnType | undefined): boolean {
  return (
    type === undefined || type.kind === 'long' || type.kind === 'decimal' || type.kind === 'numeral'
  );
}

/** The kinds a value can be of; in this order they break ties. */
type Kind =
  | 'string'
  | 'number'
  | 'boolean'
  | 'binary'
  | 'map'
  | 'list'
  | 'stringSet'
  | 'numberSet'
  | 'binarySet';

function kindsOf(seen: Evidence): readonly { readonly kind: Kind; readonly count: number }[] {
  return [
    { kind: 'string', count: seen.strings },
    { kind: 'number', count: countOf(seen.numbers) },
    { kind: 'boolean', count: seen.booleans },
    { kind: 'binary', count: seen.binaries },
    { kind: 'map', count: seen.maps },
    { kind: 'list', count: seen.lists },
    { kind: 'stringSet', count: seen.stringSets },
    { kind: 'numberSet', count: seen.numberSets },
    { kind: 'binarySet', count: seen.binarySets },
  ];
}

function countOf(numbers: Evidence['numbers']): number {
  if (numbers === null) return 0;
  let sum = numbers.beyondDecimal;
  for (const count of numbers.shapes.values()) sum += count;
  return sum;
}

function totalOf(seen: Evidence): number {
  return kindsOf(seen).reduce((sum, kind) => sum + kind.count, 0);
}

function typeOf(seen: Evidence, depth: number, rules: TypeRules): ColumnType | undefined {
  const kinds = kindsOf(seen).toSorted((a, b) => b.count - a.count);
  const [first] = kinds;
  if (first === undefined || first.count === 0) return undefined;
  const mixed = first.count < totalOf(seen) * RULING_SHARE;
  if (mixed && depth > 0) return { kind: 'json' };
  for (const { kind, count } of kinds) {
    const type = count > 0 ? settleKind(kind, seen, depth, rules) : undefined;
    if (type !== undefined) return leafCount(type) > MAX_LEAVES ? { kind: 'json' } : type;
  }
  return undefined;
}

function settleKind(
  kind: Kind,
  seen: Evidence,
  depth: number,
  rules: TypeRules,
): ColumnType | undefined {
  switch (kind) {
    case 'string':
    case 'boolean':
    case 'binary':
      return { kind };
    case 'number':
      return seen.numbers === null ? undefined : rules.number(undefined, seen.numbers);
    case 'map':
      if (rules.nested === 'json') return { kind: 'json' };
      return seen.fields === null ? { kind: 'json' } : structOf([], seen.fields, depth, rules);
    case 'list': {
      if (rules.nested === 'json') return { kind: 'json' };
      const element = seen.elements === null ? undefined : typeOf(seen.elements, depth + 1, rules);
      return element && { kind: 'list', element };
    }
    case 'stringSet':
      return { kind: 'set', element: { kind: 'string' } };
    case 'binarySet':
      return { kind: 'set', element: { kind: 'binary' } };
    case 'numberSet': {
      const element =
        seen.setNumbers === null ? undefined : rules.number(undefined, seen.setNumbers);
      return element && { kind: 'set', element };
    }
  }
}

/** `old` fields widened and fields added for attributes that have none; undefined without any. */
function structOf(
  old: readonly Column[],
  fields: ReadonlyMap<string, Evidence>,
  depth: number,
  rules: TypeRules,
): ColumnType | undefined {
  const taken = new Set(['__proto__', ...old.map((field) => field.name.toLowerCase())]);
  const known = new Set(old.map((field) => field.attribute));
  const settled: Column[] = old.map((field) => {
    const seen = fields.get(field.attribute);
    return seen === undefined
      ? field
      : { ...field, type: widen(field.type, seen, rules, depth + 1) };
  });
  for (const attribute of [...fields.keys()].sort()) {
    const seen = fields.get(attribute);
    const type =
      seen === undefined || known.has(attribute) ? undefined : typeOf(seen, depth + 1, rules);
    if (type !== undefined) {
      settled.push({ attribute, name: claimName(attribute, taken), type });
    }
  }
  return settled.length === 0 ? undefined : { kind: 'struct', fields: settled };
}

/** `type` with room for more of its own kind; values of other kinds leave it as it is. */
function widen(type: ColumnType, seen: Evidence, rules: TypeRules, depth = 0): ColumnType {
  switch (type.kind) {
    case 'long':
    case 'decimal':
      return (seen.numbers && rules.number(type, seen.numbers)) ?? type;
    case 'list':
      return seen.elements === null
        ? type
        : { kind: 'list', element: widen(type.element, seen.elements, rules, depth + 1) };
    case 'set':
      return seen.setNumbers === null || type.element.kind === 'string'
        ? type
        : { kind: 'set', element: widenSetNumber(type.element, seen.setNumbers, rules) };
    case 'struct': {
      if (seen.fields === null) return type;
      const wider = structOf(type.fields, seen.fields, depth, rules);
      return wider !== undefined && leafCount(wider) <= MAX_LEAVES ? wider : type;
    }
    case 'string':
    case 'boolean':
    case 'binary':
    case 'numeral':
    case 'timestamptz':
    case 'json':
    case 'hash':
      return type;
  }
}

function widenSetNumber(
  element: ColumnType,
  numbers: NonNullable<Evidence['setNumbers']>,
  rules: TypeRules,
): ColumnType {
  return element.kind === 'binary' ? element : (rules.number(element, numbers) ?? element);
}

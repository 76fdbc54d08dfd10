/** Owns what a table's options come to for its columns, and which options cannot be met. */
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ColumnType } from './column-type.js';
import { parsePinnedType, PINNED_FORM } from './pinned-type.js';
import type { Nested, TableOptions } from './table-options.js';

/** What is settled of columns before a value was seen. */
export interface ColumnChoices {
  /** Types by attribute: the pinned ones, and those of hashes. */
  readonly types: ReadonlyMap<string, ColumnType>;
  readonly nested: Nested;
  /** Attributes of which rows say nothing. */
  readonly omitted: readonly string[];
}

/** The usual. */
export const NO_CHOICES: ColumnChoices = { types: new Map(), nested: 'struct', omitted: [] };

/**
 * The choices in `options`; `keyId` tells which key hashes are made with here. InvalidConfig for
 * hashes without one, and where {@link checkTableOptions} says so.
 */
export function columnChoices(
  options: TableOptions,
  keyId: string | undefined,
  tableName: string,
): ColumnChoices {
  const { columns = {}, nested = 'struct', omit = [], hash = [] } = options;
  const types = new Map<string, ColumnType>();
  for (const [attribute, text] of Object.entries(columns)) {
    const type = parsePinnedType(text);
    if (type === undefined) throw notAType(tableName, attribute, text);
    types.set(attribute, type);
  }
  const [first] = hash;
  if (first !== undefined && keyId === undefined) throw noHashKey(tableName, first);
  for (const attribute of hash) types.set(attribute, { kind: 'hash', keyId: keyId ?? '' });
  return { types, nested, omitted: omit };
}

/** Attributes whose values leave no evidence: it would tell of what the lake shall not have. */
export function unseenAttributes({ types, omitted }: ColumnChoices): readonly string[] {
  const hashed = [...types].filter(([, type]) => type.kind === 'hash');
  return [...omitted, ...hashed.map(([attribute]) => attribute)];
}

/** Whether `a` and `b` ask for the same of a table's columns. */
export function sameMake(a: TableOptions, b: TableOptions): boolean {
  return JSON.stringify(makeOf(a)) === JSON.stringify(makeOf(b));
}

function makeOf({ columns = {}, nested = 'struct', omit = [], hash = [] }: TableOptions): unknown {
  const pins = Object.entries(columns).map(([attribute, text]) => [
    attribute,
    parsePinnedType(text),
  ]);
  const sorted = (values: readonly unknown[]): unknown =>
    [...new Set(values.map((value) => JSON.stringify(value)))].sort();
  return [sorted(pins), nested, sorted(omit), sorted(hash)];
}

/**
 * InvalidConfig where one attribute is told two things, or `keyAttributes`, once they are known,
 * something that a key cannot be: it is in every row, and is text, a number or bytes.
 */
export function checkTableOptions(
  options: TableOptions,
  tableName: string,
  keyAttributes: readonly string[] = [],
): void {
  const { columns = {}, omit = [], hash = [] } = options;
  for (const attribute of omit) {
    if (keyAttributes.includes(attribute)) throw keyOmitted(tableName, attribute);
    if (hash.includes(attribute)) throw contradiction(tableName, attribute, 'omit', 'hash');
    if (Object.hasOwn(columns, attribute)) {
      throw contradiction(tableName, attribute, 'omit', 'columns');
    }
  }
  for (const attribute of hash) {
    if (Object.hasOwn(columns, attribute)) {
      throw contradiction(tableName, attribute, 'hash', 'columns');
    }
  }
  for (const attribute of keyAttributes) {
    const text = Object.hasOwn(columns, attribute) ? columns[attribute] : undefined;
    if (text === 'boolean' || text === 'json') throw keyPinned(tableName, attribute, text);
  }
}

/** A key that the type it is pinned to does not hold: no other full load would mend that. */
export function pinnedKeyOutgrown(
  tableName: string,
  attribute: string,
  text: string,
): TidemarkError {
  return invalid(
    `Key attribute "${attribute}" of ${tableName} is pinned to ${text}, and has a value that is not exactly of that type.`,
    attribute,
    `Pin "${attribute}" to a type that holds every key, or leave it out of columns, and load a new full export.`,
  );
}

function notAType(tableName: string, attribute: string, text: string): TidemarkError {
  return invalid(
    `Column "${attribute}" of ${tableName} is pinned to "${text}"; it must be ${PINNED_FORM}.`,
    attribute,
    'Correct the type in columns.',
  );
}

function noHashKey(tableName: string, attribute: string): TidemarkError {
  return invalid(
    `"${attribute}" of ${tableName} is to be hashed, and there is no key to hash it with.`,
    attribute,
    'Set TIDEMARK_HASH_KEY to the same secret wherever the lake is written, such as the output of `openssl rand -hex 32`.',
  );
}

function keyOmitted(tableName: string, attribute: string): TidemarkError {
  return invalid(
    `omit names "${attribute}", which is a key attribute of ${tableName}: without it no row could be found again.`,
    attribute,
    `Remove "${attribute}" from omit; hash keeps its values out of the lake, too.`,
  );
}

function keyPinned(tableName: string, attribute: string, text: string): TidemarkError {
  return invalid(
    `Key attribute "${attribute}" of ${tableName} is pinned to ${text}; a key is of type string, long, binary or decimal(p,s).`,
    attribute,
    `Pin "${attribute}" to one of these, or leave it out of columns.`,
  );
}

function contradiction(
  tableName: string,
  attribute: string,
  one: string,
  other: string,
): TidemarkError {
  return invalid(
    `"${attribute}" of ${tableName} is both in ${one} and in ${other}; it can be in one of them.`,
    attribute,
    `Remove "${attribute}" from ${one} or from ${other}.`,
  );
}

function invalid(message: string, subject: string, hint: string): TidemarkError {
  return new TidemarkError(message, { code: ErrorCode.InvalidConfig, subject, hint });
}

/** Owns the terms by which a user has rows parted into files: their form, and the types they suit. */
import type { ColumnType } from './column-type.js';

/** What of an attribute's value tells its rows' partition; each is a transform of Iceberg's. */
export type PartitionTransform =
  | { readonly kind: 'identity' }
  /** One of `buckets` by the value's hash. */
  | { readonly kind: 'bucket'; readonly buckets: number }
  /**
   * The first `width` characters or bytes, or a number rounded down to a multiple of `width`; of a
   * decimal, `width` counts units of its last digit.
   */
  | { readonly kind: 'truncate'; readonly width: number };

/** One of a table's terms: what of which attribute. */
export interface PartitionTerm {
  /** An attribute at an item's top level. */
  readonly attribute: string;
  readonly transform: PartitionTransform;
}

/** Iceberg writes both as signed integers of 32 bits. */
const MOST = 2 ** 31 - 1;
const CALL = /^\s*(\w+)\s*\((.*)\)\s*$/s;
const WITH_NUMBER = /^\s*(\d{1,10})\s*,\s*(\S|\S.*\S)\s*$/s;

/**
 * Reads `country`, `bucket(16, pk)` or `truncate(4, zip)`, case being of no matter for the function.
 * `identity(x)` is `x`, for attributes whose name looks like a call. Otherwise a text that ends the
 * sentence "It must be …".
 */
export function parsePartitionTerm(text: string): PartitionTerm | string {
  const [, called, inner = ''] = CALL.exec(text) ?? [];
  if (called === undefined) {
    const attribute = text.trim();
    return attribute === '' ? FORMS : { attribute, transform: { kind: 'identity' } };
  }
  const name = called.toLowerCase();
  if (name === 'identity' && inner.trim() !== '') {
    return { attribute: inner.trim(), transform: { kind: 'identity' } };
  }
  if (TIMES.includes(name)) return timeAdvice(name, inner.trim() || 'created_at');
  const [, digits, attribute] = WITH_NUMBER.exec(inner) ?? [];
  const number = Number(digits);
  if (attribute === undefined || !(number >= 1 && number <= MOST)) return FORMS;
  if (name === 'bucket') return { attribute, transform: { kind: 'bucket', buckets: number } };
  if (name === 'truncate') return { attribute, transform: { kind: 'truncate', width: number } };
  return FORMS;
}

const FORMS = "a term such as 'country', 'bucket(16, pk)' or 'truncate(10, created_at)'";

const TIMES = ['year', 'years', 'month', 'months', 'day', 'days', 'hour', 'hours', 'date'];

/** Iceberg has these for columns of dates and timestamps, and DynamoDB has no such type. */
function timeAdvice(name: string, attribute: string): string {
  const unit = name.replace(/s$/, '').replace('date', 'day');
  const characters = { year: 4, month: 7, day: 10, hour: 13 }[unit] ?? 10;
  const ofText = `'truncate(${characters}, ${attribute})' where it is ISO-8601 text`;
  const seconds = unit === 'hour' ? 3600 : 86_400;
  return (
    `a term on text or a number, since DynamoDB has no dates: ${ofText}, ` +
    `'truncate(${seconds}, ${attribute})' where it counts seconds, ` +
    `'truncate(${seconds * 1000}, ${attribute})' milliseconds`
  );
}

/** Whether rows can be parted by `transform` of a column of this type. */
export function suitsType(
  transform: PartitionTransform,
  { kind }: Pick<ColumnType, 'kind'>,
): boolean {
  switch (kind) {
    case 'string':
    case 'numeral':
    case 'hash':
    case 'long':
    case 'decimal':
    case 'binary':
      return true;
    case 'boolean':
      return transform.kind === 'identity';
    case 'json':
    case 'list':
    case 'set':
    case 'struct':
    case 'timestamptz':
      return false;
  }
}

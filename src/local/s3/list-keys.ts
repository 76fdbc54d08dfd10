/** Owns one page of a listing: prefix, delimiter, where it starts and where it stops. */
import { compareKeys } from '../../core/key-order.js';
import type { SortedKeys } from './sorted-keys.js';

/** Where a listing goes on: after one key, or after everything under a common prefix. */
export interface ListPosition {
  readonly after: string;
  readonly wholePrefix: boolean;
}

export interface ListQuery {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  readonly position?: ListPosition | undefined;
  /** Keys and common prefixes together. */
  readonly maxKeys: number;
}

export interface ListPage {
  /** Keys and common prefixes in their common order. */
  readonly entries: readonly ListEntry[];
  /** Where the next page starts; undefined when this is the last one. */
  readonly next: ListPosition | undefined;
}

export interface ListEntry {
  readonly kind: 'key' | 'prefix';
  readonly name: string;
}

/** The page of `keys` that `query` asks for. */
export function listKeys(keys: SortedKeys, query: ListQuery): ListPage {
  const entries: ListEntry[] = [];
  if (query.maxKeys === 0) return { entries, next: undefined };
  let index = startIndex(keys, query);
  for (;;) {
    const key = keys.at(index);
    if (!key?.startsWith(query.prefix)) return { entries, next: undefined };
    if (entries.length === query.maxKeys) return { entries, next: positionAfter(entries.at(-1)) };
    const common = commonPrefix(key, query);
    if (common === undefined) {
      entries.push({ kind: 'key', name: key });
      index += 1;
    } else {
      entries.push({ kind: 'prefix', name: common });
      index = indexBeyondPrefix(keys, common);
    }
  }
}

function startIndex(keys: SortedKeys, { prefix, position }: ListQuery): number {
  const ofPrefix = keys.firstIndex((key) => compareKeys(key, prefix) >= 0);
  if (position === undefined) return ofPrefix;
  const { after, wholePrefix } = position;
  const ofPosition = wholePrefix
    ? indexBeyondPrefix(keys, after)
    : keys.firstIndex((key) => compareKeys(key, after) > 0);
  return Math.max(ofPrefix, ofPosition);
}

/** What `key` is rolled up into, if it is. */
export function commonPrefix(
  key: string,
  { prefix, delimiter }: Pick<ListQuery, 'prefix' | 'delimiter'>,
): string | undefined {
  if (delimiter === '') return undefined;
  const found = key.indexOf(delimiter, prefix.length);
  return found < 0 ? undefined : key.slice(0, found + delimiter.length);
}

function indexBeyondPrefix(keys: SortedKeys, prefix: string): number {
  return keys.firstIndex((key) => compareKeys(key, prefix) > 0 && !key.startsWith(prefix));
}

function positionAfter(entry: ListEntry | undefined): ListPosition | undefined {
  if (entry === undefined) return undefined;
  return { after: entry.name, wholePrefix: entry.kind === 'prefix' };
}

/** Owns the digests by which items of table and lake are compared: of the key, and of the whole. */
import { hash } from 'node:crypto';
import type { AttributeValue, Item } from '../../export/attribute-value.js';
import { canonicalText } from '../../lake/canonical-value.js';

/** 128 bits of SHA-256 each: too many for two of a table to meet by chance. */
export interface ItemDigest {
  readonly key: bigint;
  readonly content: bigint;
}

/** Equal for items that are equal as `canonicalText` has it, whatever they were read from. */
export function itemDigest(item: Item, keyAttributes: readonly string[]): ItemDigest {
  return {
    key: digestOf(keyOf(item, keyAttributes)),
    content: digestOf(item),
  };
}

/** The key of an item, as an item. */
export function keyOf(item: Item, keyAttributes: readonly string[]): Item {
  const values = keyAttributes.flatMap((name): [string, AttributeValue][] => {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    return value === undefined ? [] : [[name, value]];
  });
  return Object.fromEntries(values);
}

function digestOf(item: Item): bigint {
  return BigInt(`0x${hash('sha256', canonicalText({ M: item }), 'hex').slice(0, 32)}`);
}

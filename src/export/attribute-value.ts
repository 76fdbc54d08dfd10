/** Owns the shape of DynamoDB's typed JSON, as export files and the HTTP API carry it. */

/**
 * An attribute value in DynamoDB JSON: exactly one key, its type.
 *
 * N is text of up to 38 digits and must never pass through a double; B is base64.
 * Source: amazondynamodb APIReference, API_AttributeValue.
 */
export type AttributeValue =
  | { readonly S: string }
  | { readonly N: string }
  | { readonly B: string }
  | { readonly BOOL: boolean }
  | { readonly NULL: true }
  | { readonly M: Item }
  | { readonly L: readonly AttributeValue[] }
  | { readonly SS: readonly string[] }
  | { readonly NS: readonly string[] }
  | { readonly BS: readonly string[] };

/** The type descriptors an attribute value may carry. */
export const ATTRIBUTE_TYPES = ['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'] as const;
/** One of DynamoDB's ten attribute types. */
export type AttributeType = (typeof ATTRIBUTE_TYPES)[number];

/** Attributes by name; names are any UTF-8 text and are kept as they are. */
export type Item = Readonly<Record<string, AttributeValue>>;

/** The type of `value`: its only key. */
export function attributeType(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new TypeError('an attribute value has no type');
}

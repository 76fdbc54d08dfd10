/** Owns arbitrary schemas, also such as no evidence leads to, for tests of the scanner. */
import fc from 'fast-check';
import type { Column, ColumnType, TableSchema } from '../../src/lake/column-type.js';

// prettier-ignore
const NAMES = [
  'a', 'A', 'b', 'user-name', '_rest', 'a.b', '', 'say "x"', '__proto__', 'ünï💥', 'nul\0l', '\uD800',
];
const attribute = fc.constantFrom(...NAMES);

const decimal: fc.Arbitrary<ColumnType> = fc
  .tuple(fc.nat(38), fc.nat(38))
  .map(([integerDigits, scale]) => ({
    kind: 'decimal' as const,
    integerDigits,
    scale: Math.min(scale, 38 - integerDigits),
  }));

const { type } = fc.letrec<{ type: ColumnType; fields: readonly Column[] }>((tie) => ({
  fields: fc
    .uniqueArray(attribute, { maxLength: 5 })
    .chain((names) =>
      fc.tuple(...names.map((name) => tie('type').map((each) => column(name, each)))),
    ),
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<ColumnType>(
      { kind: 'string' },
      { kind: 'long' },
      { kind: 'numeral' },
      { kind: 'boolean' },
      { kind: 'binary' },
      { kind: 'json' },
    ),
    decimal,
    tie('type').map((element) => ({ kind: 'list' as const, element })),
    tie('type').map((element) => ({ kind: 'set' as const, element })),
    tie('fields').map((fields) => ({ kind: 'struct' as const, fields })),
  ),
}));

function column(name: string, each: ColumnType): Column {
  return { attribute: name, name, type: each };
}

/** Any schema whose key is `pk`, which need not have a column. */
export const anySchema: fc.Arbitrary<TableSchema> = fc
  .tuple(fc.boolean(), fc.uniqueArray(attribute, { maxLength: 8 }))
  .chain(([hasKey, names]) =>
    fc.tuple(
      ...[...(hasKey ? ['pk'] : []), ...names].map((name) =>
        type.map((each) => column(name, each)),
      ),
    ),
  )
  .map((columns) => ({ keyAttributes: ['pk'], columns }));

/** Any schema with columns of hashes, the key's perhaps among them, and attributes that it omits. */
export const choosySchema: fc.Arbitrary<TableSchema> = fc
  .tuple(anySchema, fc.array(fc.boolean()), fc.subarray(NAMES))
  .map(([{ keyAttributes, columns }, isHashed, names]) => ({
    keyAttributes,
    columns: columns.map((each, index) =>
      isHashed[index] === true ? { ...each, type: { kind: 'hash' as const, keyId: 'any' } } : each,
    ),
    omitted: names.filter((name) => !columns.some((each) => each.attribute === name)),
  }));

/** Owns the tests of how a schema follows from what was seen. */
import { describe, expect, test } from '@jest/globals';
import type { AttributeValue, Item } from '../../../src/export/attribute-value.js';
import type { ColumnType, TableSchema } from '../../../src/lake/column-type.js';
import { MAX_FIELDS, addItem, newTableEvidence } from '../../../src/lake/evidence.js';
import { MAX_COLUMNS, settleSchema } from '../../../src/lake/settle-schema.js';
import { sqlType } from '../../../src/lake/sql-type.js';

function settle(
  items: readonly Item[],
  previous?: TableSchema,
  keys: readonly string[] = [],
): TableSchema {
  const evidence = newTableEvidence();
  for (const item of items) addItem(evidence, item, keys);
  return settleSchema(previous, evidence, keys);
}

/** The SQL type of an attribute that took `loads` of values, one load after the other. */
function typeAfter(...loads: readonly (readonly AttributeValue[])[]): string | undefined {
  let schema: TableSchema | undefined;
  for (const values of loads)
    schema = settle(
      values.map((x) => ({ x })),
      schema,
    );
  const type: ColumnType | undefined = schema?.columns[0]?.type;
  return type && sqlType(type);
}

const N = (text: string): AttributeValue => ({ N: text });
const S = (text: string): AttributeValue => ({ S: text });

describe('a column', () => {
  test.each<[string, readonly AttributeValue[], string | undefined]>([
    ['text', [S('')], 'VARCHAR'],
    ['integers of 64 bits', [N('1'), N('9223372036854775807')], 'BIGINT'],
    ['an integer of more', [N('1'), N('9223372036854775808')], 'DECIMAL(19,0)'],
    ['fractions', [N('0.25'), N('100')], 'DECIMAL(5,2)'],
    ['38 digits', [N('1'.repeat(38))], 'DECIMAL(38,0)'],
    [
      'digits on both sides past 38: what most need',
      [N('1'.repeat(38)), N('1.25'), N('2.25')],
      'DECIMAL(38,2)',
    ],
    ['numbers no decimal holds', [N('1E-130')], undefined],
    ['one number no decimal holds', [N('1'), N('1E-130')], 'BIGINT'],
    ['booleans', [{ BOOL: true }], 'BOOLEAN'],
    ['binary', [{ B: 'AA==' }], 'BLOB'],
    ['NULL alone', [{ NULL: true }], undefined],
    ['empty lists and maps', [{ L: [] }, { M: {} }], undefined],
    ['lists', [{ L: [] }, { L: [N('1'), { NULL: true }] }], 'BIGINT[]'],
    ['lists of several kinds', [{ L: [N('1'), S('a')] }], 'VARCHAR[]'],
    ['lists of lists', [{ L: [{ L: [N('1.5')] }, { L: [] }] }], 'DECIMAL(2,1)[][]'],
    ['sets', [{ NS: ['1', '2'] }], 'BIGINT[]'],
    ['sets of text and binary', [{ SS: ['a'] }, { BS: ['AA=='] }, { BS: ['AA=='] }], 'BLOB[]'],
    [
      'maps',
      [{ M: { b: N('1') } }, { M: { a: S('x'), b: N('2') } }],
      'STRUCT("a" VARCHAR, "b" BIGINT)',
    ],
    [
      'maps whose names differ in case',
      [{ M: { a: S('x'), A: N('2') } }],
      'STRUCT("A" BIGINT, "a_2" VARCHAR)',
    ],
    ['several kinds: the most frequent', [S('a'), N('1'), N('2')], 'BIGINT'],
    ['several kinds alike: always the same', [N('1'), S('a')], 'VARCHAR'],
  ])('of %s', (_what, values, type) => {
    expect(typeAfter(values)).toBe(type);
  });

  test('of a map with very many names is JSON text', () => {
    const names = Array.from(
      { length: MAX_FIELDS + 1 },
      (_, index) => [`n${index}`, N('1')] as const,
    );
    const [column] = settle([{ x: { M: Object.fromEntries(names) } }]).columns;
    expect(column?.type).toEqual({ kind: 'json' });
  });

  test.each<[string, readonly AttributeValue[], readonly AttributeValue[], string]>([
    ['long to decimal keeps room for every long', [N('1')], [N('0.5')], 'DECIMAL(20,1)'],
    [
      'long past 38 digits keeps room for every long',
      [N('1')],
      [N(`0.${'1'.repeat(30)}`), N('2')],
      'DECIMAL(38,0)',
    ],
    ['decimal grows on both sides', [N('1.5')], [N('100.25')], 'DECIMAL(5,2)'],
    ['decimal stays decimal', [N('1.5')], [N('7')], 'DECIMAL(2,1)'],
    ['decimal never shrinks', [N('100.25')], [N('1')], 'DECIMAL(5,2)'],
    ['another kind leaves the type', [S('a')], [N('1'), N('2')], 'VARCHAR'],
    [
      'a struct gains fields at its end',
      [{ M: { b: N('1') } }],
      [{ M: { a: S('x'), b: N('0.5') } }],
      'STRUCT("b" DECIMAL(20,1), "a" VARCHAR)',
    ],
    ['a list widens its elements', [{ L: [N('1')] }], [{ L: [N('0.5')] }], 'DECIMAL(20,1)[]'],
    ['a set widens its elements', [{ NS: ['1'] }], [{ NS: ['0.5'] }], 'DECIMAL(20,1)[]'],
    ['a column comes with its first evidence', [{ NULL: true }], [S('a')], 'VARCHAR'],
  ])('widens: %s', (_what, first, second, type) => {
    expect(typeAfter(first, second)).toBe(type);
  });
});

describe('a schema', () => {
  const names = (schema: TableSchema): readonly string[] =>
    schema.columns.map((column) => column.name);

  test('has its keys first, then old columns, then new ones by name', () => {
    const first = settle([{ z: S('1'), pk: S('k'), b: S('1') }], undefined, ['pk']);
    expect(names(first)).toEqual(['pk', 'b', 'z']);
    expect(names(settle([{ a: S('1'), pk: S('k') }], first, ['pk']))).toEqual([
      'pk',
      'b',
      'z',
      'a',
    ]);
  });

  test('tells apart names that SQL would not, and keeps its own', () => {
    const first = settle([{ a: S('1'), _rest: S('2'), '': S('3') }]);
    expect(names(first)).toEqual(['_empty', '_rest_2', 'a']);
    const wider = settle([{ A: S('1'), a_2: S('2'), _REST: S('3') }], first);
    expect(names(wider)).toEqual(['_empty', '_rest_2', 'a', 'A_2', '_REST_3', 'a_2_2']);
  });

  test('has a limit of columns, which the most frequent attributes take', () => {
    const rare: Item = Object.fromEntries(
      Array.from({ length: MAX_COLUMNS + 10 }, (_, index) => [`a${index}`, S('x')] as const),
    );
    const schema = settle([rare, { often: S('x') }, { often: S('x') }, { pk: S('k') }], undefined, [
      'pk',
    ]);
    expect(schema.columns).toHaveLength(MAX_COLUMNS);
    expect(names(schema)).toEqual(expect.arrayContaining(['pk', 'often']));
  });

  test('gives a key of numbers that no decimal holds a text column', () => {
    const typeOf = (schema: TableSchema): unknown => schema.columns[0]?.type.kind;
    const first = settle([{ pk: N('1') }], undefined, ['pk']);
    expect(typeOf(first)).toBe('long');
    expect(typeOf(settle([{ pk: N('1E-130') }], first, ['pk']))).toBe('numeral');
    const mixed = settle([{ pk: N('1'.repeat(30)) }, { pk: N(`0.${'1'.repeat(30)}`) }], undefined, [
      'pk',
    ]);
    expect(typeOf(mixed)).toBe('numeral');
  });

  test.each<[string, readonly Item[], readonly Item[]]>([
    ['two types at once', [], [{ pk: S('a') }, { pk: N('1') }]],
    ['another type than before', [{ pk: S('a') }], [{ pk: N('1') }]],
    ['text where numbers were', [{ pk: N('1') }], [{ pk: S('a') }]],
    ['a type no key has', [], [{ pk: { BOOL: true } }]],
    ['NULL', [], [{ pk: { NULL: true } }]],
  ])('refuses a key of %s', (_what, first, second) => {
    const previous = settle(first, undefined, ['pk']);
    expect(() => settle(second, previous, ['pk'])).toThrow(
      expect.objectContaining({ code: 'CorruptExport', subject: 'pk' }),
    );
  });
});

/** Owns the tests of columns over files of several schemas. */
import { describe, expect, test } from '@jest/globals';
import type { ColumnType, TableSchema } from '../../../src/lake/column-type.js';
import { castsExactly, columnExpression, viewColumns } from '../../../src/lake/view-columns.js';
import { viewNames, viewsNamedIn } from '../../../src/lake/view-names.js';

const LONG: ColumnType = { kind: 'long' };
const TEXT: ColumnType = { kind: 'string' };
const decimal = (integerDigits: number, scale: number): ColumnType => ({
  kind: 'decimal',
  integerDigits,
  scale,
});
const struct = (...names: readonly string[]): ColumnType => ({
  kind: 'struct',
  fields: names.map((name) => ({ attribute: name, name, type: LONG })),
});
const schema = (type: ColumnType, attribute = 'x'): TableSchema => ({
  keyAttributes: [],
  columns: [{ attribute, name: attribute, type }],
});

test.each<[ColumnType, ColumnType, boolean]>([
  [LONG, LONG, true],
  [LONG, decimal(19, 3), true],
  [LONG, decimal(18, 3), false],
  [decimal(3, 2), decimal(3, 3), true],
  [decimal(3, 2), decimal(9, 1), false],
  [decimal(3, 2), LONG, false],
  [decimal(3, 2), { kind: 'numeral' }, true],
  [TEXT, { kind: 'json' }, false],
  [{ kind: 'list', element: LONG }, { kind: 'list', element: decimal(19, 0) }, true],
  [{ kind: 'list', element: TEXT }, { kind: 'set', element: TEXT }, false],
  [struct('a'), struct('b', 'a'), true],
  [struct('a', 'b'), struct('a'), false],
])('%j casts exactly to %j: %s', (from, to, exact) => {
  expect(castsExactly(from, to)).toBe(exact);
});

describe('the columns of a view', () => {
  test('are the newest, where older ones cast to them', () => {
    const newest = schema(decimal(19, 2));
    const columns = viewColumns([newest, schema(LONG)]);
    expect(columns).toEqual(newest.columns);
    expect(columnExpression(columns[0]!, columns, schema(LONG))).toBe('CAST("x" AS DECIMAL(21,2))');
    expect(columnExpression(columns[0]!, columns, schema(LONG, 'y'))).toBe(
      'CAST(NULL AS DECIMAL(21,2))',
    );
  });

  test('have one more for what an older base holds in a way of its own', () => {
    const columns = viewColumns([schema(LONG), schema(TEXT), schema(TEXT, 'X')]);
    expect(columns.map(({ attribute, name }) => [attribute, name])).toEqual([
      ['x', 'x'],
      ['x', 'x_2'],
      ['X', 'X_3'],
    ]);
    expect(columnExpression(columns[1]!, columns, schema(TEXT))).toBe('CAST("x" AS VARCHAR)');
  });

  test('turn numbers of a key to text in plain form', () => {
    const [column] = schema({ kind: 'numeral' }).columns;
    expect(columnExpression(column!, [column!], schema(LONG))).toBe('CAST("x" AS VARCHAR)');
    expect(columnExpression(column!, [column!], schema(decimal(3, 2)))).toBe(
      "regexp_replace(CAST(\"x\" AS VARCHAR), '\\.?0+$', '')",
    );
  });
});

describe('the names of views', () => {
  test('give way to tables, and to names that differ in case', () => {
    const views = viewNames(['orders', 'Orders', 'orders_changes']);
    expect(views.map(({ view, tableName, shows }) => [view, tableName, shows])).toEqual([
      ['Orders', 'Orders', 'current'],
      ['orders_2', 'orders', 'current'],
      ['orders_changes', 'orders_changes', 'current'],
      ['Orders_changes_2', 'Orders', 'changes'],
      ['orders_changes_3', 'orders', 'changes'],
      ['orders_changes_changes', 'orders_changes', 'changes'],
      ['Orders_windows', 'Orders', 'windows'],
      ['orders_windows_2', 'orders', 'windows'],
      ['orders_changes_windows', 'orders_changes', 'windows'],
    ]);
  });

  test('are found in SQL whatever their quoting', () => {
    const views = viewNames(['my.table-1', 'myxtable-1', 'other', 's']);
    const named = viewsNamedIn('SELECT * FROM "MY.Table-1_changes"', views);
    expect(named.map(({ view }) => view)).toEqual(['my.table-1_changes']);
  });
});

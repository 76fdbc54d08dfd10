/** Owns the tests of what a row's cells show and when `_rest` has the exact value. */
import { describe, expect, test } from '@jest/globals';
import type { AttributeValue } from '../../../src/export/attribute-value.js';
import type { ColumnType } from '../../../src/lake/column-type.js';
import { decodeRow } from '../../../src/lake/decode-row.js';
import { rowEncoder, type Cell } from '../../../src/lake/encode-row.js';

const LONG: ColumnType = { kind: 'long' };
const TEXT: ColumnType = { kind: 'string' };
const DECIMAL: ColumnType = { kind: 'decimal', integerDigits: 3, scale: 2 };
const STRUCT: ColumnType = {
  kind: 'struct',
  fields: [
    { attribute: 'n', name: 'n', type: LONG },
    { attribute: 's', name: 's', type: TEXT },
  ],
};

const cases: readonly [string, ColumnType, AttributeValue, Cell, boolean][] = [
  ['text', TEXT, { S: 'a\0b' }, 'a\0b', true],
  ['half a surrogate pair', TEXT, { S: '\uD83D' }, null, false],
  ['a number under text', TEXT, { N: '1' }, null, false],
  ['a long', LONG, { N: '-9223372036854775808' }, '-9223372036854775808', true],
  ['a number past 64 bits', LONG, { N: '9223372036854775808' }, null, false],
  ['a fraction under long', LONG, { N: '1.5' }, null, false],
  ['minus zero', LONG, { N: '-0' }, '0', false],
  ['an exponent', LONG, { N: '1E3' }, '1000', false],
  ['no number', LONG, { N: 'abc' }, null, false],
  ['a decimal', DECIMAL, { N: '999.99' }, '999.99', true],
  ['a decimal with a zero at its end', DECIMAL, { N: '1.50' }, '1.5', false],
  ['too many digits after the point', DECIMAL, { N: '1.555' }, null, false],
  ['too many digits before the point', DECIMAL, { N: '1000' }, null, false],
  ['a numeral', { kind: 'numeral' }, { N: `0.${'0'.repeat(129)}1` }, `0.${'0'.repeat(129)}1`, true],
  ['explicit NULL', TEXT, { NULL: true }, null, false],
  ['a boolean', { kind: 'boolean' }, { BOOL: false }, false, true],
  ['binary', { kind: 'binary' }, { B: 'aGVsbG8=' }, 'aGVsbG8=', true],
  ['base64 with stray bits', { kind: 'binary' }, { B: 'aGVsbG9=' }, null, false],
  ['base64 without padding', { kind: 'binary' }, { B: 'YQ' }, null, false],
  ['json', { kind: 'json' }, { L: [{ NULL: true }] }, '{"L":[{"NULL":true}]}', true],
  ['a list', { kind: 'list', element: LONG }, { L: [{ N: '1' }] }, ['1'], true],
  ['an empty list', { kind: 'list', element: LONG }, { L: [] }, [], true],
  [
    'a list with a NULL',
    { kind: 'list', element: LONG },
    { L: [{ N: '1' }, { NULL: true }] },
    ['1', null],
    false,
  ],
  ['a set', { kind: 'set', element: TEXT }, { SS: ['b', 'a'] }, ['b', 'a'], true],
  ['a set of another kind', { kind: 'set', element: TEXT }, { NS: ['1'] }, null, false],
  ['a list under a set', { kind: 'set', element: TEXT }, { L: [{ S: 'a' }] }, null, false],
  ['a struct', STRUCT, { M: { s: { S: 'x' } } }, [null, 'x'], true],
  ['an empty struct', STRUCT, { M: {} }, [null, null], true],
  ['a struct with a misfit', STRUCT, { M: { n: { S: '1' }, s: { S: 'x' } } }, [null, 'x'], false],
  ['a struct with NULL', STRUCT, { M: { s: { NULL: true } } }, [null, null], false],
  [
    'a struct with a field unknown',
    STRUCT,
    { M: { n: { N: '1' }, z: { N: '1' } } },
    ['1', null],
    false,
  ],
  [
    'a struct with __proto__',
    STRUCT,
    { M: JSON.parse('{"__proto__":{"S":"x"}}') as never },
    [null, null],
    false,
  ],
];

describe('a row', () => {
  test.each(cases)('shows %s', (_what, type, value, cell, isExact) => {
    const columns = [{ attribute: 'x', name: 'x', type }];
    const row = rowEncoder({ keyAttributes: [], columns })({ x: value });
    expect(row.cells).toEqual([cell]);
    expect(row.rest).toBe(isExact ? null : JSON.stringify({ x: value }));
    expect(JSON.stringify(decodeRow(columns, row))).toBe(JSON.stringify({ x: value }));
  });

  test('keeps attributes without a column', () => {
    const row = rowEncoder({ keyAttributes: [], columns: [] })(
      JSON.parse('{"a.b":{"N":"1"},"__proto__":{"S":"x"}}') as never,
    );
    expect(row).toEqual({ cells: [], rest: '{"a.b":{"N":"1"},"__proto__":{"S":"x"}}' });
  });
});

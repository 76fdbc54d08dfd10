/** Owns the check of how a query's rows are written. */
import { expect, test } from '@jest/globals';
import { csvLines, jsonRows, tableLines } from '../../../src/cli/query-output.js';

const result = {
  columns: [
    { name: 'id', type: 'VARCHAR' },
    { name: 'n', type: 'BIGINT' },
    { name: 'huge', type: 'HUGEINT' },
    { name: 'price', type: 'DECIMAL(38,2)' },
    { name: 'tags', type: 'VARCHAR[]' },
  ],
  rows: [
    ['a,"b"', '42', '9007199254740993', '1.10', ['x', 'y']],
    ['line\nbreak', null, null, null, null],
    ['', '7', '0', '-3.00', []],
  ],
};

test('a table: numbers to the right, NULL shown, one row a line', () => {
  expect(tableLines(result)).toEqual([
    'id              n              huge  price  tags',
    'a,"b"          42  9007199254740993   1.10  ["x","y"]',
    'line\\nbreak  NULL              NULL   NULL  NULL',
    '                7                 0  -3.00  []',
  ]);
});

test('JSON: whole numbers are numbers only where a double holds them exactly', () => {
  expect(jsonRows(result)).toEqual([
    { id: 'a,"b"', n: 42, huge: '9007199254740993', price: '1.10', tags: ['x', 'y'] },
    { id: 'line\nbreak', n: null, huge: null, price: null, tags: null },
    { id: '', n: 7, huge: 0, price: '-3.00', tags: [] },
  ]);
});

test('CSV: quotes where RFC 4180 wants them, NULL and empty text told apart', () => {
  expect(csvLines(result)).toEqual([
    'id,n,huge,price,tags',
    '"a,""b""",42,9007199254740993,1.10,"[""x"",""y""]"',
    '"line\nbreak",,,,',
    '"",7,0,-3.00,[]',
  ]);
});

/** Owns the check of how numbers, times and tables are written for people. */
import { describe, expect, test } from '@jest/globals';
import { bytesText, countText, freshnessText, plural, timeText } from '../../../src/cli/format.js';
import { textTable } from '../../../src/cli/text-table.js';
import type { Instant } from '../../../src/core/instant.js';

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_949, '999.9 kB'],
  [999_950, '1.0 MB'],
  [12_345_678, '12.3 MB'],
  [5e15, '5000.0 TB'],
])('%p bytes are %p', (sizeBytes, text) => {
  expect(bytesText(sizeBytes)).toBe(text);
});

test.each([
  [-5, '0 ms'],
  [850, '850 ms'],
  [1000, '1 s'],
  [59_999, '59 s'],
  [185_000, '3 min 5 s'],
  [7_200_000, '2 h'],
  [7_260_000, '2 h 1 min'],
  [90_000_000, '1 d 1 h'],
  // The two leading units, not any two: an hour and a second is an hour.
  [3_601_000, '1 h'],
])('%p ms are %p', (lengthMs, text) => {
  expect(timeText(lengthMs)).toBe(text);
});

test('counts', () => {
  expect(countText(1_234_567)).toBe('1,234,567');
  expect(plural(1, 'row')).toBe('1 row');
  expect(plural(0, 'row')).toBe('0 rows');
});

test('freshness is the watermark seen from now', () => {
  const watermark = '2026-11-24T08:00:00Z' as Instant;
  expect(freshnessText(watermark, Date.parse('2026-11-24T08:21:05Z'))).toBe('21 min 5 s behind');
  expect(freshnessText(undefined, 0)).toBe('none yet');
});

describe('textTable', () => {
  test('aligns to what is shown: colours take no room, wide characters two columns', () => {
    const lines = textTable(
      [{ name: 'name' }, { name: 'n', align: 'right' }],
      [
        ['\u001b[32mab\u001b[39m', '1'],
        ['東京', '1,000'],
        ['e\u0301', '20'],
      ],
    );
    expect(lines).toEqual([
      'name      n',
      '\u001b[32mab\u001b[39m        1',
      '東京  1,000',
      'e\u0301        20',
    ]);
  });

  test('without rows there are the headings', () => {
    expect(textTable([{ name: 'a' }, { name: 'b' }], [])).toEqual(['a  b']);
  });
});

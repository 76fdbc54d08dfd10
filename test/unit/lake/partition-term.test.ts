/** Owns tests of the terms by which users have rows parted. */
import { describe, expect, test } from '@jest/globals';
import { parsePartitionTerm, suitsType } from '../../../src/lake/partition-term.js';

describe('parsePartitionTerm', () => {
  test.each([
    ['country', 'country', { kind: 'identity' }],
    [' first name ', 'first name', { kind: 'identity' }],
    ['bucket(16, pk)', 'pk', { kind: 'bucket', buckets: 16 }],
    ['Bucket( 16 ,pk )', 'pk', { kind: 'bucket', buckets: 16 }],
    ['truncate(4, zip)', 'zip', { kind: 'truncate', width: 4 }],
    ['truncate(86400000, at, ms)', 'at, ms', { kind: 'truncate', width: 86_400_000 }],
    ['truncate(1, a(b))', 'a(b)', { kind: 'truncate', width: 1 }],
    ['identity(day(x))', 'day(x)', { kind: 'identity' }],
    ['bucket(2147483647, pk)', 'pk', { kind: 'bucket', buckets: 2_147_483_647 }],
  ])('reads %s', (text, attribute, transform) => {
    expect(parsePartitionTerm(text)).toEqual({ attribute, transform });
  });

  test.each([
    '',
    ' ',
    'bucket(0, pk)',
    'bucket(-1, pk)',
    'bucket(1.5, pk)',
    'bucket(2147483648, pk)',
    'bucket(pk, 16)',
    'bucket(16)',
    'truncate(4, )',
    'identity()',
    'sha256(pk)',
    'void(pk)',
  ])('refuses %s, and says what there is', (text) => {
    expect(parsePartitionTerm(text)).toMatch("'bucket(16, pk)'");
  });

  test.each([
    ['day(created_at)', ["'truncate(10, created_at)'", "'truncate(86400, created_at)'"]],
    ['hours(at)', ["'truncate(13, at)'", "'truncate(3600, at)'", "'truncate(3600000, at)'"]],
    ['MONTH(at)', ["'truncate(7, at)'"]],
    ['year()', ["'truncate(4, created_at)'"]],
  ])('tells for %s what does the same', (text, advice) => {
    for (const term of advice) expect(parsePartitionTerm(text)).toMatch(term);
  });
});

test('maps and lists part no rows, and true and false only as they are', () => {
  const bucket = { kind: 'bucket', buckets: 2 } as const;
  for (const kind of ['string', 'numeral', 'long', 'decimal', 'binary'] as const) {
    expect(suitsType(bucket, { kind })).toBe(true);
  }
  expect(suitsType(bucket, { kind: 'boolean' })).toBe(false);
  expect(suitsType({ kind: 'identity' }, { kind: 'boolean' })).toBe(true);
  for (const kind of ['json', 'list', 'set', 'struct'] as const) {
    expect(suitsType({ kind: 'identity' }, { kind })).toBe(false);
  }
});

/** Owns the checks of how objects of a store are found by location. */
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { storeLocations } from '../../../src/catalogs/store-locations.js';
import { ErrorCode } from '../../../src/core/errors.js';

const folder = storeLocations(pathToFileURL('/data/my lake').href);
const bucket = storeLocations('s3://bucket');
const refusal = expect.objectContaining({ code: ErrorCode.InvalidConfig });

test('a location is the path as it stands, nothing escaped', () => {
  expect(folder.locationOf('raw/orders/data/a+b.parquet')).toBe(
    'file:///data/my lake/raw/orders/data/a+b.parquet',
  );
  expect(bucket.locationOf('raw/orders/ünï 1')).toBe('s3://bucket/raw/orders/ünï 1');
  expect(storeLocations('file:///').locationOf('t/x')).toBe('file:///t/x');
});

test('locations are understood in the forms that other writers use', () => {
  for (const location of [
    'file:///data/my lake/t/x',
    'file:/data/my lake/t/x',
    'file://localhost/data/my lake/t/x',
    '/data/my lake/t/x',
  ]) {
    expect(folder.keyOf(location)).toBe('t/x');
  }
  for (const location of ['s3://bucket/t/x', 's3a://bucket/t/x', 's3n://bucket/t/x']) {
    expect(bucket.keyOf(location)).toBe('t/x');
  }
});

describe('refused is', () => {
  test.each([
    ['s3://bucket2/t/x', bucket],
    ['s3://bucket', bucket],
    ['file:///data/my lake2/t', folder],
    ['file:///data', folder],
    ['file:////data/my lake/t', folder],
    ['file://host/data/my lake/t', folder],
    ['s3://data/my lake/t', folder],
    ['data/my lake/t', folder],
  ])('%s, which lies outside', (location, { keyOf }) => {
    expect(() => keyOf(location)).toThrow(refusal);
  });

  test.each(['a?b', 'a#b', 'a"b', 'a\\b', 'a\nb', '', 'a//b', '/a', 'a/', './a', 'a/..', '\ud800'])(
    'the key %j, which readers would not follow',
    (key) => {
      for (const { locationOf } of [folder, bucket]) expect(() => locationOf(key)).toThrow(refusal);
    },
  );

  test('what the store in a folder does not write under its own name', () => {
    for (const key of ['a%20b', `t/${'x'.repeat(201)}`]) {
      expect(() => folder.locationOf(key)).toThrow(refusal);
      expect(bucket.locationOf(key)).toBe(`s3://bucket/${key}`);
    }
  });
});

test('the way back leads to the key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), fc.boolean(), (key, inFolder) => {
      const { keyOf, locationOf } = inFolder ? folder : bucket;
      let location: string;
      try {
        location = locationOf(key);
      } catch (error) {
        expect(error).toEqual(refusal);
        return;
      }
      expect(keyOf(location)).toBe(key);
    }),
  );
});

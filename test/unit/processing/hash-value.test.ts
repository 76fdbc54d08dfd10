/** Owns the check of the key that personal data is hashed with. */
import { expect, test } from '@jest/globals';
import { hashKeyId, hashKeyOf, valueHasher } from '../../../src/processing/hash-value.js';

const KEY = '0123456789abcdef';

test('it is taken from the environment', () => {
  expect(hashKeyOf({ TIDEMARK_HASH_KEY: KEY })).toBe(KEY);
  expect(hashKeyOf({ TIDEMARK_HASH_KEY: '' })).toBeUndefined();
  expect(hashKeyOf({})).toBeUndefined();
});

test('one that can be guessed is refused, and not shown', () => {
  const short = (): unknown => hashKeyOf({ TIDEMARK_HASH_KEY: 'hunter2' });
  expect(short).toThrow('TIDEMARK_HASH_KEY has 7 characters; it must have at least 16.');
});

test('its id is its own, and no hash of a value', () => {
  expect(hashKeyId(KEY)).toMatch(/^[0-9a-f]{16}$/);
  expect(hashKeyId(KEY)).not.toBe(hashKeyId(`${KEY} `));
  expect(valueHasher(KEY)({ S: 'tidemark hash key' })).not.toContain(hashKeyId(KEY));
});

/** Owns the hash of a key: the first 128 bits of SHA-256. */
import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { hashKeys } from '../../../src/positions/key-hashes.js';

test('a hash is the first 128 bits of SHA-256 of the bytes, wherever they lie', () => {
  const keys = [
    Buffer.from('S\u0001a'),
    Buffer.alloc(0),
    Buffer.from([0xff, 0, 0x80]),
    Buffer.alloc(2048, 7),
  ];
  const data = Buffer.concat([...keys, Buffer.alloc(100)]);
  const offsets = new Int32Array(10);
  for (const [index, key] of keys.entries()) offsets[index + 1] = offsets[index]! + key.length;
  const valid = new Uint8Array(8).fill(1);
  const hashes = hashKeys({ kind: 'bytes', length: 4, values: 4, valid, offsets, data });
  expect(hashes.length).toBe(4);
  const expected = keys.map((key) => createHash('sha256').update(key).digest('hex').slice(0, 32));
  const found = keys.map((_, index) =>
    Array.from(hashes.words.subarray(index * 4, index * 4 + 4), (word) =>
      word.toString(16).padStart(8, '0'),
    ).join(''),
  );
  expect(found).toEqual(expected);
});

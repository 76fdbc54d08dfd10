/** Owns the tests of decoding base64, with Node's own as the judge. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeBase64 } from '../../../src/processing/scan/base64.js';

/** Undefined where the text is refused. */
function decoded(text: string): Buffer | undefined {
  const bytes = Buffer.from(`"${text}"`, 'latin1');
  const into = new Uint8Array(text.length + 3);
  const end = decodeBase64(bytes, 1, bytes.length - 1, into, 2);
  return end < 0 ? undefined : Buffer.from(into.subarray(2, end));
}

function expectAsNode(text: string): void {
  const bytes = Buffer.from(text, 'base64');
  expect(decoded(text)).toEqual(bytes.toString('base64') === text ? bytes : undefined);
}

test('bytes of any length come back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      expect(decoded(Buffer.from(bytes).toString('base64'))).toEqual(Buffer.from(bytes));
    }),
  );
});

test('what encoding would not give back is refused, whichever byte is odd', () => {
  const good = [Buffer.from('hello, you'), Buffer.from('hello you'), Buffer.from('hello, world')];
  for (const text of good.map((bytes) => bytes.toString('base64'))) {
    expectAsNode(text);
    for (let at = 0; at < text.length; at++) {
      for (let byte = 0x20; byte < 0x100; byte++) {
        expectAsNode(text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1));
      }
      expectAsNode(text.slice(0, at));
    }
  }
});

/** Owns the checks of decoding aws-chunked bodies. */
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeAwsChunked } from '../../../src/local/s3/aws-chunked.js';
import { unsignedChunks } from '../../support/signed-s3-request.js';

const payload = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 6 })
  .map((chunks) => chunks.map((chunk) => Buffer.from(chunk)));
const trailers = { 'x-amz-checksum-crc32': 'AAAAAA==' };

/** `body` in pieces cut at the given places, as a network may cut it. */
async function* pieces(body: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const places = [...new Set([0, ...cuts.map((cut) => cut % (body.length + 1)), body.length])];
  places.sort((left, right) => left - right);
  for (const [index, start] of places.slice(0, -1).entries()) {
    yield await Promise.resolve(body.subarray(start, places[index + 1]));
  }
}

async function decode(source: AsyncIterable<Uint8Array>): Promise<[Buffer, Map<string, string>]> {
  const found = new Map<string, string>();
  const decoded: Uint8Array[] = [];
  for await (const piece of decodeAwsChunked(source, found)) decoded.push(piece);
  return [Buffer.concat(decoded), found];
}

async function failureOf(text: string): Promise<unknown> {
  return decode(pieces(Buffer.from(text), [])).then(
    () => 'decoded',
    (error: unknown) => (error as { code?: string }).code,
  );
}

test('the payload comes out whole wherever the network cuts it', async () => {
  await fc.assert(
    fc.asyncProperty(payload, fc.array(fc.nat()), async (chunks, cuts) => {
      const [decoded, found] = await decode(pieces(unsignedChunks(chunks, trailers), cuts));
      expect(decoded.equals(Buffer.concat(chunks))).toBe(true);
      expect(Object.fromEntries(found)).toEqual(trailers);
    }),
  );
});

test('a body cut off before its closing chunk is incomplete', async () => {
  await fc.assert(
    fc.asyncProperty(payload, fc.nat(), async (chunks, cut) => {
      const body = unsignedChunks(chunks, {}).subarray(0, -5);
      const torn = body.subarray(0, cut % (body.length + 1));
      await expect(decode(pieces(torn, []))).rejects.toMatchObject({ code: 'IncompleteBody' });
    }),
  );
});

test('a chunk size may carry a signature', async () => {
  const [decoded] = await decode(
    pieces(Buffer.from('3;chunk-signature=ab\r\nabc\r\n0;chunk-signature=cd\r\n\r\n'), []),
  );
  expect(decoded.toString()).toBe('abc');
});

test.each([
  ['no size', 'hello\r\n', 'IncompleteBody'],
  ['a negative size', '-1\r\n\r\n', 'IncompleteBody'],
  ['a chunk longer than its size', '2\r\nabc\r\n0\r\n\r\n', 'IncompleteBody'],
  ['a size line without end', 'a'.repeat(20_000), 'IncompleteBody'],
  ['a trailer that is no header', '0\r\nnonsense\r\n\r\n', 'MalformedTrailerError'],
  ['trailers without end', `0\r\n${'a:b\r\n'.repeat(100)}`, 'MalformedTrailerError'],
])('%s is refused', async (_what, body, code) => {
  expect(await failureOf(body)).toBe(code);
});

/** Owns the checks of how bodies arrive: framing, checksums, torn ones; ours and a real server. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc32c, Crc64Nvme } from '@aws-sdk/checksums/crc';
import { GetObjectCommand, PutObjectCommand, type ChecksumAlgorithm } from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { describeS3, failureOf } from '../support/s3-servers.js';
import {
  signedChunks,
  unsignedChunks,
  type RawRequest,
  type RawResponse,
} from '../support/signed-s3-request.js';

const CHUNKS = [Buffer.alloc(70_000, 'ab'), Buffer.alloc(65_536, 'c'), Buffer.from('end\r\n0\r\n')];
const BODY = Buffer.concat(CHUNKS);
const CRC32 = crc32Of(BODY);
const WRONG_CRC32 = crc32Of(Buffer.from('something else'));
const UNSIGNED = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';
const SIGNED = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const SIGNED_TRAILER = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER';
const TRAILER = { 'x-amz-trailer': 'x-amz-checksum-crc32' };

/** Each is refused, with nothing stored, for the reason its name gives. */
const REFUSED: readonly (readonly [what: string, code: string, request: Partial<RawRequest>])[] = [
  ['a wrong x-amz-content-sha256', 'XAmzContentSHA256Mismatch', { contentSha256: 'ab'.repeat(32) }],
  ['a wrong checksum header', 'BadDigest', { headers: { 'x-amz-checksum-crc32': WRONG_CRC32 } }],
  [
    'a checksum header that is none',
    'InvalidRequest',
    { headers: { 'x-amz-checksum-crc32': 'x' } },
  ],
  [
    'two checksum headers',
    'InvalidRequest',
    { headers: { 'x-amz-checksum-crc32': CRC32, 'x-amz-checksum-sha256': digest('sha256', BODY) } },
  ],
  [
    'a wrong Content-MD5',
    'BadDigest',
    { headers: { 'content-md5': digest('md5', Buffer.from('other')) } },
  ],
  [
    'a Content-MD5 that is none',
    'InvalidDigest',
    { headers: { 'content-md5': 'bm90IGFuIG1kNQ==' } },
  ],
  [
    'a wrong checksum trailer',
    'BadDigest',
    framed(UNSIGNED, {
      headers: TRAILER,
      body: () => unsignedChunks(CHUNKS, { 'x-amz-checksum-crc32': WRONG_CRC32 }),
    }),
  ],
  [
    'a wrong checksum trailer with signatures',
    'BadDigest',
    framed(SIGNED_TRAILER, {
      headers: TRAILER,
      body: (signing) => signedChunks(CHUNKS, signing, { 'x-amz-checksum-crc32': WRONG_CRC32 }),
    }),
  ],
  [
    'a trailer that was announced and is missing',
    'MalformedTrailerError',
    framed(UNSIGNED, { headers: TRAILER, body: () => unsignedChunks(CHUNKS, {}) }),
  ],
  [
    'chunks that end early',
    'IncompleteBody',
    framed(UNSIGNED, {
      headers: TRAILER,
      body: () => unsignedChunks(CHUNKS, {}).subarray(0, 70_000),
    }),
  ],
  [
    'fewer bytes in chunks than were declared',
    'IncompleteBody',
    framed(UNSIGNED, {
      headers: TRAILER,
      body: () =>
        unsignedChunks(CHUNKS.slice(1), {
          'x-amz-checksum-crc32': crc32Of(Buffer.concat(CHUNKS.slice(1))),
        }),
    }),
  ],
  [
    'no declared length of the payload',
    'MissingContentLength',
    {
      contentSha256: UNSIGNED,
      headers: TRAILER,
      body: () => unsignedChunks(CHUNKS, { 'x-amz-checksum-crc32': CRC32 }),
    },
  ],
];

const ACCEPTED: readonly (readonly [what: string, request: Partial<RawRequest>])[] = [
  ['a signed payload', {}],
  ['an unsigned payload', { contentSha256: 'UNSIGNED-PAYLOAD' }],
  ['a Content-MD5', { headers: { 'content-md5': digest('md5', BODY) } }],
  [
    'unsigned chunks with a trailer',
    framed(UNSIGNED, {
      headers: { ...TRAILER, 'content-encoding': 'aws-chunked' },
      body: () => unsignedChunks(CHUNKS, { 'x-amz-checksum-crc32': CRC32 }),
    }),
  ],
  ['signed chunks', framed(SIGNED, { body: (signing) => signedChunks(CHUNKS, signing) })],
  [
    'signed chunks with a trailer',
    framed(SIGNED_TRAILER, {
      headers: TRAILER,
      body: (signing) => signedChunks(CHUNKS, signing, { 'x-amz-checksum-crc32': CRC32 }),
    }),
  ],
];

describeS3(
  'bodies',
  {
    'keeps aws-chunked out of Content-Encoding': 'it keeps it',
    'stores nothing of a body whose connection ends early':
      'it stores what arrived, and answers 200',
  },
  ({ server, test }) => {
    const put = (path: string, request: Partial<RawRequest>): Promise<RawResponse> =>
      server().send({ method: 'PUT', path, body: BODY, ...request });
    const get = (path: string): Promise<RawResponse> => server().send({ method: 'GET', path });

    for (const [index, [what, request]] of ACCEPTED.entries()) {
      test(`takes ${what}, without any framing`, async () => {
        const path = `/accepted-${index}`;
        const { status, body } = await put(path, request);
        expect([status, body.toString()]).toEqual([200, '']);
        const stored = await get(path);
        expect(stored.body.equals(BODY)).toBe(true);
      });
    }

    test('keeps aws-chunked out of Content-Encoding', async () => {
      const encodings = { 'content-encoding': 'gzip,aws-chunked', ...TRAILER };
      await put(
        '/encoded',
        framed(UNSIGNED, {
          headers: encodings,
          body: () => unsignedChunks(CHUNKS, { 'x-amz-checksum-crc32': CRC32 }),
        }),
      );
      expect((await get('/encoded')).headers['content-encoding']).toBe('gzip');
    });

    for (const [index, [what, code, request]] of REFUSED.entries()) {
      test(`refuses ${what}, and stores nothing`, async () => {
        const path = `/refused-${index}`;
        expect((await put(path, request)).code).toBe(code);
        expect((await get(path)).code).toBe('NoSuchKey');
      });
    }

    test('stores nothing of a body whose connection ends early', async () => {
      const outcome = await put('/torn', {
        contentSha256: 'UNSIGNED-PAYLOAD',
        claimedLength: BODY.length + 1,
      }).then(
        ({ status }) => status,
        () => 'broken',
      );
      expect([400, 'broken']).toContain(outcome);
      expect((await get('/torn')).code).toBe('NoSuchKey');
    });

    test('takes and gives back the checksums the SDK sends', async () => {
      const { client, bucket } = server();
      for (const [algorithm, value] of Object.entries(await checksumsOf(BODY))) {
        const target = { Bucket: bucket, Key: `sum-${algorithm}` };
        const written = await client.send(
          new PutObjectCommand({
            ...target,
            Body: BODY,
            ChecksumAlgorithm: algorithm as ChecksumAlgorithm,
          }),
        );
        const member = `Checksum${algorithm}`;
        expect(written).toMatchObject({ [member]: value });
        const read = await client.send(
          new GetObjectCommand({ ...target, ChecksumMode: 'ENABLED' }),
        );
        expect(read).toMatchObject({ [member]: value });
        expect(Buffer.from((await read.Body?.transformToByteArray()) ?? []).equals(BODY)).toBe(
          true,
        );
      }
    });

    test('refuses every wrong checksum the SDK can send', async () => {
      const { client, bucket } = server();
      const other = await checksumsOf(Buffer.from('other'));
      for (const [algorithm, value] of Object.entries(other)) {
        const target = { Bucket: bucket, Key: `wrong-sum-${algorithm}` };
        const call = client.send(
          new PutObjectCommand({ ...target, Body: BODY, [`Checksum${algorithm}`]: value }),
        );
        expect((await failureOf(call)).name).toBe('BadDigest');
        expect((await failureOf(client.send(new GetObjectCommand(target)))).name).toBe('NoSuchKey');
      }
    });
  },
);

function framed(contentSha256: string, request: Partial<RawRequest>): Partial<RawRequest> {
  const headers = { ...request.headers, 'x-amz-decoded-content-length': String(BODY.length) };
  return { ...request, contentSha256, headers };
}

function digest(algorithm: string, body: Buffer): string {
  return createHash(algorithm).update(body).digest('base64');
}

function crc32Of(body: Buffer): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(body));
  return bytes.toString('base64');
}

async function checksumsOf(body: Buffer): Promise<Record<string, string>> {
  const library = async (sum: Crc64Nvme | InstanceType<typeof Crc32c>): Promise<string> => {
    sum.update(body);
    return Buffer.from(await sum.digest()).toString('base64');
  };
  return {
    CRC32: crc32Of(body),
    CRC32C: await library(new Crc32c()),
    CRC64NVME: await library(new Crc64Nvme()),
    SHA1: digest('sha1', body),
    SHA256: digest('sha256', body),
  };
}

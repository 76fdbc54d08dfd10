/** Owns the checks of single objects and buckets on our local S3 and on a real server alike. */
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { describeS3, failureOf, type S3Server } from '../support/s3-servers.js';

const AWKWARD_KEYS = [
  'a b',
  'a+b',
  'a%20b',
  '100%',
  'ünï/çødé/日本/🌊',
  'quote\'"<&>',
  'tab\there',
  '*?[]{}|^`~!@#$=:;,()',
  'dt=2026-11-24/part-0.parquet',
  'k'.repeat(200),
];
const PATHLIKE_KEYS = ['../up', 'a/../b', './here', '/leading', 'double//slash', 'trailing/', '//'];

describeS3(
  'objects',
  {
    'keeps keys that look like paths to climb or to squeeze':
      'its posix backend lets the file system resolve them, or refuses',
    'keeps a key of 1,024 bytes': 'a file name holds 255 bytes',
    'keeps x and x/y side by side': 'a folder and a file cannot share a name',
    'deletes a batch quietly': 'it names the deleted keys all the same',
    'names the resource in an error': 'it leaves Resource out',
  },
  ({ server, test }) => {
    const put = (key: string, body: string, more = {}): Promise<unknown> =>
      server().client.send(
        new PutObjectCommand({
          Bucket: server().bucket,
          Key: key,
          Body: Buffer.from(body),
          ...more,
        }),
      );
    const get = async (key: string): Promise<string> => {
      const { Body } = await server().client.send(
        new GetObjectCommand({ Bucket: server().bucket, Key: key }),
      );
      return (await Body?.transformToString()) ?? '';
    };

    test('gives back what was put, with its headers and metadata', async () => {
      const { client, bucket } = server();
      await put('kept', 'hello', {
        ContentType: 'text/plain; charset=utf-8',
        ContentEncoding: 'gzip',
        CacheControl: 'no-cache',
        ContentDisposition: 'attachment; filename="x"',
        ContentLanguage: 'en',
        Metadata: { window: '08:00', 'two-words': 'a b' },
      });
      const found = await client.send(new GetObjectCommand({ Bucket: bucket, Key: 'kept' }));
      expect(await found.Body?.transformToString()).toBe('hello');
      expect(found).toMatchObject({
        ContentLength: 5,
        ContentType: 'text/plain; charset=utf-8',
        ContentEncoding: 'gzip',
        CacheControl: 'no-cache',
        ContentDisposition: 'attachment; filename="x"',
        ContentLanguage: 'en',
        ETag: '"5d41402abc4b2a76b9719d911017c592"',
        Metadata: { window: '08:00', 'two-words': 'a b' },
      });
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'kept' }));
      expect(head).toMatchObject({ ContentLength: 5, ContentEncoding: 'gzip', ETag: found.ETag });
      expect(head.LastModified).toEqual(found.LastModified);
    });

    test('keeps an empty object, and replaces one', async () => {
      await put('replaced', '');
      expect(await get('replaced')).toBe('');
      await put('replaced', 'second');
      expect(await get('replaced')).toBe('second');
    });

    test('keeps keys with awkward characters', async () => {
      for (const key of AWKWARD_KEYS) await put(key, `body of ${key}`);
      for (const key of AWKWARD_KEYS) expect(await get(key)).toBe(`body of ${key}`);
    });

    test('keeps keys that look like paths to climb or to squeeze', async () => {
      for (const key of PATHLIKE_KEYS) await put(key, `body of ${key}`);
      for (const key of PATHLIKE_KEYS) expect(await get(key)).toBe(`body of ${key}`);
    });

    test('keeps a key of 1,024 bytes', async () => {
      await put('é'.repeat(512), 'long');
      expect(await get('é'.repeat(512))).toBe('long');
    });

    test('refuses a key of 1,025 bytes', async () => {
      const { status, code } = await server().send({ method: 'PUT', path: `/${'k'.repeat(1025)}` });
      expect([status, code]).toEqual([400, 'KeyTooLongError']);
    });

    test('keeps x and x/y side by side', async () => {
      await put('x', 'file');
      await put('x/y', 'below');
      expect([await get('x'), await get('x/y')]).toEqual(['file', 'below']);
    });

    test("reads as it is for Java's SDK, which asks for a trailing MD5 where a server has one", async () => {
      await put('digits', '0123456789');
      const answer = await server().send({
        method: 'GET',
        path: '/digits',
        headers: { 'x-amz-te': 'append-md5' },
      });
      expect([answer.status, answer.body.toString()]).toEqual([200, '0123456789']);
      expect(answer.headers).not.toHaveProperty('x-amz-transfer-encoding');
    });

    test('reads ranges', async () => {
      await put('digits', '0123456789');
      const read = async (range: string): Promise<unknown> => {
        const { status, headers, body } = await server().send({
          method: 'GET',
          path: '/digits',
          headers: { range },
        });
        return [status, body.toString(), headers['content-range']];
      };
      expect(await read('bytes=2-4')).toEqual([206, '234', 'bytes 2-4/10']);
      expect(await read('bytes=7-')).toEqual([206, '789', 'bytes 7-9/10']);
      expect(await read('bytes=-3')).toEqual([206, '789', 'bytes 7-9/10']);
      expect(await read('bytes=0-99')).toEqual([206, '0123456789', 'bytes 0-9/10']);
      expect(await read('lines=1-2')).toEqual([200, '0123456789', undefined]);
      const beyond = await server().send({
        method: 'GET',
        path: '/digits',
        headers: { range: 'bytes=10-' },
      });
      expect([beyond.status, beyond.code]).toEqual([416, 'InvalidRange']);
    });

    test('says what is missing', async () => {
      const { client, bucket } = server();
      const missing = { Bucket: bucket, Key: 'missing' };
      expect(await failureOf(client.send(new GetObjectCommand(missing)))).toEqual({
        name: 'NoSuchKey',
        status: 404,
      });
      expect((await failureOf(client.send(new HeadObjectCommand(missing)))).status).toBe(404);
      const nowhere = { Bucket: 'no-such-bucket-here', Key: 'k', Body: Buffer.from('x') };
      expect(await failureOf(client.send(new GetObjectCommand(nowhere)))).toEqual({
        name: 'NoSuchBucket',
        status: 404,
      });
      expect((await failureOf(client.send(new PutObjectCommand(nowhere)))).name).toBe(
        'NoSuchBucket',
      );
      const { headers, body } = await server().send({ method: 'GET', path: '/missing' });
      expect(headers['content-type']).toBe('application/xml');
      expect(body.toString()).toMatch(/<Error>.*<Message>.+<\/Message>.*<RequestId>/s);
    });

    test('names the resource in an error', async () => {
      const { body } = await server().send({ method: 'GET', path: '/missing' });
      expect(body.toString()).toContain(`<Resource>/${server().bucket}/missing</Resource>`);
    });

    test('deletes one object, and a missing one without complaint', async () => {
      const { client, bucket } = server();
      await put('doomed', 'x');
      const command = new DeleteObjectCommand({ Bucket: bucket, Key: 'doomed' });
      await client.send(command);
      expect((await failureOf(get('doomed'))).name).toBe('NoSuchKey');
      await client.send(command);
    });

    const remove = async (keys: string[], quiet: boolean): Promise<unknown> => {
      const { Deleted, Errors } = await server().client.send(
        new DeleteObjectsCommand({
          Bucket: server().bucket,
          Delete: { Objects: keys.map((Key) => ({ Key })), Quiet: quiet },
        }),
      );
      return { deleted: Deleted?.map(({ Key }) => Key), errors: Errors };
    };

    test('deletes in batches, and says which', async () => {
      for (const key of ['b/1', 'b/2 &<>']) await put(key, 'x');
      expect(await remove(['b/1', 'b/missing', 'b/2 &<>'], false)).toEqual({
        deleted: ['b/1', 'b/missing', 'b/2 &<>'],
        errors: undefined,
      });
      expect((await failureOf(get('b/2 &<>'))).name).toBe('NoSuchKey');
    });

    test('deletes a batch quietly', async () => {
      await put('b/3', 'x');
      expect(await remove(['b/3'], true)).toEqual({ deleted: undefined, errors: undefined });
      expect((await failureOf(get('b/3'))).name).toBe('NoSuchKey');
    });

    test('copies an object, its metadata or new ones', async () => {
      const { client, bucket } = server();
      await put('source of/it +', 'copied', { ContentType: 'text/plain', Metadata: { a: '1' } });
      const copy = (more: object): Promise<unknown> =>
        client.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: 'target',
            CopySource: `${bucket}/${encodeURIComponent('source of/it +')}`,
            ...more,
          }),
        );
      const head = (): Promise<object> =>
        client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'target' }));
      await copy({});
      expect(await get('target')).toBe('copied');
      expect(await head()).toMatchObject({ ContentType: 'text/plain', Metadata: { a: '1' } });
      await copy({ MetadataDirective: 'REPLACE', ContentType: 'x/y', Metadata: { b: '2' } });
      expect(await head()).toMatchObject({ ContentType: 'x/y', Metadata: { b: '2' } });
      expect((await failureOf(copy({ CopySource: `${bucket}/missing` }))).name).toBe('NoSuchKey');
      expect((await failureOf(copy({ CopySource: `${bucket}/target` }))).name).toBe(
        'InvalidRequest',
      );
    });

    test('makes, finds, lists and deletes buckets', async () => {
      await checkBuckets(server());
    });

    test('refuses what it does not know', async () => {
      const acl = await server().send({ method: 'GET', path: '/kept', query: 'acl=' });
      expect([acl.status, acl.code]).toEqual([501, 'NotImplemented']);
    });

    test('answers a method that no resource has with an error', async () => {
      const { status } = await server().send({ method: 'PATCH', path: '/kept' });
      expect(status).toBeGreaterThanOrEqual(400);
    });
  },
);

async function checkBuckets({ client }: S3Server): Promise<void> {
  const Bucket = 'second-bucket';
  expect((await failureOf(client.send(new HeadBucketCommand({ Bucket })))).status).toBe(404);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new HeadBucketCommand({ Bucket }));
  expect((await failureOf(client.send(new CreateBucketCommand({ Bucket })))).name).toBe(
    'BucketAlreadyOwnedByYou',
  );
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  expect(Buckets.map(({ Name }) => Name)).toContain(Bucket);
  const { LocationConstraint } = await client.send(new GetBucketLocationCommand({ Bucket }));
  expect(LocationConstraint ?? '').toBe('');
  await client.send(new PutObjectCommand({ Bucket, Key: 'a/b', Body: 'x' }));
  expect(await failureOf(client.send(new DeleteBucketCommand({ Bucket })))).toEqual({
    name: 'BucketNotEmpty',
    status: 409,
  });
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'a/b' }));
  await client.send(new DeleteBucketCommand({ Bucket }));
  expect((await failureOf(client.send(new HeadBucketCommand({ Bucket })))).status).toBe(404);
  const invalid = client.send(new CreateBucketCommand({ Bucket: 'Not_A_Name' }));
  expect((await failureOf(invalid)).name).toBe('InvalidBucketName');
}

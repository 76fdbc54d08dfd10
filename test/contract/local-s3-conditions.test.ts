/** Owns the checks of conditional reads, writes and deletes on our local S3 and on a real server. */
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect } from '@jest/globals';
import { describeS3, failureOf } from '../support/s3-servers.js';

const RACERS = 20;

describeS3(
  'conditions',
  {
    'reads under a condition on dates':
      'it compares with a part of a second that its own Last-Modified leaves out',
  },
  ({ server, test }) => {
    const put = async (key: string, body: string, condition = {}): Promise<string> => {
      const { ETag } = await server().client.send(
        new PutObjectCommand({
          Bucket: server().bucket,
          Key: key,
          Body: Buffer.from(body),
          ...condition,
        }),
      );
      return ETag ?? '';
    };
    const get = async (key: string): Promise<string> => {
      const found = await server().client.send(
        new GetObjectCommand({ Bucket: server().bucket, Key: key }),
      );
      return (await found.Body?.transformToString()) ?? '';
    };

    /** Uploads `body` as the only part of a multipart upload; the call completes it. */
    const startUpload = async (
      key: string,
      body: string,
    ): Promise<(more?: object) => Promise<void>> => {
      const { client, bucket } = server();
      const target = { Bucket: bucket, Key: key };
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32' }),
      );
      const part = { ...target, UploadId, PartNumber: 1, Body: Buffer.from(body) };
      const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(part));
      const Parts = [{ PartNumber: 1, ETag, ChecksumCRC32 }];
      return async (more = {}) => {
        await client.send(
          new CompleteMultipartUploadCommand({
            ...target,
            UploadId,
            MultipartUpload: { Parts },
            ...more,
          }),
        );
      };
    };

    test('writes with If-None-Match: * only where no object is', async () => {
      await put('absent', 'first', { IfNoneMatch: '*' });
      expect(await failureOf(put('absent', 'second', { IfNoneMatch: '*' }))).toEqual({
        name: 'PreconditionFailed',
        status: 412,
      });
      expect(await get('absent')).toBe('first');
    });

    test('writes with If-Match only over the object it names', async () => {
      const first = await put('matched', 'first');
      const second = await put('matched', 'second', { IfMatch: first });
      expect((await failureOf(put('matched', 'third', { IfMatch: first }))).status).toBe(412);
      expect(await get('matched')).toBe('second');
      await put('matched', 'third', { IfMatch: second.replaceAll('"', '') });
      expect(await get('matched')).toBe('third');
    });

    test('refuses If-Match where no object is', async () => {
      const failure = await failureOf(put('nothing', 'x', { IfMatch: '"0"' }));
      expect(failure).toEqual({ name: 'NoSuchKey', status: 404 });
      expect((await failureOf(get('nothing'))).name).toBe('NoSuchKey');
    });

    test('lets exactly one of many If-None-Match: * puts win', async () => {
      const outcomes = await Promise.allSettled(
        Array.from({ length: RACERS }, (_, racer) =>
          put('race-absent', `racer ${racer}`, { IfNoneMatch: '*' }),
        ),
      );
      const winners = outcomes.flatMap(({ status }, racer) =>
        status === 'fulfilled' ? [racer] : [],
      );
      expect(winners).toHaveLength(1);
      expect(await get('race-absent')).toBe(`racer ${String(winners[0])}`);
    });

    test('lets exactly one of many If-Match puts win', async () => {
      const base = await put('race-match', 'base');
      const outcomes = await Promise.allSettled(
        Array.from({ length: RACERS }, (_, racer) =>
          put('race-match', `racer ${racer}`, { IfMatch: base }),
        ),
      );
      const winners = outcomes.flatMap(({ status }, racer) =>
        status === 'fulfilled' ? [racer] : [],
      );
      expect(winners).toHaveLength(1);
      expect(await get('race-match')).toBe(`racer ${String(winners[0])}`);
    });

    test('completes an upload only if its condition holds', async () => {
      const etag = await put('completed', 'there');
      const late = await startUpload('completed', 'late');
      expect((await failureOf(late({ IfNoneMatch: '*' }))).status).toBe(412);
      expect((await failureOf(late({ IfMatch: '"0"' }))).status).toBe(412);
      expect(await get('completed')).toBe('there');
      await late({ IfMatch: etag });
      expect(await get('completed')).toBe('late');
    });

    test('lets exactly one of many conditional completions win', async () => {
      const uploads = await Promise.all(
        Array.from({ length: RACERS }, (_, racer) => startUpload('race-upload', `racer ${racer}`)),
      );
      const outcomes = await Promise.allSettled(
        uploads.map((complete) => complete({ IfNoneMatch: '*' })),
      );
      const winners = outcomes.flatMap(({ status }, racer) =>
        status === 'fulfilled' ? [racer] : [],
      );
      expect(winners).toHaveLength(1);
      expect(await get('race-upload')).toBe(`racer ${String(winners[0])}`);
    });

    const read = async (method: string, headers: Record<string, string>): Promise<number> =>
      (await server().send({ method, path: '/read', headers })).status;

    test('reads under a condition', async () => {
      const etag = await put('read', 'content');
      for (const method of ['GET', 'HEAD']) {
        expect(await read(method, { 'if-match': etag })).toBe(200);
        expect(await read(method, { 'if-match': '"0"' })).toBe(412);
        expect(await read(method, { 'if-none-match': etag })).toBe(304);
        expect(await read(method, { 'if-none-match': '"0"' })).toBe(200);
      }
    });

    test('reads under a condition on dates', async () => {
      await put('read', 'content');
      const { headers } = await server().send({ method: 'HEAD', path: '/read' });
      const modified = headers['last-modified'] ?? '';
      const longAgo = 'Mon, 01 Jan 2001 00:00:00 GMT';
      expect(await read('GET', { 'if-modified-since': longAgo })).toBe(200);
      expect(await read('GET', { 'if-modified-since': modified })).toBe(304);
      expect(await read('GET', { 'if-unmodified-since': longAgo })).toBe(412);
      expect(await read('GET', { 'if-unmodified-since': modified })).toBe(200);
    });

    test('deletes with If-Match only the object it names', async () => {
      const { client, bucket } = server();
      const etag = await put('deleted', 'x');
      const remove = (IfMatch: string): Promise<unknown> =>
        client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'deleted', IfMatch }));
      expect((await failureOf(remove('"0"'))).status).toBe(412);
      expect(await get('deleted')).toBe('x');
      await remove(etag);
      expect((await failureOf(get('deleted'))).name).toBe('NoSuchKey');
    });
  },
);

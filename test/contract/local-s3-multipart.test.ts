/** Owns the checks of multipart uploads on our local S3 and on a real server alike. */
import { createHash, randomBytes } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type CreateMultipartUploadCommandInput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { expect } from '@jest/globals';
import { Readable } from 'node:stream';
import { describeS3, failureOf } from '../support/s3-servers.js';

const FULL_PART = randomBytes(5 * 1024 * 1024);
const LAST_PART = Buffer.from('the last part may be small');

describeS3(
  'multipart uploads',
  {
    'lists several uploads of one key in pages': 'it refuses the upload id marker that it gave',
  },
  ({ server, test }) => {
    const create = async (
      Key: string,
      more: Partial<CreateMultipartUploadCommandInput> = {},
    ): Promise<{ Bucket: string; Key: string; UploadId: string }> => {
      const { client, bucket } = server();
      const target = { Bucket: bucket, Key };
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...target, ChecksumAlgorithm: 'CRC32', ...more }),
      );
      return { ...target, UploadId: UploadId! };
    };
    type Target = Awaited<ReturnType<typeof create>>;

    const upload = async (
      target: Target,
      PartNumber: number,
      Body: Buffer,
    ): Promise<CompletedPart> => {
      const { ETag, ChecksumCRC32 } = await server().client.send(
        new UploadPartCommand({ ...target, PartNumber, Body, ChecksumAlgorithm: 'CRC32' }),
      );
      return { PartNumber, ETag, ChecksumCRC32 };
    };
    const complete = (target: Target, Parts: CompletedPart[]) =>
      server().client.send(
        new CompleteMultipartUploadCommand({ ...target, MultipartUpload: { Parts } }),
      );
    const get = async (Key: string): Promise<Buffer> => {
      const { Body } = await server().client.send(
        new GetObjectCommand({ Bucket: server().bucket, Key }),
      );
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    };

    test('makes one object of its parts, with the headers it began with', async () => {
      const { client, bucket } = server();
      const target = await create('whole', {
        ContentType: 'text/plain',
        ContentEncoding: 'gzip',
        Metadata: { kind: 'multi' },
      });
      // Out of order, and with a gap in the numbers.
      const last = await upload(target, 7, LAST_PART);
      const first = await upload(target, 2, FULL_PART);
      expect((await failureOf(get('whole'))).name).toBe('NoSuchKey');
      const { ETag, Bucket, Key } = await complete(target, [first, last]);
      expect([Bucket, Key]).toEqual([bucket, 'whole']);
      const md5s = [FULL_PART, LAST_PART].map((part) => createHash('md5').update(part).digest());
      const etag = createHash('md5').update(Buffer.concat(md5s)).digest('hex');
      expect(ETag).toBe(`"${etag}-2"`);
      expect((await get('whole')).equals(Buffer.concat([FULL_PART, LAST_PART]))).toBe(true);
      const head = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'whole' }));
      expect(head).toMatchObject({
        ContentType: 'text/plain',
        ContentEncoding: 'gzip',
        Metadata: { kind: 'multi' },
        ContentLength: FULL_PART.length + LAST_PART.length,
        ETag,
      });
      expect((await failureOf(upload(target, 8, LAST_PART))).name).toBe('NoSuchUpload');
    });

    test('leaves parts out that the completion does not list, and takes the newest of each', async () => {
      const target = await create('chosen');
      await upload(target, 1, FULL_PART);
      await upload(target, 2, LAST_PART);
      const anew = await upload(target, 1, Buffer.from('anew'));
      await complete(target, [anew]);
      expect((await get('chosen')).toString()).toBe('anew');
    });

    test('refuses a list of parts that is wrong', async () => {
      const target = await create('refused');
      const first = await upload(target, 1, FULL_PART);
      const second = await upload(target, 2, Buffer.concat([FULL_PART, LAST_PART]));
      const refusal = async (parts: CompletedPart[]): Promise<string> =>
        (await failureOf(complete(target, parts))).name;
      expect(await refusal([second, first])).toBe('InvalidPartOrder');
      expect(await refusal([{ ...first, PartNumber: 3 }])).toBe('InvalidPart');
      expect(await refusal([{ ...first, ETag: second.ETag }])).toBe('InvalidPart');
      expect(await refusal([])).toBe('MalformedXML');
      expect((await failureOf(get('refused'))).name).toBe('NoSuchKey');
      await complete(target, [first, second]);
    });

    test('refuses small parts before the last', async () => {
      const target = await create('small');
      const parts = [await upload(target, 1, LAST_PART), await upload(target, 2, LAST_PART)];
      expect((await failureOf(complete(target, parts))).name).toBe('EntityTooSmall');
    });

    test('refuses part numbers out of range', async () => {
      const target = await create('range');
      for (const partNumber of [0, 10_001]) {
        const failure = await failureOf(upload(target, partNumber, LAST_PART));
        expect(failure.name).toBe('InvalidArgument');
      }
    });

    test('forgets an aborted upload', async () => {
      const { client } = server();
      const target = await create('aborted');
      const part = await upload(target, 1, LAST_PART);
      await client.send(new AbortMultipartUploadCommand(target));
      expect((await failureOf(complete(target, [part]))).name).toBe('NoSuchUpload');
      expect((await failureOf(client.send(new ListPartsCommand(target)))).name).toBe(
        'NoSuchUpload',
      );
      expect((await failureOf(client.send(new AbortMultipartUploadCommand(target)))).name).toBe(
        'NoSuchUpload',
      );
      expect((await failureOf(get('aborted'))).name).toBe('NoSuchKey');
    });

    test('lists parts in pages', async () => {
      const { client } = server();
      const target = await create('parts');
      for (const partNumber of [3, 1, 2]) {
        await upload(target, partNumber, Buffer.alloc(partNumber));
      }
      const page = await client.send(new ListPartsCommand({ ...target, MaxParts: 2 }));
      expect(page.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
        [1, 1],
        [2, 2],
      ]);
      expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
      const rest = await client.send(new ListPartsCommand({ ...target, PartNumberMarker: '2' }));
      expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([3]);
      expect(rest.IsTruncated).toBe(false);
    });

    test('lists the uploads under way', async () => {
      const { client, bucket } = server();
      const [second, first] = [await create('ups/b'), await create('ups/a')];
      const page = await client.send(
        new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'ups/', MaxUploads: 1 }),
      );
      expect(page.Uploads?.map(({ Key, UploadId }) => [Key, UploadId])).toEqual([
        ['ups/a', first.UploadId],
      ]);
      expect(page.IsTruncated).toBe(true);
      const byKey = await client.send(
        new ListMultipartUploadsCommand({
          Bucket: bucket,
          Prefix: 'ups/',
          KeyMarker: page.NextKeyMarker,
        }),
      );
      expect(byKey.Uploads?.map(({ UploadId }) => UploadId)).toEqual([second.UploadId]);
    });

    test('lists several uploads of one key in pages', async () => {
      const { client, bucket } = server();
      const target = { Bucket: bucket, Prefix: 'twins' };
      const ids = [(await create('twins')).UploadId, (await create('twins')).UploadId];
      const page = await client.send(new ListMultipartUploadsCommand({ ...target, MaxUploads: 1 }));
      const rest = await client.send(
        new ListMultipartUploadsCommand({
          ...target,
          KeyMarker: page.NextKeyMarker,
          UploadIdMarker: page.NextUploadIdMarker,
        }),
      );
      const seen = [...(page.Uploads ?? []), ...(rest.Uploads ?? [])].map(
        ({ UploadId }) => UploadId,
      );
      expect(seen.sort()).toEqual(ids.sort());
    });

    test('copies a range of an object as a part', async () => {
      const { client, bucket } = server();
      await client.send(
        new PutObjectCommand({ Bucket: bucket, Key: 'digits', Body: Buffer.from('0123456789') }),
      );
      const target = await create('from-copy');
      const { CopyPartResult } = await client.send(
        new UploadPartCopyCommand({
          ...target,
          PartNumber: 1,
          CopySource: `${bucket}/digits`,
          CopySourceRange: 'bytes=3-6',
        }),
      );
      const { ETag, ChecksumCRC32 } = CopyPartResult ?? {};
      await complete(target, [{ PartNumber: 1, ETag, ChecksumCRC32 }]);
      expect((await get('from-copy')).toString()).toBe('3456');
    });

    test('takes a stream through the upload manager', async () => {
      const { client, bucket } = server();
      const whole = Buffer.concat([FULL_PART, FULL_PART, LAST_PART]);
      await new Upload({
        client,
        params: {
          Bucket: bucket,
          Key: 'stream',
          Body: Readable.from([FULL_PART, FULL_PART, LAST_PART]),
        },
      }).done();
      expect((await get('stream')).equals(whole)).toBe(true);
    });

    test('checks the checksum of the whole object', async () => {
      const { client } = server();
      const parts = [FULL_PART, LAST_PART];
      const finish = async (key: string, checksum: string): Promise<unknown> => {
        const target = await create(key, { ChecksumType: 'FULL_OBJECT' });
        const listed = await Promise.all(
          parts.map((part, index) => upload(target, index + 1, part)),
        );
        return client.send(
          new CompleteMultipartUploadCommand({
            ...target,
            MultipartUpload: { Parts: listed },
            ChecksumCRC32: checksum,
            ChecksumType: 'FULL_OBJECT',
          }),
        );
      };
      const { crc32 } = await import('node:zlib');
      const sum = Buffer.alloc(4);
      sum.writeUInt32BE(crc32(Buffer.concat(parts)));
      expect(await finish('summed', sum.toString('base64'))).toMatchObject({
        ChecksumCRC32: sum.toString('base64'),
        ChecksumType: 'FULL_OBJECT',
      });
      expect((await failureOf(finish('summed-wrongly', 'AAAAAA=='))).name).toBe('BadDigest');
      expect((await failureOf(get('summed-wrongly'))).name).toBe('NoSuchKey');
    });
  },
);

/** Owns the checks of the faults that tests ask our local S3 for. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Fault, FaultRequest } from '../../src/local/s3/faults.js';
import { startLocalS3, type LocalS3 } from '../../src/local/s3/start-local-s3.js';
import { failureOf } from '../support/s3-servers.js';

const BUCKET = 'lake';
const KEY = 'k';

let directory: string;
let s3: LocalS3;
let client: S3Client;
/** The faults to come, one a request; none when it is empty. */
let faults: Fault[];
let asked: FaultRequest[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
  faults = [];
  asked = [];
  s3 = await startLocalS3({
    directory,
    port: 0,
    faults: (request) => {
      asked.push(request);
      return faults.shift();
    },
  });
  s3.createBucket(BUCKET);
  client = clientWith(1);
});
afterEach(async () => {
  client.destroy();
  await s3.close();
  await rm(directory, { recursive: true, force: true });
});

function clientWith(maxAttempts: number): S3Client {
  return new S3Client({
    endpoint: s3.url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts,
  });
}

const put = (body: string, condition = {}): Promise<unknown> =>
  client.send(
    new PutObjectCommand({ Bucket: BUCKET, Key: KEY, Body: Buffer.from(body), ...condition }),
  );
const get = async (): Promise<string | undefined> => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: KEY }));
  return Body?.transformToString();
};

test('are decided on the operation, bucket and key', async () => {
  await put('x');
  await get();
  expect(asked).toEqual([
    { operation: 'PutObject', bucket: BUCKET, key: KEY },
    { operation: 'GetObject', bucket: BUCKET, key: KEY },
  ]);
});

test('slow down: nothing is done', async () => {
  faults = [{ kind: 'slowDown' }];
  expect(await failureOf(put('x'))).toEqual({ name: 'SlowDown', status: 503 });
  expect((await failureOf(get())).name).toBe('NoSuchKey');
});

test('reset: the connection breaks and nothing is done', async () => {
  faults = [{ kind: 'reset' }];
  await expect(put('x')).rejects.toThrow('ECONNRESET');
  expect((await failureOf(get())).name).toBe('NoSuchKey');
});

test('lost response: the connection breaks and everything is done', async () => {
  faults = [{ kind: 'lostResponse' }];
  await expect(put('x')).rejects.toThrow('ECONNRESET');
  expect(await get()).toBe('x');
});

test('a lost response makes the SDK’s second try find its own object', async () => {
  client.destroy();
  client = clientWith(3);
  faults = [{ kind: 'lostResponse' }];
  const failure = await failureOf(put('x', { IfNoneMatch: '*' }));
  expect(failure).toEqual({ name: 'PreconditionFailed', status: 412 });
  expect(await get()).toBe('x');
});

test('torn body: part of the answer arrives, and its end is an error', async () => {
  await put('0123456789');
  faults = [{ kind: 'tornBody', afterBytes: 4 }];
  await expect(get()).rejects.toThrow();
  expect(await get()).toBe('0123456789');
});

test('delay: the request waits, then is carried out', async () => {
  faults = [{ kind: 'delay', delayMs: 20 }];
  await put('x');
  expect(await get()).toBe('x');
});

/** Owns the check that no answer of AWS's is waited for without end. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { openAws, type AwsAccess } from '../../src/cli/aws-access.js';
import { ErrorCode } from '../../src/core/errors.js';
import type { Fault } from '../../src/local/s3/faults.js';
import { startLocalS3, type LocalS3 } from '../../src/local/s3/start-local-s3.js';

const BODY = Buffer.alloc(100_000, 'x');
const STALL: Fault = { kind: 'stalledBody', afterBytes: 10_000 };

let directory: string;
let s3: LocalS3;
let aws: AwsAccess;
let faults: Fault[];
let environment: NodeJS.ProcessEnv;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
  faults = [];
  s3 = await startLocalS3({ directory, port: 0, faults: () => faults.shift() });
  s3.createBucket('lake');
  environment = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  const timeouts = { connectionTimeoutMs: 5_000, silenceTimeoutMs: 300 };
  aws = await openAws({ region: 'us-east-1', tables: {} }, timeouts);
});
afterEach(async () => {
  process.env = environment;
  aws.close();
  await s3.close();
  await rm(directory, { recursive: true, force: true });
});

const expected = { code: ErrorCode.Unreachable, retryable: true, subject: 's3://lake' };

test('a body that stalls fails, and may be tried again, whole or in pieces', async () => {
  const store = aws.bucket('lake');
  await store.put('k', BODY);
  faults = [STALL];
  await expect(store.get('k')).rejects.toMatchObject(expected);
  faults = [STALL];
  const pieces = (await store.openRead('k'))!;
  const readAll = async (): Promise<void> => {
    for await (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(10_000);
  };
  await expect(readAll()).rejects.toMatchObject(expected);
  expect(Buffer.from((await store.get('k'))!.body).equals(BODY)).toBe(true);
});

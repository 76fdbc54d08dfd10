/** Owns the checks of what the S3 connector makes of failures. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import { translated } from '../../src/connectors/s3/s3-errors.js';
import { ErrorCode, type TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Fault } from '../../src/local/s3/faults.js';
import { startLocalS3, type LocalS3 } from '../../src/local/s3/start-local-s3.js';
import { startVersitygw } from '../support/versitygw.js';

const BODY = Buffer.alloc(100_000, 'x');

let directory: string;
let s3: LocalS3;
let clients: S3Client[];
/** The faults to come, one a request. */
let faults: Fault[];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
  faults = [];
  clients = [];
  s3 = await startLocalS3({ directory, port: 0, faults: () => faults.shift() });
  s3.createBucket('lake');
});
afterEach(async () => {
  for (const client of clients) client.destroy();
  await s3.close();
  await rm(directory, { recursive: true, force: true });
});

function storeOf(
  bucket: string,
  { endpoint = s3.url, secretAccessKey = 'b', maxAttempts = 1 } = {},
): ObjectStore {
  const client = new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'contract', secretAccessKey },
    maxAttempts,
  });
  clients.push(client);
  return createS3ObjectStore({ client, bucket });
}

/** Every operation of the port. */
const OPERATIONS: readonly (readonly [
  name: string,
  run: (store: ObjectStore) => Promise<unknown>,
])[] = [
  ['get', (store) => store.get('k')],
  ['openRead', (store) => store.openRead('k')],
  ['put', (store) => store.put('k', BODY)],
  ['conditional put', (store) => store.put('k', BODY, { ifAbsent: true })],
  ['putFile', (store) => store.putFile('k', 'package.json')],
  ['delete', (store) => store.delete(['k'])],
  [
    'list',
    async (store) => {
      for await (const _ of store.list('')) return;
    },
  ],
];

describe.each(OPERATIONS)('%s', (_name, run) => {
  test('in a bucket that is not there is BucketNotFound', async () => {
    await expect(run(storeOf('no-such-bucket'))).rejects.toMatchObject({
      code: ErrorCode.BucketNotFound,
      subject: 's3://no-such-bucket',
      retryable: false,
      hint: expect.stringContaining('bucket'),
    });
  });

  test('that is asked to slow down is Throttled, and may be tried again', async () => {
    faults = [{ kind: 'slowDown' }];
    await expect(run(storeOf('lake'))).rejects.toMatchObject({
      code: ErrorCode.Throttled,
      subject: 's3://lake',
      retryable: true,
    });
  });

  test('over a connection that breaks is Unreachable, and may be tried again', async () => {
    faults = [{ kind: 'reset' }];
    await expect(run(storeOf('lake'))).rejects.toMatchObject({
      code: ErrorCode.Unreachable,
      subject: 's3://lake',
      retryable: true,
    });
  });

  test('where nobody listens is Unreachable', async () => {
    const store = storeOf('lake');
    await s3.close();
    await expect(run(store)).rejects.toMatchObject({
      code: ErrorCode.Unreachable,
      retryable: true,
    });
  });
});

test('a name that does not resolve is Unreachable', async () => {
  const store = storeOf('lake', { endpoint: 'http://no-such-host.invalid' });
  await expect(store.get('k')).rejects.toMatchObject({ code: ErrorCode.Unreachable });
});

test('a body that breaks off is Unreachable, whole or in pieces', async () => {
  const store = storeOf('lake');
  await store.put('k', BODY);
  faults = [
    { kind: 'tornBody', afterBytes: 10_000 },
    { kind: 'tornBody', afterBytes: 10_000 },
  ];
  await expect(store.get('k')).rejects.toMatchObject({ code: ErrorCode.Unreachable });
  const pieces = (await store.openRead('k'))!;
  const readAll = async (): Promise<void> => {
    for await (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(10_000);
  };
  await expect(readAll()).rejects.toMatchObject({ code: ErrorCode.Unreachable, retryable: true });
});

test('a conditional put whose answer was lost says that nothing was written', async () => {
  const store = storeOf('lake', { maxAttempts: 3 });
  faults = [{ kind: 'lostResponse' }];
  expect(await store.put('k', BODY, { ifAbsent: true })).toEqual({ written: false });
  expect(Buffer.from((await store.get('k'))!.body).equals(BODY)).toBe(true);
});

test('a conflict is tried again, but not for ever', async () => {
  const store = storeOf('lake');
  faults = [{ kind: 'conflict' }, { kind: 'conflict' }];
  expect(await store.put('k', BODY, { ifAbsent: true })).toMatchObject({ written: true });
  faults = Array.from({ length: 50 }, (): Fault => ({ kind: 'conflict' }));
  await expect(store.put('k', BODY, { ifAbsent: true })).rejects.toMatchObject({
    code: ErrorCode.Throttled,
    retryable: true,
  });
  expect(faults.length).toBeGreaterThan(40);
});

test('wrong credentials are AccessDenied', async () => {
  const gateway = await startVersitygw();
  try {
    for (const [, run] of OPERATIONS) {
      await expect(run(storeOf('lake', { endpoint: gateway.url }))).rejects.toMatchObject({
        code: ErrorCode.AccessDenied,
        subject: 's3://lake',
        retryable: false,
      });
    }
  } finally {
    await gateway.stop();
  }
}, 600_000);

describe('failures that no server here gives', () => {
  const failure = (name: string, httpStatusCode?: number): Error =>
    Object.assign(new Error('told by S3'), { name, $metadata: { httpStatusCode } });

  test.each([
    ['PermanentRedirect', 301, ErrorCode.BucketNotFound, false],
    ['AccessDenied', 403, ErrorCode.AccessDenied, false],
    ['InvalidAccessKeyId', 403, ErrorCode.AccessDenied, false],
    ['SignatureDoesNotMatch', 403, ErrorCode.AccessDenied, false],
    ['ExpiredToken', 400, ErrorCode.AccessDenied, true],
    ['RequestTimeTooSkewed', 403, ErrorCode.AccessDenied, true],
    ['RequestExpired', 400, ErrorCode.AccessDenied, true],
    ['TokenRefreshRequired', 400, ErrorCode.AccessDenied, true],
    ['KMS.DisabledException', 400, ErrorCode.AccessDenied, false],
    ['CredentialsProviderError', undefined, ErrorCode.AccessDenied, true],
    ['ServiceUnavailable', 503, ErrorCode.Throttled, true],
    ['TooManyRequests', 429, ErrorCode.Throttled, true],
    ['InternalError', 500, ErrorCode.Unreachable, true],
    ['TimeoutError', undefined, ErrorCode.Unreachable, true],
  ])('%s (%s) is %s', (name, status, code, retryable) => {
    const error = translated(failure(name, status), 'lake') as TidemarkError;
    expect(error).toMatchObject({ code, retryable, subject: 's3://lake' });
    expect(error.message).toContain('lake');
  });

  test('what is of no kind we know stays as it is', () => {
    const unknown = failure('EntityTooLarge', 400);
    expect(translated(unknown, 'lake')).toBe(unknown);
    const missing = Object.assign(new Error('no such file'), { code: 'ENOENT' });
    expect(translated(missing, 'lake')).toBe(missing);
  });
});

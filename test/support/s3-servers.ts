/** Owns the S3 servers that our local S3 is held against: itself and a real one. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { startLocalS3 } from '../../src/local/s3/start-local-s3.js';
import {
  sendSigned,
  type Endpoint,
  type RawRequest,
  type RawResponse,
} from './signed-s3-request.js';
import { startVersitygw } from './versitygw.js';

/** A running server with one bucket, as a test uses it. */
export interface S3Server {
  readonly name: 'local S3' | 'versitygw';
  readonly endpoint: Endpoint;
  readonly client: S3Client;
  readonly bucket: string;
  /** A raw request to the bucket: `path` is what follows its name. */
  send(raw: RawRequest): Promise<RawResponse>;
  stop(): Promise<void>;
}

/** Why the real server differs from AWS's documentation, by the title of the test that shows it. */
export type NamedExceptions = Readonly<Record<string, string>>;

/** Runs the tests that `define` makes against both servers. */
export function describeS3(
  title: string,
  exceptions: NamedExceptions,
  define: (s3: S3Tests) => void,
): void {
  describe.each(['local S3', 'versitygw'] as const)(`${title}: %s`, (name) => {
    let server: S3Server | undefined;
    beforeAll(async () => {
      server = name === 'versitygw' ? await versitygwServer() : await localServer();
    }, 600_000);
    afterAll(async () => {
      await server?.stop();
    });
    define({
      name,
      server: () => {
        if (server === undefined) throw new Error('the server is not started');
        return server;
      },
      test: (what, body) => {
        const reason = name === 'versitygw' ? exceptions[what] : undefined;
        // A failing test, not a skipped one: it tells when the exception is no longer one.
        if (reason === undefined) test(what, body);
        else test.failing(`${what} (versitygw: ${reason})`, body);
      },
    });
  });
}

export interface S3Tests {
  readonly name: S3Server['name'];
  /** Inside a test only. */
  readonly server: () => S3Server;
  readonly test: (what: string, body: () => Promise<void>) => void;
}

async function localServer(): Promise<S3Server> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
  const s3 = await startLocalS3({ directory, port: 0 });
  const endpoint = { url: s3.url, accessKeyId: 'local', secretAccessKey: 'local' };
  return withBucket('local S3', endpoint, async () => {
    await s3.close();
    await rm(directory, { recursive: true, force: true });
  });
}

async function versitygwServer(): Promise<S3Server> {
  const gateway = await startVersitygw();
  return withBucket('versitygw', gateway, () => gateway.stop());
}

async function withBucket(
  name: S3Server['name'],
  endpoint: Endpoint,
  stop: () => Promise<void>,
): Promise<S3Server> {
  const client = s3Client(endpoint);
  const bucket = `bucket-${randomBytes(4).toString('hex')}`;
  await client.send(new CreateBucketCommand({ Bucket: bucket }));
  return {
    name,
    endpoint,
    client,
    bucket,
    send: (raw) => sendSigned(endpoint, { ...raw, path: `/${bucket}${raw.path}` }),
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

/** An SDK client of the server, as unchanged as an endpoint of one's own allows. */
export function s3Client({ url, accessKeyId, secretAccessKey }: Endpoint): S3Client {
  return new S3Client({
    endpoint: url,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

/** The name and status an SDK call failed with; throws when it succeeded. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ readonly name: string; readonly status: number | undefined }> {
  try {
    await call;
  } catch (error) {
    const { name, $metadata } = error as Error & { $metadata?: { httpStatusCode?: number } };
    return { name, status: $metadata?.httpStatusCode };
  }
  throw new Error('the call succeeded');
}

/** Owns the checks of what our local S3 keeps on disk: over restarts, kills and leftovers. */
import { randomBytes, createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startLocalS3, type LocalS3 } from '../../src/local/s3/start-local-s3.js';
import { runTypeScript } from '../support/run-typescript.js';
import { s3Client } from '../support/s3-servers.js';

const BUCKET = 'lake';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const clientOf = ({ url }: Pick<LocalS3, 'url'>): S3Client =>
  s3Client({ url, accessKeyId: 'a', secretAccessKey: 'b' });

async function withS3<T>(work: (client: S3Client, s3: LocalS3) => Promise<T>): Promise<T> {
  const s3 = await startLocalS3({ directory, port: 0, minPartSizeBytes: 1 });
  const client = clientOf(s3);
  try {
    s3.createBucket(BUCKET);
    return await work(client, s3);
  } finally {
    client.destroy();
    await s3.close();
  }
}

async function read(client: S3Client, Key: string): Promise<Buffer> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key }));
  return Buffer.from((await Body?.transformToByteArray()) ?? []);
}

async function keysOf(client: S3Client): Promise<string[]> {
  const keys: string[] = [];
  let token: string | undefined;
  do {
    const page = await client.send(
      new ListObjectsV2Command({ Bucket: BUCKET, ContinuationToken: token }),
    );
    keys.push(...(page.Contents ?? []).map(({ Key }) => Key!));
    token = page.NextContinuationToken;
  } while (token !== undefined);
  return keys;
}

describe('a restart', () => {
  test('finds objects with all their properties, and uploads under way', async () => {
    const target = { Bucket: BUCKET, Key: 'big/ö' };
    const { uploadId, part, before } = await withS3(async (client) => {
      await client.send(
        new PutObjectCommand({
          Bucket: BUCKET,
          Key: 'x',
          Body: Buffer.from('x'),
          ContentType: 'text/plain',
          Metadata: { a: 'b' },
        }),
      );
      await client.send(
        new PutObjectCommand({ Bucket: BUCKET, Key: 'x/y', Body: Buffer.alloc(0) }),
      );
      const { UploadId } = await client.send(
        new CreateMultipartUploadCommand({ ...target, ContentType: 'a/b' }),
      );
      const { ETag } = await client.send(
        new UploadPartCommand({ ...target, UploadId, PartNumber: 1, Body: Buffer.from('part') }),
      );
      const found = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'x' }));
      await found.Body?.transformToString();
      return { uploadId: UploadId, part: { PartNumber: 1, ETag }, before: found };
    });
    await withS3(async (client) => {
      expect(await keysOf(client)).toEqual(['x', 'x/y']);
      const after = await client.send(new GetObjectCommand({ Bucket: BUCKET, Key: 'x' }));
      expect(await after.Body?.transformToString()).toBe('x');
      for (const name of ['ETag', 'LastModified', 'ContentType', 'Metadata'] as const) {
        expect(after[name]).toEqual(before[name]);
      }
      const upload = { ...target, UploadId: uploadId };
      const { Parts } = await client.send(new ListPartsCommand(upload));
      expect(Parts).toMatchObject([part]);
      await client.send(
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [part] } }),
      );
      expect((await read(client, 'big/ö')).toString()).toBe('part');
    });
    await withS3(async (client) => {
      expect(await keysOf(client)).toEqual(['big/ö', 'x', 'x/y']);
    });
  });

  test('removes what was left half written', async () => {
    await mkdir(join(directory, 'staging', 'half-removed-upload'), { recursive: true });
    await writeFile(join(directory, 'staging', 'half-written'), 'half');
    await withS3(async () => {
      expect(await readdir(join(directory, 'staging'))).toEqual([]);
      await Promise.resolve();
    });
  });

  test('says which file it cannot read', async () => {
    await withS3((client) =>
      client.send(new PutObjectCommand({ Bucket: BUCKET, Key: 'k', Body: Buffer.from('k') })),
    );
    const foreign = join(directory, 'buckets', BUCKET, 'objects', 'ab');
    await mkdir(foreign, { recursive: true });
    await writeFile(join(foreign, 'note'), 'not an object');
    await expect(startLocalS3({ directory, port: 0 })).rejects.toMatchObject({
      code: 'InvalidConfig',
      subject: join(foreign, 'note'),
    });
  });
});

test('a second server over the same folder is refused', async () => {
  await withS3(async () => {
    const second = startLocalS3({ directory, port: 0 });
    await expect(second).rejects.toMatchObject({ code: 'InvalidUsage', subject: directory });
  });
  await withS3(() => Promise.resolve());
});

describe('the port', () => {
  test('is refused when another process has it', async () => {
    await withS3(async (_client, { port }) => {
      const taken = startLocalS3({ directory: join(directory, 'second'), port });
      await expect(taken).rejects.toMatchObject({
        code: 'PortTaken',
        subject: `127.0.0.1:${port}`,
        hint: expect.stringContaining('port'),
      });
    });
  });

  test('listens on the loopback only', async () => {
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4');
    await withS3(async (_client, { url, port }) => {
      expect((await fetch(url)).status).toBe(200);
      for (const { address } of outside) {
        await expect(fetch(`http://${address}:${port}`)).rejects.toThrow();
      }
    });
  });
});

/** How often the server is killed; each time under load. */
const KILLS = 5;
const WRITERS = 4;
const BODY_BYTES = 300_000;

/** Bodies tell their own truth: a key's hash, then bytes that end in their own SHA-256. */
function bodyFor(key: string): Buffer {
  const noise = Buffer.concat([createHash('sha256').update(key).digest(), randomBytes(BODY_BYTES)]);
  return Buffer.concat([noise, createHash('sha256').update(noise).digest()]);
}

function isWhole(key: string, body: Buffer): boolean {
  const noise = body.subarray(0, -32);
  return (
    noise.subarray(0, 32).equals(createHash('sha256').update(key).digest()) &&
    body.subarray(-32).equals(createHash('sha256').update(noise).digest())
  );
}

async function putWhole(client: S3Client, key: string): Promise<void> {
  await client.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: bodyFor(key) }));
}

async function putInParts(client: S3Client, key: string): Promise<void> {
  const target = { Bucket: BUCKET, Key: key };
  const body = bodyFor(key);
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  const Parts = [];
  for (const [index, Body] of [body.subarray(0, 100_000), body.subarray(100_000)].entries()) {
    const PartNumber = index + 1;
    const { ETag } = await client.send(
      new UploadPartCommand({ ...target, UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  await client.send(
    new CompleteMultipartUploadCommand({ ...target, UploadId, MultipartUpload: { Parts } }),
  );
}

describe('a kill at any moment', () => {
  test('loses nothing acknowledged, and shows nothing half written', async () => {
    const acknowledged = new Set<string>();
    let attempted = 0;
    for (let round = 0; round < KILLS; round += 1) {
      const { child, firstLine } = runTypeScript(`
        import { startLocalS3 } from './src/local/s3/start-local-s3.ts';
        const s3 = await startLocalS3({ directory: ${JSON.stringify(directory)}, port: 0, minPartSizeBytes: 1 });
        s3.createBucket(${JSON.stringify(BUCKET)});
        console.log(s3.url);
        setInterval(() => undefined, 1000);`);
      const client = clientOf({ url: await firstLine });
      const load = new AbortController();
      const stopped = (): boolean => load.signal.aborted;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; !stopped(); n += 1) {
          // Every other key is written again in each round, so that replacing is interrupted too.
          const key = n % 2 === 0 ? `again/${writer}/${n % 6}` : `${round}/${writer}/${n}`;
          attempted += 1;
          try {
            await (n % 3 === 0 ? putInParts(client, key) : putWhole(client, key));
            acknowledged.add(key);
          } catch (error) {
            if (!stopped()) throw error;
          }
        }
      });
      const enough = acknowledged.size + 8;
      while (acknowledged.size < enough) await new Promise(setImmediate);
      load.abort();
      child.kill('SIGKILL');
      await once(child, 'exit');
      await Promise.all(writers);
      client.destroy();
    }
    expect(attempted).toBeGreaterThan(acknowledged.size);
    await withS3(async (client) => {
      const keys = await keysOf(client);
      expect(keys).toEqual(expect.arrayContaining([...acknowledged]));
      for (const key of keys)
        expect([key, isWhole(key, await read(client, key))]).toEqual([key, true]);
      expect(await readdir(join(directory, 'staging'))).toEqual([]);
    });
  });
});

/** Owns the object stores that the contract suite runs against, each over an empty bucket. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { createFileObjectStore } from '../../src/connectors/files/file-object-store.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import { startLocalS3 } from '../../src/local/s3/start-local-s3.js';
import { s3Client } from './s3-servers.js';
import type { Endpoint } from './signed-s3-request.js';
import { startVersitygw } from './versitygw.js';

/** A store under test. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  /** A second one over the same bucket, as another process would have. */
  readonly other: ObjectStore;
  readonly stop: () => Promise<void>;
}

export interface StoreKind {
  readonly name: string;
  readonly start: () => Promise<StoreUnderTest>;
  /** Why the server behind it differs from S3, by the title of the test that shows it. */
  readonly exceptions: Readonly<Record<string, string>>;
}

const BUCKET = 'contract-bucket';

export const STORE_KINDS: readonly StoreKind[] = [
  {
    name: 'memory',
    exceptions: {},
    start: (): Promise<StoreUnderTest> => {
      const store = createMemoryObjectStore();
      return Promise.resolve({ store, other: store, stop: () => Promise.resolve() });
    },
  },
  {
    name: 'files',
    exceptions: {},
    start: async (): Promise<StoreUnderTest> => {
      const directory = await mkdtemp(join(tmpdir(), 'tidemark-files-'));
      return {
        store: createFileObjectStore({ directory }),
        other: createFileObjectStore({ directory }),
        stop: () => rm(directory, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'S3 connector on the local S3',
    exceptions: {},
    start: async (): Promise<StoreUnderTest> => {
      const directory = await mkdtemp(join(tmpdir(), 'tidemark-s3-'));
      const s3 = await startLocalS3({ directory, port: 0 });
      return overS3({ url: s3.url, accessKeyId: 'a', secretAccessKey: 'b' }, async () => {
        await s3.close();
        await rm(directory, { recursive: true, force: true });
      });
    },
  },
  {
    name: 'S3 connector on versitygw',
    exceptions: {
      'keeps x and x/y side by side': 'a folder and a file cannot share a name',
      'keeps any key': 'keys are paths to it, and a file name holds 255 bytes',
      'behaves as a map does': 'a folder and a file cannot share a name',
    },
    start: async (): Promise<StoreUnderTest> => {
      const gateway = await startVersitygw();
      return overS3(gateway, () => gateway.stop());
    },
  },
];

async function overS3(endpoint: Endpoint, stop: () => Promise<void>): Promise<StoreUnderTest> {
  const client = s3Client(endpoint);
  await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
  return {
    store: createS3ObjectStore({ client, bucket: BUCKET }),
    other: createS3ObjectStore({ client, bucket: BUCKET }),
    stop: async () => {
      client.destroy();
      await stop();
    },
  };
}

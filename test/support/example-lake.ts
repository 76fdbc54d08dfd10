/** Owns what examples find in a test: a folder to write to, and a small lake where the environment says. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { NO_CONFIG_FILE } from '../../src/config/config-file.js';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import { microsOf, type Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import type { Change } from '../../src/export/change.js';
import { startLocalS3 } from '../../src/local/s3/start-local-s3.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { apply, keyOf, loadOf, puts } from './lake-loads.js';

const BUCKET = 'example-lake';

/** A folder of a test's own. */
export interface ExampleFolder {
  readonly path: string;
  /** Files by path within the folder; in no other way may an example leave anything behind. */
  files(): Promise<Readonly<Record<string, string>>>;
  remove(): Promise<void>;
}

/** Makes one. */
export async function makeExampleFolder(): Promise<ExampleFolder> {
  const path = await mkdtemp(join(tmpdir(), 'tidemark-example-'));
  return {
    path,
    files: () => filesIn(path),
    remove: () => rm(path, { recursive: true, force: true }),
  };
}

/** Every file in a folder and below, by its path from there. */
export async function filesIn(path: string): Promise<Readonly<Record<string, string>>> {
  const found = await readdir(path, { recursive: true, withFileTypes: true });
  const entries = found
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map(async (file) => [file.slice(path.length + 1), await readFile(file, 'utf8')] as const);
  return Object.fromEntries(await Promise.all(entries));
}

/** A lake on a local S3, which this process's environment leads to until it is closed. */
export interface ExampleLake {
  /** Commits a full load of a table at `exportTime`. */
  load(tableName: string, exportTime: Instant, items: readonly Item[]): Promise<void>;
  /** Commits the window `[from, to)` of a table. */
  follow(tableName: string, from: Instant, to: Instant, changes?: readonly Change[]): Promise<void>;
  close(): Promise<void>;
}

/** Starts the S3 and sets the environment. */
export async function openExampleLake(): Promise<ExampleLake> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-example-s3-'));
  const s3 = await startLocalS3({ directory, port: 0 });
  s3.createBucket(BUCKET);
  const before = { ...process.env };
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TIDEMARK_CONFIG: NO_CONFIG_FILE,
    TIDEMARK_BUCKET: BUCKET,
    TIDEMARK_LAKE_PREFIX: 'lake',
  });
  const client = new S3Client({ forcePathStyle: true });
  const lake = openLake({
    format: 'iceberg',
    store: createS3ObjectStore({ client, bucket: BUCKET }),
    lakePrefix: 'lake',
  });
  return {
    load: async (tableName, exportTime, items) => {
      const fixture = loadOf({ kind: 'full', exportTime }, [puts(items)]);
      await apply(lake.table(tableName), fixture);
    },
    follow: async (tableName, from, to, changes = []) => {
      const view = 'NEW_AND_OLD_IMAGES';
      const fixture = loadOf({ kind: 'incremental', window: { from, to }, view }, [changes]);
      await apply(lake.table(tableName), fixture);
    },
    close: async () => {
      process.env = before;
      client.destroy();
      await s3.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** An item was there and is another now; without `newImage` it is gone. */
export function changeAt(at: Instant, images: { oldImage?: Item; newImage?: Item }): Change {
  const key = keyOf(images.newImage ?? images.oldImage ?? {});
  return { key, writtenAtMicros: microsOf(at).toString(), ...images };
}

/** Owns the test of `tidemark verify` as a user runs it, on the local AWS: a good lake, and a bad one. */
import {
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import { addSeconds, type Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import { startLocalAws, type LocalAws } from '../../src/local/local-aws.js';
import { fastProfile } from '../../src/local/service-profile.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { changeOf } from '../support/export-fixtures.js';
import { apply, loadOf } from '../support/lake-loads.js';
import { dynamoDbClient, makeTable } from '../support/local-aws.js';
import { lightPython, PYTHON_ENVIRONMENT } from '../support/reader-programs.js';
import { runCli, type CliEnd } from '../support/run-cli.js';

jest.setTimeout(600_000);

const run = promisify(execFile);

const BUCKET = 'my-lake';
const HASH_KEY = 'a key of this test, no secret';
/** Every kind of value, and what columns do not hold exactly. */
const ITEMS: readonly Item[] = [
  { pk: { S: 'a' }, n: { N: '1' }, mail: { S: 'ada@example.com' }, card: { S: '4111' } },
  { pk: { S: 'b' }, n: { S: 'text where others have numbers' }, tags: { SS: ['y', 'x'] } },
  { pk: { S: 'c' }, m: { M: { list: { L: [{ N: '1.5' }, { S: 'x' }] }, on: { BOOL: true } } } },
  { pk: { S: 'd' }, big: { N: '12345678901234567890123456789012345678' }, none: { NULL: true } },
  { pk: { S: 'e' }, bytes: { B: 'AAEC' }, ns: { NS: ['1', '2.25'] } },
];

let directory: string;
let aws: LocalAws;
let client: DynamoDBClient;
let s3: S3Client;
let store: ObjectStore;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tidemark-verify-e2e-'));
  aws = await startLocalAws({
    directory: join(directory, 'aws'),
    dynamodbPort: 0,
    s3Port: 0,
    profile: {
      ...fastProfile(1),
      minWindowSeconds: 1,
      exportSeconds: 1,
      restorableLagSeconds: 1,
    },
  });
  aws.createBucket(BUCKET);
  client = dynamoDbClient(aws.dynamodbUrl);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const place = { endpoint: aws.s3Url, region: 'us-east-1', forcePathStyle: true };
  s3 = new S3Client({ ...place, credentials });
  store = createS3ObjectStore({ client: s3, bucket: BUCKET });
  await writeFile(
    join(directory, 'tidemark.config.json'),
    JSON.stringify({
      bucket: BUCKET,
      pollInterval: '1s',
      limits: { minWindow: '1s' },
      tables: {
        chosen: { omit: ['card'], hash: ['mail'], nested: 'json' },
        directories: { format: 'parquet' },
      },
    }),
  );
});
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await aws.close();
  await rm(directory, { recursive: true, force: true });
});

function tidemark(...args: readonly string[]): Promise<CliEnd> {
  return runCli(directory, args, {
    AWS_ENDPOINT_URL_DYNAMODB: aws.dynamodbUrl,
    AWS_ENDPOINT_URL_S3: aws.s3Url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    TIDEMARK_HASH_KEY: HASH_KEY,
  });
}

async function well(...args: readonly string[]): Promise<string> {
  const ended = await tidemark(...args);
  expect(ended).toMatchObject({ code: 0 });
  return ended.stdout;
}

async function put(tableName: string, item: Item): Promise<void> {
  const Item = Object.fromEntries(
    Object.entries(item).map(([name, value]) => [
      name,
      'B' in value ? { B: Buffer.from(value.B, 'base64') } : value,
    ]),
  );
  await client.send(new PutItemCommand({ TableName: tableName, Item: Item as never }));
}

/** Writes are in what is exported as of a time a second later, which the table then is restorable to. */
async function exported(
  tableName: string,
  ...times: readonly string[]
): Promise<{ place: string; to: Instant }> {
  await delay(3500);
  const { place, scope } = JSON.parse(await well('export', tableName, ...times, '--json')) as {
    place: string;
    scope: { exportTime?: Instant; window?: { to: Instant } };
  };
  return { place, to: (scope.exportTime ?? scope.window?.to)! };
}

/** A table with all kinds of values, its full load, and a window that changed, added and deleted. */
async function goodLake(tableName: string): Promise<void> {
  await makeTable(client, tableName);
  await delay(1500);
  for (const item of ITEMS) await put(tableName, item);
  const full = await exported(tableName);
  await well('load', full.place, '--table', tableName);
  await put(tableName, { pk: { S: 'a' }, n: { N: '1.5' }, fresh: { N: '7' } });
  await put(tableName, {
    pk: { S: 'f' },
    fresh: { S: 'other type' },
    mail: { S: 'f@example.com' },
  });
  await client.send(new DeleteItemCommand({ TableName: tableName, Key: { pk: { S: 'b' } } }));
  const window = await exported(tableName, '--from', full.to);
  await well('load', window.place, '--table', tableName);
  // After the watermark: none of the lake's business.
  await put(tableName, { pk: { S: 'g' }, later: { BOOL: true } });
}

/** Changes a row, removes one and adds one, by a window of which DynamoDB knows nothing. */
async function tamperWith(tableName: string, format: 'iceberg' | 'parquet'): Promise<void> {
  const lake = openLake({ store, lakePrefix: 'lake', format, hashKey: HASH_KEY });
  const table = lake.table(tableName);
  const { watermark, tableId, epoch } = (await table.readState())!;
  const [a, d, z] = ['a', 'd', 'z'].map((pk): Item => ({ pk: { S: pk } }));
  const changes = [
    changeOf(a!, { newImage: { ...a, n: { N: '1.6' }, fresh: { N: '7' } } }),
    changeOf(d!, {}),
    changeOf(z!, { newImage: { ...z, n: { N: '0' } } }),
  ].map((change) => ({ ...change, writtenAtMicros: String(Date.now() * 1000) }));
  const scope = {
    kind: 'incremental',
    window: { from: watermark, to: addSeconds(watermark, 1) },
    view: 'NEW_IMAGE',
  } as const;
  await apply(table, loadOf(scope, [changes], { tableId, epoch }));
}

async function keysUnder(prefix: string): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

describe.each([
  ['orders', 'iceberg'],
  ['chosen', 'iceberg'],
  ['directories', 'parquet'],
] as const)('the lake of %s (%s)', (tableName, format) => {
  test('is found equal, and what was changed, removed and added behind its back is found', async () => {
    await goodLake(tableName);
    const theirs = `exports/${tableName}/verify/of-somebody.json`;
    await store.put(theirs, Buffer.from('{}'));

    const good = await tidemark('verify', tableName);
    expect(good).toMatchObject({ code: 0 });
    expect(good.stdout).toMatch(/table {2}5 items \(a new full export/);
    expect(good.stdout).toMatch(/lake {3}5 rows/);
    expect(good.stdout).toMatch(/✔ equal/);
    expect(await keysUnder(`exports/${tableName}/verify/`)).toEqual([theirs]);

    await tamperWith(tableName, format);
    const bad = await tidemark('verify', tableName);
    expect(bad).toMatchObject({ code: 1 });
    expect(bad.stdout).toMatch(/✖ NOT equal/);
    expect(bad.stdout).toMatch(/1 key only in the table, 1 key only in the lake, 1 key with other/);
    expect(bad.stdout).toMatch(/only in the table {2}\{"pk":\{"S":"d"\}\}/);
    expect(bad.stdout).toMatch(/only in the lake {2}\{"pk":\{"S":"z"\}\}/);
    expect(bad.stdout).toMatch(
      /n \(column n\): \{"N":"1.5"\} in the table, \{"N":"1.6"\} in the lake/,
    );
    const { code, stdout } = await tidemark('verify', tableName, '--differences', '0', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      tableName,
      isEqual: false,
      tableItems: 5,
      lakeRows: 5,
      equal: 3,
      counts: { 'only-in-table': 1, 'only-in-lake': 1, different: 1, repeated: 0 },
      differences: [],
    });
    expect(await keysUnder(`exports/${tableName}/verify/`)).toEqual([theirs]);
  });
});

test('a commit by another engine, on top of the last window, is found in a lake of any folder', async () => {
  await makeTable(client, 'foreign');
  await delay(1500);
  for (const pk of ['a', 'b', 'c']) await put('foreign', { pk: { S: pk }, note: { S: pk } });
  const { place } = await exported('foreign');
  await well('load', place, '--table', 'foreign', '--lake', 'here');
  await well('verify', 'foreign', '--lake', 'here');

  const python = await lightPython(() => undefined);
  const args = [join(directory, 'here', 'foreign'), 'pk', 'note', 'a', 'b', 'z'];
  await run(python, ['-m', 'iceberg_readers.tamper', ...args], { env: PYTHON_ENVIRONMENT });
  const { code, stdout } = await tidemark('verify', 'foreign', '--lake', 'here');
  expect(code).toBe(1);
  expect(stdout).toMatch(/only in the table {2}\{"pk":\{"S":"b"\}\}/);
  expect(stdout).toMatch(/only in the lake {2}\{"pk":\{"S":"z"\}\}/);
  expect(stdout).toMatch(
    /note \(column note\): \{"S":"a"\} in the table, \{"S":"tampered with"\} in/,
  );
});

describe('a lake that cannot be compared', () => {
  test('is told apart: no table, no lake, a table that was created anew', async () => {
    expect(await tidemark('verify', 'nowhere')).toMatchObject({ code: 4, stdout: '' });
    await makeTable(client, 'unloaded');
    const unloaded = await tidemark('verify', 'unloaded');
    expect(unloaded).toMatchObject({ code: 4, stdout: '' });
    expect(unloaded.stderr).toMatch(/The lake has no table "unloaded"/);
    await put('unloaded', { pk: { S: 'a' } });
    const { place } = await exported('unloaded');
    await well('load', place, '--table', 'unloaded');
    await well('verify', 'unloaded', '--lake', `s3://${BUCKET}/lake`);
    await client.send(new DeleteTableCommand({ TableName: 'unloaded' }));
    await delay(2000);
    await makeTable(client, 'unloaded');
    const anew = await tidemark('verify', 'unloaded');
    expect(anew).toMatchObject({ code: 1, stdout: '' });
    expect(anew.stderr).toMatch(/was deleted and created again/);
    expect(anew.stderr).toMatch(/tidemark resync unloaded/);
  });
});

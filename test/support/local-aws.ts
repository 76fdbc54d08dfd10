/** Owns the local AWS as tests use it: a clock that stands still, buckets in memory, clients. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ScanCommand,
  UpdateContinuousBackupsCommand,
  type AttributeDefinition,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { Clock } from '../../src/local/clock.js';
import {
  startLocalDynamoDb,
  type LocalDynamoDb,
  type LocalDynamoDbOptions,
} from '../../src/local/dynamodb/local-dynamodb.js';

const SECOND = 1_000_000n;

/** A clock that moves when it is told to. */
export class VirtualClock implements Clock {
  #micros: bigint;

  constructor(start = '2026-11-24T08:00:00Z') {
    this.#micros = BigInt(Date.parse(start)) * 1000n;
  }

  nowMicros(): bigint {
    return this.#micros;
  }

  /** Forward, or back with a negative number. */
  advance(seconds: number): void {
    this.#micros += BigInt(seconds) * SECOND;
  }

  set(micros: bigint): void {
    this.#micros = micros;
  }

  /** Whole seconds since 1970. */
  get seconds(): number {
    return Number(this.#micros / SECOND);
  }
}

/** Buckets, in memory unless they are given; one that was not made answers as S3 does. */
export class MemoryBuckets {
  readonly #buckets = new Map<string, ObjectStore>();

  create(name: string, store: ObjectStore = createMemoryObjectStore()): ObjectStore {
    this.#buckets.set(name, store);
    return store;
  }

  remove(name: string): void {
    this.#buckets.delete(name);
  }

  open = (name: string): ObjectStore => this.#buckets.get(name) ?? missingBucket(name);
}

function missingBucket(name: string): ObjectStore {
  return failingBucket(name, ErrorCode.BucketNotFound);
}

/** A bucket whose every put fails with `code`. */
export function failingBucket(name: string, code: ErrorCode, retryable = false): ObjectStore {
  const refuse = (): Promise<never> =>
    Promise.reject(new TidemarkError(`${name}: ${code}`, { code, subject: name, retryable }));
  return { ...createMemoryObjectStore(), put: refuse };
}

/** A local DynamoDB in a directory of its own, on a virtual clock and buckets in memory. */
export interface TestDynamoDb {
  readonly directory: string;
  readonly clock: VirtualClock;
  readonly buckets: MemoryBuckets;
  readonly client: DynamoDBClient;
  readonly service: LocalDynamoDb;
  /** Stops it and starts it anew on the same directory. */
  restart(): Promise<TestDynamoDb>;
  close(): Promise<void>;
}

export async function startTestDynamoDb(
  options: Partial<LocalDynamoDbOptions> & {
    readonly clock?: VirtualClock;
    readonly buckets?: MemoryBuckets;
  } = {},
): Promise<TestDynamoDb> {
  const { clock = new VirtualClock(), buckets = new MemoryBuckets() } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), 'tidemark-dynamodb-')));
  const service = await startLocalDynamoDb({
    openBucket: buckets.open,
    tableTransitionMs: 0,
    port: 0,
    ...options,
    directory,
    clock,
  });
  const client = dynamoDbClient(service.url);
  const stop = async (): Promise<void> => {
    client.destroy();
    await service.close();
  };
  return {
    directory,
    clock,
    buckets,
    client,
    service,
    restart: async () => {
      await stop();
      return startTestDynamoDb({ ...options, directory, clock, buckets });
    },
    close: async () => {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export function dynamoDbClient(endpoint: string, region = 'us-east-1'): DynamoDBClient {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new DynamoDBClient({ endpoint, region, credentials, maxAttempts: 1 });
}

/** An ACTIVE table with a partition key of type S, `pk` unless named, and, when asked for, PITR on; its ARN. */
export async function makeTable(
  client: DynamoDBClient,
  tableName: string,
  { pitr = true, keyName = 'pk', sortKey = undefined as AttributeDefinition | undefined } = {},
): Promise<string> {
  const sort = sortKey?.AttributeName;
  await client.send(
    new CreateTableCommand({
      TableName: tableName,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: keyName, KeyType: 'HASH' },
        ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' as const }]),
      ],
      AttributeDefinitions: [
        { AttributeName: keyName, AttributeType: 'S' },
        ...(sortKey === undefined ? [] : [sortKey]),
      ],
    }),
  );
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table?.TableStatus !== 'ACTIVE') continue;
    if (pitr) await switchPitr(client, tableName, true);
    return String(Table.TableArn);
  }
}

export async function switchPitr(
  client: DynamoDBClient,
  tableName: string,
  enabled: boolean,
): Promise<void> {
  await client.send(
    new UpdateContinuousBackupsCommand({
      TableName: tableName,
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: enabled },
    }),
  );
}

export type SdkItem = Record<string, AttributeValue>;

/** Every item of a table. */
export async function scanAll(client: DynamoDBClient, tableName: string): Promise<SdkItem[]> {
  const items: SdkItem[] = [];
  let startKey: SdkItem | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: tableName, ConsistentRead: true, ExclusiveStartKey: startKey }),
    );
    items.push(...(page.Items ?? []));
    startKey = page.LastEvaluatedKey;
  } while (startKey !== undefined);
  return items;
}

/** The lines of an export's data files, as its manifest names them. */
export async function readExportLines(store: ObjectStore, manifestKey: string): Promise<string[]> {
  const summary = JSON.parse(await readText(store, manifestKey)) as { manifestFilesS3Key: string };
  const manifest = await readText(store, summary.manifestFilesS3Key);
  const lines: string[] = [];
  for (const line of manifest.trim().split('\n')) {
    const { dataFileS3Key } = JSON.parse(line) as { dataFileS3Key: string };
    const file = await store.get(dataFileS3Key);
    if (file === undefined) throw new Error(`no object ${dataFileS3Key}`);
    const text = gunzipSync(file.body).toString('utf8');
    lines.push(...text.split('\n').filter((record) => record !== ''));
  }
  return lines;
}

export async function readText(store: ObjectStore, key: string): Promise<string> {
  const object = await store.get(key);
  if (object === undefined) throw new Error(`no object ${key}`);
  return Buffer.from(object.body).toString('utf8');
}

/** Owns the tests that the demo's writes go through a real DynamoDB API, and go on after a restart. */
import {
  CreateTableCommand,
  DynamoDBClient,
  ScanCommand,
  type AttributeValue,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDemoTable, readDemoTable } from '../../../src/local/demo-data/demo-table.js';
import type { DemoWrite } from '../../../src/local/demo-data/demo-writes.js';
import { writeDemoData } from '../../../src/local/demo-data/write-demo-data.js';
import { startLocalAws, type LocalAws } from '../../../src/local/local-aws.js';

const table = 'Orders';
let folder: string;
let aws: LocalAws;
let client: DynamoDBClient;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tidemark-demo-'));
  aws = await startLocalAws({
    directory: folder,
    dynamodbPort: 0,
    s3Port: 0,
    tableTransitionMs: 50,
  });
  client = new DynamoDBClient({
    endpoint: aws.dynamodbUrl,
    region: aws.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
});
afterEach(async () => {
  client.destroy();
  await aws.close();
  await rm(folder, { recursive: true, force: true });
});

/** Ends the stream after `count` writes; gives them. */
async function write(count: number, maxItems?: number): Promise<DemoWrite[]> {
  const enough = new AbortController();
  const writes: DemoWrite[] = [];
  const written = await writeDemoData({
    client,
    table,
    ratePerSecond: 10_000,
    seed: 11,
    signal: enough.signal,
    onWrite: (each) => {
      if (writes.push(each) === count) enough.abort();
    },
    ...(maxItems === undefined ? {} : { maxItems }),
  });
  expect(written).toBe(count);
  return writes;
}
async function items(): Promise<Record<string, AttributeValue>[]> {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }));
  return Items;
}

test('makes the table once and waits until it can be used', async () => {
  expect(await ensureDemoTable(client, table)).toEqual({ created: true });
  expect(await items()).toEqual([]);
  expect(await ensureDemoTable(client, table)).toEqual({ created: false });
});

test('a table with another key is not written to', async () => {
  await client.send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    }),
  );
  await expect(ensureDemoTable(client, table)).rejects.toMatchObject({
    code: 'InvalidUsage',
    subject: table,
  });
});

test('every write is taken as it is, and the table holds what they add up to', async () => {
  await ensureDemoTable(client, table);
  const expected = new Map<string, Record<string, AttributeValue>>();
  for (const each of await write(400)) {
    const key = each.key.order_id;
    if (each.kind === 'delete') expected.delete(key);
    else if (each.kind === 'insert') expected.set(key, each.item);
    else {
      const kept = Object.entries({ ...expected.get(key), ...each.set });
      expected.set(key, Object.fromEntries(kept.filter(([name]) => !each.remove.includes(name))));
    }
  }
  const found = await items();
  expect(found).toHaveLength(expected.size);
  for (const item of found) {
    const wanted = expected.get(item['order_id']!.S!)!;
    // Sets have no order of their own, so the service gives them in any.
    expect(sorted(item)).toEqual(sorted(wanted));
  }
});

test('goes on after a restart: other orders than before, old ones kept in hand', async () => {
  await ensureDemoTable(client, table);
  const before = await write(150, 40);
  const known = new Set((await items()).map((item) => item['order_id']!.S));
  const { live, nextOrder } = await readDemoTable(client, table, 40);
  expect(live.map(({ key }) => key.order_id)).toEqual([...known].sort());
  const after = await write(150, 40);
  const insertedBefore = before.filter(({ kind }) => kind === 'insert').length;
  expect(nextOrder).toBeLessThanOrEqual(insertedBefore + 1);
  expect(after.filter(({ kind }) => kind === 'update').length).toBeGreaterThan(0);
  expect(after.some(({ kind, key }) => kind !== 'insert' && known.has(key.order_id))).toBe(true);
  expect((await items()).length).toBeLessThanOrEqual(40);
});

function sorted(item: Record<string, AttributeValue>): unknown {
  return Object.fromEntries(
    Object.entries(item).map(([name, { SS, NS, BS, ...other }]) => [
      name,
      [SS, NS, BS?.map((bytes) => bytes.join())]
        .map((set) => [...(set ?? [])].sort())
        .concat(other as []),
    ]),
  );
}

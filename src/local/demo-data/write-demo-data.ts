/** Owns sending the demo shop's writes to DynamoDB at a steady rate. */
import {
  DeleteItemCommand,
  PutItemCommand,
  UpdateItemCommand,
  type AttributeValue,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { setTimeout as sleep } from 'node:timers/promises';
import { instantOfMillis } from '../../core/instant.js';
import type { OrderKey } from './demo-order.js';
import { readDemoTable } from './demo-table.js';
import { DEFAULT_MAX_ITEMS, demoWrites, type DemoWrite } from './demo-writes.js';

/** How {@link writeDemoData} writes. */
export interface DemoDataOptions {
  readonly client: DynamoDBClient;
  /** A table that `ensureDemoTable` made. */
  readonly table: string;
  /** Writes a second, above 0; a client that is slower writes as fast as it can. */
  readonly ratePerSecond: number;
  /** The same seed on the same table gives the same writes but for their times. */
  readonly seed: number;
  /** Ends the stream between two writes. */
  readonly signal: AbortSignal;
  /** Hears of each write once DynamoDB has answered it. */
  readonly onWrite?: (write: DemoWrite) => void;
  /** Orders in the table at most; 3,000 unless said otherwise. */
  readonly maxItems?: number;
}

/** How far behind its plan the stream may be and still catch up, in milliseconds. */
const CATCH_UP_MS = 1000;

/**
 * Writes until `signal` is aborted, one write at a time; gives the number of writes. It goes on
 * from what the table holds, so it may be ended and started again at will.
 */
export async function writeDemoData(options: DemoDataOptions): Promise<number> {
  const { client, table, ratePerSecond, seed, signal, onWrite } = options;
  const { maxItems = DEFAULT_MAX_ITEMS } = options;
  const { live, nextOrder } = await readDemoTable(client, table, maxItems);
  const at = (): ReturnType<typeof instantOfMillis> => instantOfMillis(Date.now());
  // The number of the next order goes into the seed, else every start would write the same again.
  const writes = demoWrites({ seed: seed + nextOrder, at, live, nextOrder, maxItems });
  let count = 0;
  let dueMs = performance.now();
  while (!signal.aborted) {
    const write = writes.next().value;
    await send(client, table, write);
    count += 1;
    onWrite?.(write);
    dueMs += 1000 / ratePerSecond;
    const nowMs = performance.now();
    // After a pause (a laptop that slept) the rate matters, not the writes that were missed.
    if (nowMs - dueMs > CATCH_UP_MS) dueMs = nowMs;
    if (dueMs > nowMs) await sleep(dueMs - nowMs, undefined, { signal }).catch(() => undefined);
  }
  return count;
}

async function send(client: DynamoDBClient, table: string, write: DemoWrite): Promise<void> {
  switch (write.kind) {
    case 'insert':
      await client.send(new PutItemCommand({ TableName: table, Item: write.item }));
      return;
    case 'delete':
      await client.send(new DeleteItemCommand({ TableName: table, Key: keyOf(write.key) }));
      return;
    case 'update':
      await client.send(new UpdateItemCommand({ TableName: table, ...updateOf(write) }));
  }
}

function keyOf({ customer_id, order_id }: OrderKey): Record<string, AttributeValue> {
  return { customer_id: { S: customer_id }, order_id: { S: order_id } };
}

function updateOf({ key, set, remove }: DemoWrite & { readonly kind: 'update' }): {
  readonly Key: Record<string, AttributeValue>;
  readonly UpdateExpression: string;
  readonly ExpressionAttributeNames: Record<string, string>;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
} {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const sets = Object.entries(set).map(([name, value], place) => {
    names[`#s${place}`] = name;
    values[`:s${place}`] = value;
    return `#s${place} = :s${place}`;
  });
  const removals = remove.map((name, place) => {
    names[`#r${place}`] = name;
    return `#r${place}`;
  });
  const removeClause = removals.length === 0 ? '' : ` REMOVE ${removals.join(', ')}`;
  return {
    Key: keyOf(key),
    UpdateExpression: `SET ${sets.join(', ')}${removeClause}`,
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}

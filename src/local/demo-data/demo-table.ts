/** Owns the demo shop's table: made when it is not there, and read once before writing goes on. */
import {
  CreateTableCommand,
  DescribeTableCommand,
  ResourceInUseException,
  ScanCommand,
  waitUntilTableExists,
  type DynamoDBClient,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { ORDER_STATUSES, orderNumberOf, type OrderStatus } from './demo-order.js';
import type { LiveOrder } from './demo-writes.js';

const KEYS = ['customer_id', 'order_id'] as const;

/**
 * Makes `table` (key `customer_id`, `order_id`; billed by request) unless it is there, and waits
 * until it is ACTIVE. `created` says which.
 *
 * @throws TidemarkError InvalidUsage when a table of that name has another key: it is not ours.
 */
export async function ensureDemoTable(
  client: DynamoDBClient,
  table: string,
): Promise<{ readonly created: boolean }> {
  let created = true;
  try {
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: KEYS.map((name) => ({ AttributeName: name, AttributeType: 'S' })),
        KeySchema: [
          { AttributeName: KEYS[0], KeyType: 'HASH' },
          { AttributeName: KEYS[1], KeyType: 'RANGE' },
        ],
      }),
    );
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    created = false;
  }
  await waitUntilTableExists(
    { client, maxWaitTime: 120, minDelay: 0.2, maxDelay: 5 },
    {
      TableName: table,
    },
  );
  const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
  if (!hasOurKey(Table)) {
    throw new TidemarkError(`The table ${table} exists and is not a demo table: its key differs.`, {
      code: ErrorCode.InvalidUsage,
      subject: table,
      hint: 'Name a table that does not exist yet.',
    });
  }
  return { created };
}

function hasOurKey(table: TableDescription | undefined): boolean {
  const names = (table?.KeySchema ?? []).map(({ AttributeName }) => AttributeName);
  const types = (table?.AttributeDefinitions ?? [])
    .filter(({ AttributeName }) => names.includes(AttributeName))
    .map(({ AttributeType }) => AttributeType);
  return names.join() === KEYS.join() && types.every((type) => type === 'S');
}

/** What a stream of writes goes on from. */
export interface DemoTableState {
  readonly live: readonly LiveOrder[];
  readonly nextOrder: number;
}

/** Reads `maxItems` orders of `table` at most, their keys and status only. */
export async function readDemoTable(
  client: DynamoDBClient,
  table: string,
  maxItems: number,
): Promise<DemoTableState> {
  const found: (LiveOrder & { readonly orderNumber: number })[] = [];
  let start: ScanCommand['input']['ExclusiveStartKey'];
  do {
    const page = await client.send(
      new ScanCommand({
        TableName: table,
        ConsistentRead: true,
        ProjectionExpression: '#customer, #order, #status',
        ExpressionAttributeNames: {
          '#customer': 'customer_id',
          '#order': 'order_id',
          '#status': 'status',
        },
        Limit: maxItems,
        ...(start === undefined ? {} : { ExclusiveStartKey: start }),
      }),
    );
    for (const { customer_id: customer, order_id: order, status } of page.Items ?? []) {
      const orderNumber = orderNumberOf(order?.S ?? '');
      if (customer?.S === undefined || order?.S === undefined || orderNumber === undefined)
        continue;
      const key = { customer_id: customer.S, order_id: order.S };
      found.push({ key, status: statusOf(status?.S), orderNumber });
    }
    start = page.LastEvaluatedKey;
  } while (start !== undefined && found.length < maxItems);
  found.sort((left, right) => left.orderNumber - right.orderNumber);
  return {
    live: found.map(({ key, status }) => ({ key, status })),
    nextOrder: (found.at(-1)?.orderNumber ?? 0) + 1,
  };
}

function statusOf(text: string | undefined): OrderStatus {
  return ORDER_STATUSES.find((status) => status === text) ?? 'placed';
}

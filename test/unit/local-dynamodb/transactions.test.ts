/** Owns the tests of transactions: all or nothing, and what is told when nothing. */
import {
  GetItemCommand,
  PutItemCommand,
  TransactGetItemsCommand,
  TransactWriteItemsCommand,
  type TransactWriteItem,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  makeTable,
  scanAll,
  startTestDynamoDb,
  type TestDynamoDb,
} from '../../support/local-aws.js';

let aws: TestDynamoDb;
beforeAll(async () => {
  aws = await startTestDynamoDb();
  await makeTable(aws.client, 'accounts');
  await makeTable(aws.client, 'ledger');
});
afterAll(() => aws.close());

const put = (TableName: string, pk: string, amount: number): TransactWriteItem => ({
  Put: { TableName, Item: { pk: { S: pk }, amount: { N: String(amount) } } },
});
const move = (pk: string, amount: number): TransactWriteItem => ({
  Update: {
    TableName: 'accounts',
    Key: { pk: { S: pk } },
    UpdateExpression: 'SET amount = amount + :amount',
    ConditionExpression: 'amount >= :least',
    ExpressionAttributeValues: {
      ':amount': { N: String(amount) },
      ':least': { N: String(-amount) },
    },
  },
});
const send = (TransactItems: TransactWriteItem[], ClientRequestToken?: string): Promise<unknown> =>
  aws.client.send(new TransactWriteItemsCommand({ TransactItems, ClientRequestToken }));

describe('TransactWriteItems', () => {
  test('writes to several tables at once, or to none', async () => {
    await send([put('accounts', 'a', 10), put('ledger', 'a', 10)]);
    await expect(
      send([
        put('ledger', 'b', 5),
        {
          ConditionCheck: {
            TableName: 'accounts',
            Key: { pk: { S: 'nobody' } },
            ConditionExpression: 'attribute_exists(pk)',
          },
        },
      ]),
    ).rejects.toMatchObject({
      name: 'TransactionCanceledException',
      message:
        'Transaction cancelled, please refer cancellation reasons for specific reasons [None, ConditionalCheckFailed]',
      CancellationReasons: [
        { Code: 'None' },
        { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed' },
      ],
    });
    expect(await scanAll(aws.client, 'ledger')).toHaveLength(1);
  });

  test('gives the item back when a failed condition asks for it', async () => {
    await send([put('accounts', 'poor', 1)]);
    const update = move('poor', -100);
    await expect(
      send([{ Update: { ...update.Update!, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } }]),
    ).rejects.toMatchObject({
      CancellationReasons: [{ Item: { pk: { S: 'poor' }, amount: { N: '1' } } }],
    });
  });

  test('refuses two operations on one item', async () => {
    await expect(send([put('accounts', 'x', 1), move('x', 1)])).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'Transaction request cannot include multiple operations on one item',
    });
  });

  test('refuses more than a hundred members, and none', async () => {
    const many = Array.from({ length: 101 }, (_, index) => put('accounts', `m${index}`, 1));
    await expect(send(many)).rejects.toMatchObject({ name: 'ValidationException' });
    await expect(send([])).rejects.toMatchObject({ name: 'ValidationException' });
  });

  test('the same token writes once; with other members it is a mismatch', async () => {
    await send([put('accounts', 'once', 1)]);
    const once = [move('once', 1)];
    await send(once, 'token-1');
    await send(once, 'token-1');
    const { Item } = await aws.client.send(
      new GetItemCommand({ TableName: 'accounts', Key: { pk: { S: 'once' } } }),
    );
    expect(Item).toEqual({ pk: { S: 'once' }, amount: { N: '2' } });
    await expect(send([move('once', 2)], 'token-1')).rejects.toMatchObject({
      name: 'IdempotentParameterMismatchException',
    });
    aws.clock.advance(11 * 60);
    await send([move('once', 2)], 'token-1');
  });

  test('money moved by many at once is neither made nor lost', async () => {
    const names = ['p', 'q', 'r', 's'];
    for (const name of names) await send([put('accounts', name, 100)]);
    const movers = Array.from({ length: 8 }, async (_, mover) => {
      for (let step = 0; step < 20; step += 1) {
        const from = names[(mover + step) % 4]!;
        const to = names[(mover + step + 1 + (step % 3)) % 4]!;
        await send([move(from, -30), move(to, 30)]).catch((error: unknown) => {
          expect((error as Error).name).toBe('TransactionCanceledException');
        });
        if (step % 5 === 0) {
          const { Responses } = await aws.client.send(
            new TransactGetItemsCommand({
              TransactItems: names.map((name) => ({
                Get: { TableName: 'accounts', Key: { pk: { S: name } } },
              })),
            }),
          );
          const amounts = Responses!.map(({ Item }) => Number(Item!['amount']!.N));
          expect(amounts.reduce((total, amount) => total + amount, 0)).toBe(400);
        }
      }
    });
    await Promise.all(movers);
  });
});

describe('TransactGetItems', () => {
  test('answers in order, with an empty answer for what is not there', async () => {
    await aws.client.send(
      new PutItemCommand({ TableName: 'accounts', Item: { pk: { S: 'here' }, more: { S: 'x' } } }),
    );
    const { Responses } = await aws.client.send(
      new TransactGetItemsCommand({
        TransactItems: [
          { Get: { TableName: 'accounts', Key: { pk: { S: 'not here' } } } },
          {
            Get: { TableName: 'accounts', Key: { pk: { S: 'here' } }, ProjectionExpression: 'pk' },
          },
        ],
      }),
    );
    expect(Responses).toEqual([{}, { Item: { pk: { S: 'here' } } }]);
  });
});

/** Owns the tests of writes, expiry and restarts of the local DynamoDB. */
import { join } from 'node:path';
import {
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  ExportTableToPointInTimeCommand,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  makeTable,
  readExportLines,
  scanAll,
  startTestDynamoDb,
  type TestDynamoDb,
} from '../../support/local-aws.js';

let aws: TestDynamoDb;
beforeAll(async () => {
  aws = await startTestDynamoDb();
  aws.buckets.create('exports');
});
afterAll(() => aws.close());

const put = (TableName: string, pk: string, rest: Record<string, { N: string }> = {}) =>
  aws.client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk }, ...rest } }));
const remove = (TableName: string, pk: string) =>
  aws.client.send(new DeleteItemCommand({ TableName, Key: { pk: { S: pk } } }));

/** The records of everything from `from` (seconds) to now, which is moved 15 minutes on at least. */
async function changesSince(TableArn: string, from: number): Promise<Record<string, unknown>[]> {
  aws.clock.advance(900);
  const asked = await aws.client.send(
    new ExportTableToPointInTimeCommand({
      TableArn,
      S3Bucket: 'exports',
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: { ExportFromTime: new Date(from * 1000) },
    }),
  );
  aws.clock.advance(300);
  const { ExportArn } = asked.ExportDescription!;
  const told = await aws.client.send(new DescribeExportCommand({ ExportArn }));
  const manifest = told.ExportDescription!.ExportManifest!;
  const lines = await readExportLines(aws.buckets.open('exports'), manifest);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('what counts as a write', () => {
  test('a delete of nothing does not, a put of the same item does, a refused one does not', async () => {
    const arn = await makeTable(aws.client, 'counted');
    await put('counted', 'same');
    aws.clock.advance(60);
    const from = aws.clock.seconds;
    await remove('counted', 'nothing');
    await put('counted', 'same');
    await expect(
      aws.client.send(
        new UpdateItemCommand({
          TableName: 'counted',
          Key: { pk: { S: 'refused' } },
          UpdateExpression: 'SET a = :a',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':a': { N: '1' } },
        }),
      ),
    ).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    expect(await changesSince(arn, from)).toEqual([
      {
        Metadata: { WriteTimestampMicros: { N: `${from}000000` } },
        Keys: { pk: { S: 'same' } },
        OldImage: { pk: { S: 'same' } },
        NewImage: { pk: { S: 'same' } },
      },
    ]);
  });

  test('batches do, item by item', async () => {
    const arn = await makeTable(aws.client, 'batched');
    const from = aws.clock.seconds;
    await put('batched', 'old');
    await aws.client.send(
      new BatchWriteItemCommand({
        RequestItems: {
          batched: [
            { DeleteRequest: { Key: { pk: { S: 'old' } } } },
            ...['a', 'b', 'c'].map((pk) => ({ PutRequest: { Item: { pk: { S: pk } } } })),
          ],
        },
      }),
    );
    const keys = (await changesSince(arn, from)).map(({ Keys }) => Keys);
    expect(keys).toHaveLength(3);
    expect(keys).toEqual(expect.arrayContaining(['a', 'b', 'c'].map((pk) => ({ pk: { S: pk } }))));
  });

  test('numbers reach an export as DynamoDB keeps them', async () => {
    const arn = await makeTable(aws.client, 'numbers');
    const from = aws.clock.seconds;
    await put('numbers', 'n', { n: { N: '0012.500' }, e: { N: '1E3' }, z: { N: '-0' } });
    expect(await changesSince(arn, from)).toMatchObject([
      { NewImage: { n: { N: '12.5' }, e: { N: '1000' }, z: { N: '0' } } },
    ]);
  });
});

describe('what the engine cannot keep', () => {
  test('is refused and not dropped', async () => {
    await makeTable(aws.client, 'refusing');
    const Item = JSON.parse('{"pk":{"S":"a"},"__proto__":{"S":"x"}}') as Record<
      string,
      { S: string }
    >;
    const refusal = { name: 'ValidationException', message: expect.stringContaining('__proto__') };
    await expect(
      aws.client.send(new PutItemCommand({ TableName: 'refusing', Item })),
    ).rejects.toMatchObject(refusal);
    await expect(
      aws.client.send(
        new UpdateItemCommand({
          TableName: 'refusing',
          Key: { pk: { S: 'a' } },
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': '__proto__' },
          ExpressionAttributeValues: { ':value': { S: 'x' } },
        }),
      ),
    ).rejects.toMatchObject(refusal);
    await aws.client.send(
      new PutItemCommand({ TableName: 'refusing', Item: { pk: { S: '__proto__' } } }),
    );
    expect(await scanAll(aws.client, 'refusing')).toEqual([{ pk: { S: '__proto__' } }]);
  });
});

describe('indexes', () => {
  test('follow their items', async () => {
    await aws.client.send(
      new CreateTableCommand({
        TableName: 'indexed',
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [
          { AttributeName: 'pk', AttributeType: 'S' },
          { AttributeName: 'city', AttributeType: 'S' },
        ],
        GlobalSecondaryIndexes: [
          {
            IndexName: 'by-city',
            KeySchema: [{ AttributeName: 'city', KeyType: 'HASH' }],
            Projection: { ProjectionType: 'ALL' },
          },
        ],
      }),
    );
    await untilActive('indexed');
    const inCity = async (city: string): Promise<number> => {
      const answer = await aws.client.send(
        new QueryCommand({
          TableName: 'indexed',
          IndexName: 'by-city',
          KeyConditionExpression: 'city = :city',
          ExpressionAttributeValues: { ':city': { S: city } },
        }),
      );
      return answer.Count!;
    };
    const settle = (city: string) =>
      aws.client.send(
        new PutItemCommand({ TableName: 'indexed', Item: { pk: { S: 'a' }, city: { S: city } } }),
      );
    await settle('Paris');
    await settle('Rome');
    expect([await inCity('Paris'), await inCity('Rome')]).toEqual([0, 1]);
    await remove('indexed', 'a');
    expect(await inCity('Rome')).toBe(0);
  });
});

describe('time to live', () => {
  const specify = (Enabled: boolean) =>
    aws.client.send(
      new UpdateTimeToLiveCommand({
        TableName: 'expiring',
        TimeToLiveSpecification: { Enabled, AttributeName: 'expires' },
      }),
    );
  const status = async (): Promise<string | undefined> => {
    const answer = await aws.client.send(new DescribeTimeToLiveCommand({ TableName: 'expiring' }));
    return answer.TimeToLiveDescription!.TimeToLiveStatus;
  };

  test('what has expired is deleted as by anybody', async () => {
    const arn = await makeTable(aws.client, 'expiring');
    expect(await status()).toBe('DISABLED');
    await specify(true);
    expect(await status()).toBe('ENABLED');
    await expect(specify(true)).rejects.toMatchObject({
      name: 'ValidationException',
      message: 'TimeToLive is already enabled',
    });
    const second = aws.clock.seconds;
    await put('expiring', 'soon', { expires: { N: String(second + 60) } });
    await put('expiring', 'later', { expires: { N: String(second + 86_400) } });
    await put('expiring', 'never');
    await put('expiring', 'long ago', { expires: { N: '1' } });
    aws.clock.advance(120);
    await aws.service.runDueWork();
    const left = (await scanAll(aws.client, 'expiring')).map(({ pk }) => pk!.S);
    expect(left.sort()).toEqual(['later', 'long ago', 'never']);
    const changes = await changesSince(arn, second + 60);
    expect(changes).toMatchObject([{ Keys: { pk: { S: 'soon' } } }]);
    expect(changes[0]).not.toHaveProperty('NewImage');
    await specify(false);
    expect(await status()).toBe('DISABLED');
  });
});

describe('restarts', () => {
  test('stamps go on rising, even when the clock was set back', async () => {
    const arn = await makeTable(aws.client, 'stamped');
    const from = aws.clock.seconds;
    await put('stamped', 'first');
    aws.clock.advance(900);
    await changesSince(arn, from);
    const sealed = aws.clock.seconds - 300;
    aws.clock.advance(-600);
    aws = await aws.restart();
    await put('stamped', 'second');
    aws.clock.advance(1200);
    const [change] = await changesSince(arn, sealed);
    expect(change).toMatchObject({
      Keys: { pk: { S: 'second' } },
      Metadata: { WriteTimestampMicros: { N: `${sealed}000000` } },
    });
  });

  test('tables, settings and exports are as they were', async () => {
    const arn = await makeTable(aws.client, 'kept');
    await put('kept', 'a');
    aws.clock.advance(900);
    const asked = await aws.client.send(
      new ExportTableToPointInTimeCommand({ TableArn: arn, S3Bucket: 'exports' }),
    );
    aws = await aws.restart();
    const { ExportArn } = asked.ExportDescription!;
    const describeIt = async () =>
      (await aws.client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription!;
    expect((await describeIt()).ExportStatus).toBe('IN_PROGRESS');
    aws.clock.advance(300);
    await aws.service.runDueWork();
    expect(await describeIt()).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 1 });
    expect(await scanAll(aws.client, 'kept')).toHaveLength(1);
  });

  test('a second process on the same directory is told so', async () => {
    await expect(startTestDynamoDb({ directory: aws.directory })).rejects.toMatchObject({
      code: 'InvalidConfig',
      hint: expect.stringContaining('other process'),
    });
  });

  test('a port that is taken is told so', async () => {
    const directory = join(aws.directory, 'another');
    const again = startTestDynamoDb({ port: aws.service.port, directory });
    await expect(again).rejects.toMatchObject({
      code: 'PortTaken',
      subject: `127.0.0.1:${aws.service.port}`,
    });
  });
});

describe('old changes', () => {
  test('are let go, and every time within reach stays the same', async () => {
    const arn = await makeTable(aws.client, 'aging');
    for (let version = 1; version <= 50; version += 1) {
      await put('aging', 'often', { v: { N: String(version) } });
    }
    await put('aging', 'steady');
    await put('aging', 'gone');
    await remove('aging', 'gone');
    const full = async (): Promise<string[]> => {
      const asked = await aws.client.send(
        new ExportTableToPointInTimeCommand({ TableArn: arn, S3Bucket: 'exports' }),
      );
      aws.clock.advance(300);
      const { ExportArn } = asked.ExportDescription!;
      const told = await aws.client.send(new DescribeExportCommand({ ExportArn }));
      const { ExportManifest } = told.ExportDescription!;
      return (await readExportLines(aws.buckets.open('exports'), ExportManifest!)).sort();
    };
    aws.clock.advance(1);
    const before = await full();
    aws.clock.advance(40 * 86_400);
    await aws.service.runDueWork();
    expect(await full()).toEqual(before);
    expect(before).toEqual([
      '{"Item":{"pk":{"S":"often"},"v":{"N":"50"}}}',
      '{"Item":{"pk":{"S":"steady"}}}',
    ]);
  });

  test('of a dropped table are gone', async () => {
    await makeTable(aws.client, 'dropped');
    await put('dropped', 'a');
    await aws.client.send(new DeleteTableCommand({ TableName: 'dropped' }));
    await expect(put('dropped', 'b')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });
});

async function untilActive(tableName: string): Promise<void> {
  for (;;) {
    const { Table } = await aws.client.send(new DescribeTableCommand({ TableName: tableName }));
    if (Table!.TableStatus === 'ACTIVE') return;
  }
}

/** Owns the contract of exports with tables that are deleted, made again, or change their recovery. */
import {
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  ListExportsCommand,
  PutItemCommand,
  type ExportDescription,
  type ExportTableToPointInTimeCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  dynamoDbClient,
  makeTable,
  readExportLines,
  startTestDynamoDb,
  switchPitr,
  type TestDynamoDb,
} from '../support/local-aws.js';

const MINUTES = 60;
let aws: TestDynamoDb;

beforeAll(async () => {
  aws = await startTestDynamoDb();
  aws.buckets.create('exports');
});
afterAll(() => aws.close());

const at = (secondsFromNow: number): Date => new Date((aws.clock.seconds + secondsFromNow) * 1000);
const ask = async (
  input: Omit<ExportTableToPointInTimeCommandInput, 'S3Bucket'>,
): Promise<ExportDescription> => {
  const answer = await aws.client.send(
    new ExportTableToPointInTimeCommand({ ...input, S3Bucket: 'exports' }),
  );
  return answer.ExportDescription!;
};
const describeIt = async ({ ExportArn }: ExportDescription): Promise<ExportDescription> => {
  const answer = await aws.client.send(new DescribeExportCommand({ ExportArn }));
  return answer.ExportDescription!;
};

describe('tables that go and come', () => {
  test('an export outlives its table, and is listed no longer', async () => {
    const arn = await makeTable(aws.client, 'brief');
    await aws.client.send(new PutItemCommand({ TableName: 'brief', Item: { pk: { S: 'a' } } }));
    aws.clock.advance(1);
    const asked = await ask({ TableArn: arn });
    const list = async (): Promise<number> => {
      const answer = await aws.client.send(new ListExportsCommand({ TableArn: arn }));
      return answer.ExportSummaries!.length;
    };
    expect(await list()).toBe(1);
    await aws.client.send(new DeleteTableCommand({ TableName: 'brief' }));
    expect(await list()).toBe(0);
    expect((await describeIt(asked)).ExportStatus).toBe('IN_PROGRESS');
    aws.clock.advance(5 * MINUTES);
    const ended = await describeIt(asked);
    expect(ended).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 1 });
    const lines = await readExportLines(aws.buckets.open('exports'), ended.ExportManifest!);
    expect(lines).toEqual(['{"Item":{"pk":{"S":"a"}}}']);

    await untilGone('brief');
    await makeTable(aws.client, 'brief');
    expect(await list()).toBe(0);
    const anew = await ask({ TableArn: arn });
    expect(anew.TableId).not.toBe(asked.TableId);
    aws.clock.advance(5 * MINUTES);
    expect(await describeIt(anew)).toMatchObject({ ItemCount: 0 });
  });

  test('recovery switched off and on reaches back to then only', async () => {
    const TableArn = await makeTable(aws.client, 'switched');
    const earliest = async (): Promise<number> => {
      const answer = await aws.client.send(
        new DescribeContinuousBackupsCommand({ TableName: 'switched' }),
      );
      const pitr = answer.ContinuousBackupsDescription!.PointInTimeRecoveryDescription!;
      return pitr.EarliestRestorableDateTime!.getTime() / 1000;
    };
    const before = await earliest();
    await switchPitr(aws.client, 'switched', true);
    expect(await earliest()).toBe(before);
    await switchPitr(aws.client, 'switched', false);
    aws.clock.advance(10);
    await switchPitr(aws.client, 'switched', true);
    expect(await earliest()).toBe(aws.clock.seconds);
    await expect(
      ask({
        TableArn,
        ExportType: 'INCREMENTAL_EXPORT',
        IncrementalExportSpecification: { ExportFromTime: at(-900) },
      }),
    ).rejects.toMatchObject({ name: 'InvalidExportTimeException' });
  });

  test('lists are newest first, in pages', async () => {
    const arn = await makeTable(aws.client, 'listed');
    const made: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      made.unshift((await ask({ TableArn: arn })).ExportArn!);
      aws.clock.advance(1);
    }
    const found: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await aws.client.send(
        new ListExportsCommand({ TableArn: arn, MaxResults: 2, NextToken }),
      );
      found.push(...page.ExportSummaries!.map(({ ExportArn }) => ExportArn!));
      NextToken = page.NextToken;
    } while (NextToken !== undefined);
    expect(found).toEqual(made);
    await expect(aws.client.send(new ListExportsCommand({ MaxResults: 26 }))).rejects.toMatchObject(
      { name: 'ValidationException' },
    );
  });
});

test('an ARN names the Region of the request that made the table', async () => {
  const west = dynamoDbClient(aws.service.url, 'us-west-2');
  const arn = await makeTable(west, 'western');
  expect(arn).toBe('arn:aws:dynamodb:us-west-2:000000000000:table/western');
  west.destroy();
});

async function untilGone(tableName: string): Promise<void> {
  for (;;) {
    try {
      await aws.client.send(new DeleteTableCommand({ TableName: tableName }));
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return;
    }
  }
}

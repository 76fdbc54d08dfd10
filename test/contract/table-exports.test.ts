/** Owns the contract of the table exports port over the AWS SDK. */
import {
  DeleteTableCommand,
  DescribeExportCommand,
  PutItemCommand,
  type ExportDescription,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { addSeconds, instantOfSeconds, type Instant } from '../../src/core/instant.js';
import type {
  ExportDestination,
  ExportScope,
  TableExports,
} from '../../src/export/table-exports.js';
import {
  dynamoDbClient,
  makeTable,
  startTestDynamoDb,
  switchPitr,
  type TestDynamoDb,
} from '../support/local-aws.js';

let aws: TestDynamoDb;
let exports: TableExports;
let tableArn: string;
let tokens = 0;

beforeAll(async () => {
  aws = await startTestDynamoDb();
  aws.buckets.create('exports');
  exports = createDynamoDbTableExports({ client: aws.client });
  tableArn = await makeTable(aws.client, 'orders', {
    sortKey: { AttributeName: 'at', AttributeType: 'N' },
  });
});
afterAll(() => aws.close());

const now = (): Instant => instantOfSeconds(aws.clock.seconds);
const request = (scope: ExportScope, arn = tableArn): Promise<{ exportArn: string }> => {
  tokens += 1;
  const clientToken = `token-${tokens}`;
  return exports.requestExport({
    tableArn: arn,
    scope,
    bucket: 'exports',
    prefix: 'lake',
    clientToken,
  });
};
const window = (from: number, to: number): ExportScope => ({
  kind: 'incremental',
  window: { from: addSeconds(now(), from), to: addSeconds(now(), to) },
  view: 'NEW_AND_OLD_IMAGES',
});
const full = (seconds: number): ExportScope => ({
  kind: 'full',
  exportTime: addSeconds(now(), seconds),
});

describe('the destination', () => {
  const exportTo = async (destination: Partial<ExportDestination>): Promise<ExportDescription> => {
    aws.clock.advance(600);
    const { exportArn } = await exports.requestExport({
      tableArn,
      scope: full(-300),
      bucket: 'exports',
      prefix: 'far',
      clientToken: JSON.stringify(destination),
      ...destination,
    });
    aws.clock.advance(300);
    const command = new DescribeExportCommand({ ExportArn: exportArn });
    return (await aws.client.send(command)).ExportDescription!;
  };

  test('the owner of the bucket and the key of its objects are passed on', async () => {
    const bucketOwner = tableArn.split(':')[4]!;
    expect(await exportTo({ bucketOwner, kmsKeyId: 'alias/aws/s3' })).toMatchObject({
      ExportStatus: 'COMPLETED',
      S3BucketOwner: bucketOwner,
      S3SseAlgorithm: 'KMS',
      S3SseKmsKeyId: 'alias/aws/s3',
    });
  });

  test('another owner, or a key that is not there, fails the export', async () => {
    expect(await exportTo({ bucketOwner: '111111111111' })).toMatchObject({
      FailureCode: 'S3AccessDenied',
    });
    expect(await exportTo({ kmsKeyId: 'alias/none' })).toMatchObject({
      FailureCode: 'KmsNotFoundException',
    });
  });

  test('where neither is named, S3 has its own way', async () => {
    const described = await exportTo({});
    expect(described).toMatchObject({ ExportStatus: 'COMPLETED', S3SseAlgorithm: 'AES256' });
    expect(described).not.toHaveProperty('S3BucketOwner');
  });
});

describe('tables', () => {
  test('a table is known by its id and its keys', async () => {
    const identity = await exports.describeTable('orders');
    expect(identity).toMatchObject({ tableName: 'orders', tableArn, keyAttributes: ['pk', 'at'] });
    expect(identity.tableId).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  });

  test('one that is not there', async () => {
    const missing = { code: 'TableNotFound', retryable: false, subject: 'nothing' };
    await expect(exports.describeTable('nothing')).rejects.toMatchObject(missing);
    await expect(exports.describePitr('nothing')).rejects.toMatchObject(missing);
    await expect(exports.enablePitr('nothing')).rejects.toMatchObject(missing);
    const arn = tableArn.replace('orders', 'nothing');
    await expect(request(full(0), arn)).rejects.toMatchObject({ code: 'TableNotFound' });
  });

  test('recovery: off, on, on again', async () => {
    await makeTable(aws.client, 'switched', { pitr: false });
    expect(await exports.describePitr('switched')).toEqual({ enabled: false });
    await exports.enablePitr('switched');
    const enabledAt = now();
    expect(await exports.describePitr('switched')).toEqual({
      enabled: true,
      earliestRestorable: enabledAt,
      latestRestorable: enabledAt,
      recoveryPeriodDays: 35,
    });
    aws.clock.advance(600);
    await exports.enablePitr('switched');
    expect(await exports.describePitr('switched')).toEqual({
      enabled: true,
      earliestRestorable: enabledAt,
      latestRestorable: addSeconds(enabledAt, 300),
      recoveryPeriodDays: 35,
    });
  });

  test('recovery cannot be switched on while the table is being created', async () => {
    const slow = await startTestDynamoDb({ tableTransitionMs: 800 });
    const slowExports = createDynamoDbTableExports({ client: slow.client });
    const creating = makeTable(slow.client, 'slow', { pitr: false });
    creating.catch(() => undefined);
    const refusal = async (): Promise<unknown> => {
      for (;;) {
        const thrown = await slowExports.enablePitr('slow').catch((error: unknown) => error);
        if ((thrown as { code?: string }).code !== 'TableNotFound') return thrown;
      }
    };
    expect(await refusal()).toMatchObject({ code: 'NotYet', retryable: true });
    await slow.close();
  });
});

describe('refusals', () => {
  test('times that will come: ask again later', async () => {
    aws.clock.advance(3600);
    for (const scope of [full(60), full(-60), window(-900, 60)]) {
      await expect(request(scope)).rejects.toMatchObject({
        code: 'NotYet',
        retryable: true,
        subject: tableArn,
      });
    }
  });

  test('times before recovery: only a full export helps', async () => {
    for (const scope of [full(-86_400), window(-86_400, -60)]) {
      await expect(request(scope)).rejects.toMatchObject({
        code: 'WindowOutOfReach',
        retryable: false,
      });
    }
  });

  test('lengths that are not lawful', async () => {
    await expect(request(window(-899, 0))).rejects.toMatchObject({ code: 'InvalidWindow' });
    aws.clock.advance(90_000);
    await expect(request(window(-86_401, 0))).rejects.toMatchObject({ code: 'InvalidWindow' });
  });

  test('recovery switched off', async () => {
    const arn = await makeTable(aws.client, 'off');
    await switchPitr(aws.client, 'off', false);
    for (const scope of [full(-300), window(-900, 0)]) {
      await expect(request(scope, arn)).rejects.toMatchObject({ code: 'PitrUnavailable' });
    }
  });

  test('an export that is not there', async () => {
    const arn = `${tableArn}/export/01791506414432-3f2e5aa4`;
    await expect(exports.describeExport(arn)).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('nobody answers', async () => {
    const away = dynamoDbClient('http://127.0.0.1:1');
    const unreachable = { code: 'Unreachable', retryable: true };
    await expect(
      createDynamoDbTableExports({ client: away }).describeTable('orders'),
    ).rejects.toMatchObject(unreachable);
    away.destroy();
  });
});

describe('exports', () => {
  test('a full one and an incremental one, to their ends', async () => {
    await aws.client.send(
      new PutItemCommand({ TableName: 'orders', Item: { pk: { S: 'a' }, at: { N: '1' } } }),
    );
    aws.clock.advance(900);
    const asked = [await request(full(-300)), await request(window(-900, 0))];
    for (const { exportArn } of asked) {
      expect(await exports.describeExport(exportArn)).toEqual({ status: 'IN_PROGRESS' });
    }
    aws.clock.advance(300);
    for (const { exportArn } of asked) {
      const id = exportArn.split('/').pop()!;
      expect(await exports.describeExport(exportArn)).toMatchObject({
        status: 'COMPLETED',
        manifestKey: `lake/AWSDynamoDB/${id}/manifest-summary.json`,
        itemCount: 1,
      });
    }
  });

  test('the same token is the same export; a failure is told with its reason', async () => {
    const same = {
      tableArn,
      scope: window(-900, 0),
      bucket: 'nowhere',
      prefix: '',
      clientToken: 'same',
    };
    const { exportArn } = await exports.requestExport(same);
    expect(await exports.requestExport(same)).toEqual({ exportArn, hasFailed: false });
    await expect(exports.requestExport({ ...same, prefix: 'x' })).rejects.toMatchObject({
      code: 'TokenTaken',
      retryable: false,
    });
    aws.clock.advance(300);
    expect(await exports.describeExport(exportArn)).toMatchObject({
      status: 'FAILED',
      failureCode: 'S3NoSuchBucket',
    });
    expect(await exports.requestExport(same)).toEqual({ exportArn, hasFailed: true });
  });

  test('a table made again has another id', async () => {
    await makeTable(aws.client, 'again');
    const before = await exports.describeTable('again');
    await aws.client.send(new DeleteTableCommand({ TableName: 'again' }));
    for (;;) {
      const gone = await exports.describeTable('again').then(
        () => false,
        () => true,
      );
      if (gone) break;
    }
    await makeTable(aws.client, 'again');
    const after = await exports.describeTable('again');
    expect(after.tableArn).toBe(before.tableArn);
    expect(after.tableId).not.toBe(before.tableId);
  });
});

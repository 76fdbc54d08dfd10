/** Owns the contract of the local export service with AWS's SDK: names, words, progress. */
import {
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  type ExportDescription,
  type ExportTableToPointInTimeCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ErrorCode } from '../../src/core/errors.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import {
  failingBucket,
  makeTable,
  startTestDynamoDb,
  type TestDynamoDb,
} from '../support/local-aws.js';

const MINUTES = 60;
let aws: TestDynamoDb;
let tableArn: string;

beforeAll(async () => {
  aws = await startTestDynamoDb();
  aws.buckets.create('exports');
  tableArn = await makeTable(aws.client, 'orders');
});
afterAll(() => aws.close());

const at = (secondsFromNow: number): Date => new Date((aws.clock.seconds + secondsFromNow) * 1000);
const ask = async (
  input: Partial<ExportTableToPointInTimeCommandInput> = {},
): Promise<ExportDescription> => {
  const answer = await aws.client.send(
    new ExportTableToPointInTimeCommand({ TableArn: tableArn, S3Bucket: 'exports', ...input }),
  );
  return answer.ExportDescription!;
};
const askWindow = (from: number, to?: number): Promise<ExportDescription> =>
  ask({
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: {
      ExportFromTime: at(from),
      ...(to === undefined ? {} : { ExportToTime: at(to) }),
    },
  });
const describeIt = async ({ ExportArn }: ExportDescription): Promise<ExportDescription> => {
  const answer = await aws.client.send(new DescribeExportCommand({ ExportArn }));
  return answer.ExportDescription!;
};

describe('refusals', () => {
  test('what comes before recovery was switched on or after the present', async () => {
    await expect(ask({ ExportTime: at(-3600) })).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message: 'Export Time is invalid',
    });
    await expect(ask({ ExportTime: at(5) })).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message: 'Export Time is invalid',
    });
    await expect(askWindow(-3600, -1800)).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message: expect.stringMatching(
        /^Incremental export period from time cannot be less than the table creation time : \d{4}-/,
      ),
    });
    await expect(askWindow(0, 3600)).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message: expect.stringMatching(
        /^Incremental export period to time cannot be greater than the current time : \d{4}-/,
      ),
    });
  });

  test('a full export of the last five minutes, and windows too short or too long', async () => {
    aws.clock.advance(30 * MINUTES);
    await expect(ask({ ExportTime: at(-1) })).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message: 'Point in Time Recovery is not available for specified export time',
    });
    await expect(askWindow(-899)).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message:
        'Difference between export period from time and export period to time is less than 15 minutes',
    });
    aws.clock.advance(25 * 60 * MINUTES);
    await expect(askWindow(-86_401, 0)).rejects.toMatchObject({
      name: 'InvalidExportTimeException',
      message:
        'Difference between export period from time and export period to time is greater than 24 hours',
    });
    await expect(askWindow(-86_400, 0)).resolves.toMatchObject({ ExportStatus: 'IN_PROGRESS' });
    await expect(ask({ ExportTime: at(-5 * MINUTES) })).resolves.toMatchObject({
      ExportStatus: 'IN_PROGRESS',
    });
  });

  test('a table without recovery', async () => {
    const bare = await makeTable(aws.client, 'bare', { pitr: false });
    await expect(ask({ TableArn: bare })).rejects.toMatchObject({
      name: 'PointInTimeRecoveryUnavailableException',
      message: "Point in time recovery is not enabled for table 'bare'",
    });
    await expect(
      ask({
        TableArn: bare,
        ExportType: 'INCREMENTAL_EXPORT',
        IncrementalExportSpecification: { ExportFromTime: at(-900) },
      }),
    ).rejects.toMatchObject({ name: 'InvalidExportTimeException' });
  });

  test('tables and exports that are not there', async () => {
    const missing = tableArn.replace('orders', 'nothing');
    await expect(ask({ TableArn: missing })).rejects.toMatchObject({
      name: 'TableNotFoundException',
      message: `Table not found: ${missing}`,
    });
    const elsewhere = tableArn.replace('us-east-1', 'eu-west-1');
    await expect(ask({ TableArn: elsewhere })).rejects.toMatchObject({
      name: 'TableNotFoundException',
    });
    const foreign = tableArn.replace('000000000000', '111111111111');
    await expect(ask({ TableArn: foreign })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(
      aws.client.send(new DescribeContinuousBackupsCommand({ TableName: 'nothing' })),
    ).rejects.toMatchObject({
      name: 'TableNotFoundException',
      message: 'Table not found: nothing',
    });
    await expect(
      aws.client.send(
        new DescribeExportCommand({ ExportArn: `${tableArn}/export/01791506414432-3f2e5aa4` }),
      ),
    ).rejects.toMatchObject({ name: 'ExportNotFoundException' });
    await expect(
      aws.client.send(new DescribeExportCommand({ ExportArn: `${tableArn}-of-no-export-at-all` })),
    ).rejects.toMatchObject({ name: 'ValidationException', message: 'Invalid Export ARN' });
  });

  test.each<[string, Partial<ExportTableToPointInTimeCommandInput>, RegExp]>([
    ['a bare table name', { TableArn: 'orders' }, /tableArn is not a valid ARN/],
    ['a bucket ARN', { S3Bucket: 'arn:aws:s3:::exports' }, /'s3Bucket' failed to satisfy/],
    ['a format nobody knows', { ExportFormat: 'CSV' as 'ION' }, /\[ION, DYNAMODB_JSON\]/],
    ['ION, which is not made here', { ExportFormat: 'ION' }, /ION is not supported here/],
    [
      'a specification without its type',
      { IncrementalExportSpecification: {} },
      /Export Type expected to be Incremental Export/,
    ],
    [
      'the type without its specification',
      { ExportType: 'INCREMENTAL_EXPORT' },
      /Incremental Export Specification expected/,
    ],
    [
      'a window without a beginning',
      { ExportType: 'INCREMENTAL_EXPORT', IncrementalExportSpecification: {} },
      /ExportFromTime must be provided/,
    ],
    [
      'a view of the wrong number',
      {
        ExportType: 'INCREMENTAL_EXPORT',
        IncrementalExportSpecification: {
          ExportFromTime: new Date(0),
          ExportViewType: 'NEW_IMAGES' as 'NEW_IMAGE',
        },
      },
      /'incrementalExportSpecification.exportViewType'/,
    ],
    ['a key without KMS', { S3SseKmsKeyId: 'key' }, /KMS Key Id is not supported/],
  ])('%s', async (_, input, message) => {
    await expect(ask(input)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringMatching(message),
    });
  });

  test('an operation that is not there', async () => {
    const answer = await fetch(aws.service.url, {
      method: 'POST',
      headers: { 'x-amz-target': 'DynamoDB_20120810.ImportTable', authorization: 'AWS4-HMAC' },
      body: '{}',
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      __type: 'com.amazon.coral.service#UnknownOperationException',
    });
  });
});

describe('client tokens', () => {
  const token = { ClientToken: 'token-of-an-hour' };

  test('the same request is the same export, another one a conflict, later a new export', async () => {
    const [first, twin] = await Promise.all([ask(token), ask(token)]);
    expect(twin.ExportArn).toBe(first.ExportArn);
    await expect(ask({ ...token, S3Prefix: 'other' })).rejects.toMatchObject({
      name: 'ExportConflictException',
      message: 'Export conflict: Duplicate request detected with conflicting parameters',
    });
    aws.clock.advance(8 * 60 * MINUTES + 1);
    expect((await ask(token)).ExportArn).not.toBe(first.ExportArn);
    expect((await ask()).ExportArn).not.toBe((await ask()).ExportArn);
  });

  test('a failed export keeps its token', async () => {
    const failing = { S3Bucket: 'nowhere', ClientToken: 'failing' };
    const asked = await ask(failing);
    aws.clock.advance(5 * MINUTES);
    expect((await describeIt(asked)).ExportStatus).toBe('FAILED');
    expect((await ask(failing)).ExportArn).toBe(asked.ExportArn);
  });
});

describe('progress', () => {
  test('a full export: what is told of it, from its request to its end', async () => {
    const asked = await ask({ ClientToken: 'told', S3Prefix: 'a/b' });
    expect(asked).toMatchObject({
      ExportStatus: 'IN_PROGRESS',
      ExportFormat: 'DYNAMODB_JSON',
      S3SseAlgorithm: 'AES256',
      S3Bucket: 'exports',
      S3Prefix: 'a/b',
      ClientToken: 'told',
      TableArn: tableArn,
    });
    expect(asked.ExportTime).toEqual(asked.StartTime);
    expect(asked.ExportArn).toMatch(/:table\/orders\/export\/\d{14}-[0-9a-f]{8}$/);
    aws.clock.advance(5 * MINUTES - 1);
    expect((await describeIt(asked)).ExportStatus).toBe('IN_PROGRESS');
    aws.clock.advance(1);
    const ended = await describeIt(asked);
    expect(ended).toMatchObject({ ExportStatus: 'COMPLETED', ItemCount: 0, BilledSizeBytes: 0 });
    expect(ended.ExportType).toBeUndefined();
    expect(ended.ExportManifest).toBe(
      `a/b/AWSDynamoDB/${asked.ExportArn!.split('/').pop()!}/manifest-summary.json`,
    );
  });

  test('an idle window is billed ten megabytes', async () => {
    const asked = await askWindow(-900);
    aws.clock.advance(5 * MINUTES);
    expect(await describeIt(asked)).toMatchObject({
      ExportType: 'INCREMENTAL_EXPORT',
      ItemCount: 0,
      BilledSizeBytes: 10_000_000,
      IncrementalExportSpecification: { ExportViewType: 'NEW_AND_OLD_IMAGES' },
    });
  });

  test.each<[string, Partial<ExportTableToPointInTimeCommandInput>, string]>([
    ['no such bucket', { S3Bucket: 'nowhere' }, 'S3NoSuchBucket'],
    ["somebody else's bucket", { S3BucketOwner: '111111111111' }, 'S3AccessDenied'],
    [
      'no such key',
      { S3SseAlgorithm: 'KMS', S3SseKmsKeyId: 'arn:aws:kms:us-east-1:0:key/none' },
      'KmsNotFoundException',
    ],
  ])('%s: accepted, then FAILED', async (_, input, FailureCode) => {
    const asked = await ask(input);
    expect(asked.ExportStatus).toBe('IN_PROGRESS');
    aws.clock.advance(5 * MINUTES);
    const ended = await describeIt(asked);
    expect(ended).toMatchObject({ ExportStatus: 'FAILED', FailureCode });
    expect(ended.FailureMessage).not.toBe('');
  });

  test('a bucket that denies fails the export; one that is away for a while only delays it', async () => {
    const usual = aws.buckets.open;
    const deny = failingBucket('exports', ErrorCode.AccessDenied);
    const away = failingBucket('exports', ErrorCode.Unreachable, true);
    let bucket = (): ObjectStore => deny;
    const other = await startTestDynamoDb({ clock: aws.clock, openBucket: () => bucket() });
    try {
      const arn = await makeTable(other.client, 'orders');
      const run = async (): Promise<ExportDescription> => {
        const { ExportDescription } = await other.client.send(
          new ExportTableToPointInTimeCommand({ TableArn: arn, S3Bucket: 'exports' }),
        );
        aws.clock.advance(5 * MINUTES);
        return tell(ExportDescription!);
      };
      const tell = async ({ ExportArn }: ExportDescription): Promise<ExportDescription> =>
        (await other.client.send(new DescribeExportCommand({ ExportArn }))).ExportDescription!;
      expect(await run()).toMatchObject({ FailureCode: 'S3AccessDenied' });
      bucket = () => away;
      const delayed = await run();
      expect(delayed.ExportStatus).toBe('IN_PROGRESS');
      bucket = () => usual('exports');
      expect((await tell(delayed)).ExportStatus).toBe('COMPLETED');
    } finally {
      await other.close();
    }
  });

  test('more than 300 at once are too many', async () => {
    aws.clock.advance(5 * MINUTES);
    for (let batch = 0; batch < 10; batch += 1) {
      await Promise.all(Array.from({ length: 30 }, () => ask()));
    }
    await expect(ask()).rejects.toMatchObject({ name: 'LimitExceededException' });
    aws.clock.advance(5 * MINUTES);
    await expect(ask()).resolves.toMatchObject({ ExportStatus: 'IN_PROGRESS' });
  });
});

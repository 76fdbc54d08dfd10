/** Owns the port to DynamoDB's exports over the AWS SDK. */
import {
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  DescribeTableCommand,
  ExportTableToPointInTimeCommand,
  ListExportsCommand,
  UpdateContinuousBackupsCommand,
  type DynamoDBClient,
  type ExportDescription,
  type ExportTableToPointInTimeCommandInput,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import { instantOfMillis, secondsOf, type Instant } from '../../core/instant.js';
import {
  exportedWindow,
  type ExportRequest,
  type ExportStatus,
  type PitrState,
  type TableExports,
  type TableIdentity,
} from '../../export/table-exports.js';
import { refusedTime, tidemarkErrorOf } from './dynamodb-errors.js';

/** By so few calls no limit of the service is met: it takes some dozen in a burst. */
const MEASURED_EXPORTS = 8;

/** Every failure is a `TidemarkError`, as the port says. */
export function createDynamoDbTableExports({
  client,
}: {
  readonly client: DynamoDBClient;
}): TableExports {
  const describePitr = (tableName: string): Promise<PitrState> =>
    told(tableName, async () => {
      const command = new DescribeContinuousBackupsCommand({ TableName: tableName });
      const { ContinuousBackupsDescription } = await client.send(command);
      const pitr = ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
      const { EarliestRestorableDateTime, LatestRestorableDateTime, RecoveryPeriodInDays } =
        pitr ?? {};
      if (pitr?.PointInTimeRecoveryStatus !== 'ENABLED') return { enabled: false };
      if (EarliestRestorableDateTime === undefined || LatestRestorableDateTime === undefined) {
        throw notYet(tableName, 'Point-in-time recovery has just been switched on.');
      }
      return {
        enabled: true,
        earliestRestorable: roundedUp(EarliestRestorableDateTime),
        latestRestorable: instantOfMillis(LatestRestorableDateTime.getTime()),
        ...(RecoveryPeriodInDays === undefined ? {} : { recoveryPeriodDays: RecoveryPeriodInDays }),
      };
    });

  return {
    describeTable: (tableName) =>
      told(tableName, async () => {
        const command = new DescribeTableCommand({ TableName: tableName });
        const { Table } = await client.send(command);
        return identityOf(tableName, Table);
      }),
    describePitr,
    enablePitr: (tableName) =>
      told(tableName, async () => {
        await client.send(
          new UpdateContinuousBackupsCommand({
            TableName: tableName,
            PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          }),
        );
      }),
    requestExport: async (request) => {
      try {
        const { ExportDescription } = await client.send(exportCommand(request));
        return {
          exportArn: present(ExportDescription?.ExportArn, request.tableArn, 'ExportArn'),
          hasFailed: ExportDescription?.ExportStatus === 'FAILED',
        };
      } catch (thrown) {
        if ((thrown as Error).name !== 'InvalidExportTimeException') {
          throw tidemarkErrorOf(thrown, request.tableArn);
        }
        // The same words stand for several reasons; the recovery's reach tells which it is.
        const pitr = await describePitr(request.tableArn.replace(/^.*:table\//, ''));
        throw refusedTime(thrown as Error, request, pitr);
      }
    },
    describeExport: (exportArn) =>
      told(exportArn, async () => {
        const command = new DescribeExportCommand({ ExportArn: exportArn });
        const { ExportDescription } = await client.send(command);
        return statusOf(exportArn, ExportDescription);
      }),
    recentExportSeconds: (tableArn) => told(tableArn, () => recentExportSeconds(client, tableArn)),
  };
}

/** Of the newest incremental exports that are complete, how long each took. */
async function recentExportSeconds(
  client: DynamoDBClient,
  tableArn: string,
): Promise<readonly number[]> {
  const command = new ListExportsCommand({ TableArn: tableArn, MaxResults: 25 });
  const { ExportSummaries = [] } = await client.send(command);
  const ended = ExportSummaries.filter(
    ({ ExportStatus, ExportType }) =>
      ExportStatus === 'COMPLETED' && ExportType === 'INCREMENTAL_EXPORT',
  ).slice(0, MEASURED_EXPORTS);
  const seconds: number[] = [];
  for (const { ExportArn } of ended) {
    const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn }));
    const { exportSeconds } = lengthOf(ExportDescription ?? {});
    if (exportSeconds !== undefined) seconds.push(exportSeconds);
  }
  return seconds;
}

function identityOf(tableName: string, table: TableDescription | undefined): TableIdentity {
  const keys = [...(table?.KeySchema ?? [])].sort((left) => (left.KeyType === 'HASH' ? -1 : 1));
  return {
    tableName: present(table?.TableName, tableName, 'TableName'),
    tableArn: present(table?.TableArn, tableName, 'TableArn'),
    tableId: present(table?.TableId, tableName, 'TableId'),
    keyAttributes: keys.map((key) => present(key.AttributeName, tableName, 'AttributeName')),
  };
}

/** Where there is no room the SDK does not ask again: there is none for minutes. */
function exportCommand(request: ExportRequest): ExportTableToPointInTimeCommand {
  const command = new ExportTableToPointInTimeCommand(inputOf(request));
  command.middlewareStack.add(
    (next) => (call) =>
      next(call).catch((thrown: unknown) => {
        const error = tidemarkErrorOf(thrown, request.tableArn);
        throw error.code === ErrorCode.NoRoom ? error : thrown;
      }),
    // Within the SDK's retries, which stop at an error that is not the service's.
    { step: 'finalizeRequest', priority: 'low', name: 'noRoom' },
  );
  return command;
}

function inputOf(request: ExportRequest): ExportTableToPointInTimeCommandInput {
  const { scope, bucketOwner, kmsKeyId } = request;
  const common = {
    TableArn: request.tableArn,
    S3Bucket: request.bucket,
    ...(bucketOwner === undefined ? {} : { S3BucketOwner: bucketOwner }),
    ...(kmsKeyId === undefined ? {} : { S3SseAlgorithm: 'KMS' as const, S3SseKmsKeyId: kmsKeyId }),
    ...(request.prefix === '' ? {} : { S3Prefix: request.prefix }),
    ClientToken: request.clientToken,
    ExportFormat: 'DYNAMODB_JSON',
  } as const;
  if (scope.kind === 'full') {
    return { ...common, ExportType: 'FULL_EXPORT', ExportTime: dateOf(scope.exportTime) };
  }
  const { from, to } = exportedWindow(scope);
  return {
    ...common,
    ExportType: 'INCREMENTAL_EXPORT',
    IncrementalExportSpecification: {
      ExportFromTime: dateOf(from),
      ExportToTime: dateOf(to),
      ExportViewType: scope.view,
    },
  };
}

function statusOf(exportArn: string, description: ExportDescription | undefined): ExportStatus {
  switch (description?.ExportStatus) {
    case 'COMPLETED':
      return {
        status: 'COMPLETED',
        manifestKey: present(description.ExportManifest, exportArn, 'ExportManifest'),
        itemCount: present(description.ItemCount, exportArn, 'ItemCount'),
        billedSizeBytes: present(description.BilledSizeBytes, exportArn, 'BilledSizeBytes'),
        ...lengthOf(description),
      };
    case 'FAILED':
      return {
        status: 'FAILED',
        failureCode: description.FailureCode ?? 'Unknown',
        failureMessage: description.FailureMessage ?? '',
      };
    case 'IN_PROGRESS':
    case undefined:
      return { status: 'IN_PROGRESS' };
  }
}

function lengthOf({ StartTime, EndTime }: ExportDescription): { readonly exportSeconds?: number } {
  if (StartTime === undefined || EndTime === undefined) return {};
  return { exportSeconds: Math.max(1, (EndTime.getTime() - StartTime.getTime()) / 1000) };
}

/** The service's errors as ours. */
async function told<T>(subject: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (thrown) {
    throw tidemarkErrorOf(thrown, subject);
  }
}

/** The model marks as optional what the service always sends. */
function present<T>(value: T | undefined, subject: string, member: string): T {
  if (value !== undefined) return value;
  throw notYet(subject, `DynamoDB's answer about ${subject} has no ${member}.`);
}

function notYet(subject: string, message: string): TidemarkError {
  return new TidemarkError(message, { code: ErrorCode.NotYet, subject, retryable: true });
}

function dateOf(instant: Instant): Date {
  return new Date(secondsOf(instant) * 1000);
}

/** To the first whole second that is within reach. */
function roundedUp(time: Date): Instant {
  return instantOfMillis(Math.ceil(time.getTime() / 1000) * 1000);
}

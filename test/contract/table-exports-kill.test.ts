/** Owns the promise that kill -9 loses no answered write and no export. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeExportCommand,
  ExportTableToPointInTimeCommand,
  TransactWriteItemsCommand,
  type DynamoDBClient,
  type ExportDescription,
  type ExportTableToPointInTimeCommandInput,
} from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import type { Item } from '../../src/export/attribute-value.js';
import { startLocalAws } from '../../src/local/local-aws.js';
import { fastProfile } from '../../src/local/service-profile.js';
import { dynamoDbClient, makeTable, readExportLines, scanAll } from '../support/local-aws.js';
import { runTypeScript } from '../support/run-typescript.js';

const TABLE = 'orders';
/** Two-second windows, one-second exports: quick, and still on the machine's own clock. */
const PACE = 0.1;

test('kill -9 under load: what was answered is there, and exports go on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-kill-'));
  const { child, firstLine } = runTypeScript(`
    import { startLocalAws } from './src/local/local-aws.ts';
    import { fastProfile } from './src/local/service-profile.ts';
    const aws = await startLocalAws({ directory: ${JSON.stringify(directory)}, dynamodbPort: 0,
      s3Port: 0, tableTransitionMs: 0, profile: fastProfile(${PACE}) });
    aws.createBucket('exports');
    console.log(aws.dynamodbUrl);
    setInterval(() => undefined, 1000);
  `);
  const doomed = dynamoDbClient(await firstLine);
  const tableArn = await makeTable(doomed, TABLE);
  const load = writeUntilRefused(doomed);
  const baseTime = await restorableTime(doomed);
  const full = await ask(doomed, { TableArn: tableArn, ExportTime: baseTime });
  await delay(300);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  const answered = await load;
  doomed.destroy();

  const aws = await startLocalAws({
    directory,
    dynamodbPort: 0,
    s3Port: 0,
    tableTransitionMs: 0,
    profile: fastProfile(PACE),
  });
  const client = dynamoDbClient(aws.dynamodbUrl);
  const s3 = s3Client(aws.s3Url);
  try {
    const scanned = (await scanAll(client, TABLE)) as Item[];
    const found = new Map(scanned.map((item) => [nameOf(item), versionOf(item)]));
    expect(answered.size).toBeGreaterThan(0);
    for (const [name, version] of answered) {
      expect(found.get(name)).toBeGreaterThanOrEqual(version);
      expect(found.get(`twin ${name}`)).toBe(found.get(name));
    }

    await delay(2_000);
    const changes = await ask(client, {
      TableArn: tableArn,
      ExportType: 'INCREMENTAL_EXPORT',
      IncrementalExportSpecification: { ExportFromTime: baseTime },
    });
    const bucket = createS3ObjectStore({ client: s3, bucket: 'exports' });
    const table = new Map<string, Item>();
    for (const line of await readExportLines(bucket, await manifestOf(client, full))) {
      const { Item: item } = JSON.parse(line) as { Item: Item };
      table.set(nameOf(item), item);
    }
    for (const line of await readExportLines(bucket, await manifestOf(client, changes))) {
      const { NewImage } = JSON.parse(line) as { NewImage: Item };
      table.set(nameOf(NewImage), NewImage);
    }
    const byName = new Map(scanned.map((item) => [nameOf(item), item]));
    expect(table).toEqual(byName);
  } finally {
    client.destroy();
    s3.destroy();
    await aws.close();
    await rm(directory, { recursive: true, force: true });
  }
});

/** Eight writers put pairs until the service is gone; the last version answered, by item. */
async function writeUntilRefused(client: DynamoDBClient): Promise<Map<string, number>> {
  const answered = new Map<string, number>();
  const writer = async (name: string): Promise<void> => {
    for (let version = 1; ; version += 1) {
      const v = { N: String(version) };
      try {
        await client.send(
          new TransactWriteItemsCommand({
            TransactItems: [
              { Put: { TableName: TABLE, Item: { pk: { S: name }, v } } },
              { Put: { TableName: TABLE, Item: { pk: { S: `twin ${name}` }, v } } },
            ],
          }),
        );
      } catch {
        return;
      }
      answered.set(name, version);
    }
  };
  await Promise.all(Array.from({ length: 8 }, (_, index) => writer(`writer-${index}`)));
  return answered;
}

/** The first second after recovery was switched on that can be exported in full. */
async function restorableTime(client: DynamoDBClient): Promise<Date> {
  for (;;) {
    const answer = await client.send(new DescribeContinuousBackupsCommand({ TableName: TABLE }));
    const pitr = answer.ContinuousBackupsDescription!.PointInTimeRecoveryDescription!;
    const latest = pitr.LatestRestorableDateTime!;
    if (latest > pitr.EarliestRestorableDateTime!) return latest;
    await delay(50);
  }
}

async function ask(
  client: DynamoDBClient,
  input: Omit<ExportTableToPointInTimeCommandInput, 'S3Bucket'>,
): Promise<ExportDescription> {
  const command = new ExportTableToPointInTimeCommand({ ...input, S3Bucket: 'exports' });
  return (await client.send(command)).ExportDescription!;
}

async function manifestOf(
  client: DynamoDBClient,
  { ExportArn }: ExportDescription,
): Promise<string> {
  for (;;) {
    const { ExportDescription } = await client.send(new DescribeExportCommand({ ExportArn }));
    if (ExportDescription!.ExportStatus !== 'IN_PROGRESS') {
      return ExportDescription!.ExportManifest!;
    }
    await delay(100);
  }
}

function s3Client(endpoint: string): S3Client {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  return new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
}

function nameOf(item: Item): string {
  return (item['pk'] as { S: string }).S;
}

function versionOf(item: Item): number {
  return Number((item['v'] as { N: string }).N);
}

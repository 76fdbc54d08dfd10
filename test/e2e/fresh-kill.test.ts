/** Owns that a worker killed at any moment, with several exports under way, spoils no state of the lake. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DescribeExportCommand,
  paginateListExports,
  type DynamoDBClient,
  type ExportDescription,
} from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localAwsEnvironment } from '../../src/cli/stack-file.js';
import { createS3ObjectStore } from '../../src/connectors/s3/s3-object-store.js';
import { instantOfMillis } from '../../src/core/instant.js';
import { AWS_LIMITS, scaledLimits } from '../../src/core/service-limits.js';
import { startLocalAws, type LocalAws } from '../../src/local/local-aws.js';
import { fastProfile } from '../../src/local/service-profile.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import { startDagServer, type DagServer } from '../support/dag-server.js';
import { KillableWorker } from '../support/kill-worker.js';
import { dynamoDbClient, makeTable } from '../support/local-aws.js';
import { lakeItems, randomOf } from '../support/modelled-table.js';
import { BUCKET, startSync } from '../support/sync-world.js';
import { WrittenTable } from '../support/written-table.js';

const TABLE = 'orders';
const KILLS = 4;
const SEED = Number(process.env['SEED'] ?? 20261201);
/** A minute is a second: exports take seven, so that two or three are under way for a freshness of ten. */
const PACE = 1;

let server: DagServer;
let aws: LocalAws;
let client: DynamoDBClient;
let s3: S3Client;
beforeAll(async () => {
  server = await startDagServer();
  aws = await startLocalAws({
    directory: join(server.directory, 'aws'),
    dynamodbPort: 0,
    s3Port: 0,
    tableTransitionMs: 0,
    profile: { ...fastProfile(PACE), exportSeconds: 7 },
  });
  aws.createBucket(BUCKET);
  client = dynamoDbClient(aws.dynamodbUrl);
  s3 = new S3Client({
    endpoint: aws.s3Url,
    region: aws.region,
    forcePathStyle: true,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
}, 300_000);
afterAll(async () => {
  client.destroy();
  s3.destroy();
  await aws.close();
  await server.stop();
});

test(`${KILLS} kills during freshness: '10m', seed ${SEED}`, async () => {
  const random = randomOf(SEED);
  await makeTable(client, TABLE);
  const table = new WrittenTable(client, TABLE);
  const done = new AbortController();
  const writing = table.write(done.signal);
  const start = (): KillableWorker =>
    KillableWorker.startForTables(server, localAwsEnvironment(aws), server.directory);
  let worker = start();
  try {
    const handle = await startSync(server.access, {
      tableName: TABLE,
      limits: scaledLimits(AWS_LIMITS, PACE),
      windowSeconds: 15,
      freshnessSeconds: 10,
      pollSeconds: 1,
    });
    const windows = async (): Promise<number> =>
      (await handle.query<TableSyncStatus>('status')).totals.windows;
    const commits = async (more: number): Promise<void> => {
      const before = await windows();
      while ((await windows()) < before + more) await delay(500);
    };
    await worker.ready;
    await commits(2);
    const inFlight: number[] = [];
    for (let kill = 0; kill < KILLS; kill++) {
      // At work again: what the dead one had in hand is given up after seconds.
      await commits(1);
      await delay(random(6_000));
      inFlight.push((await exportsOf(client)).filter(isInProgress).length);
      await worker.kill();
      worker = start();
      await worker.ready;
    }
    await commits(3);
    done.abort();
    await writing;
    await handle.signal('stop');
    const { watermark, ended } = (await handle.result()) as { watermark: string; ended?: unknown };
    expect(ended).toBeUndefined();

    const exports = await exportsOf(client);
    const ends = exports.flatMap(({ IncrementalExportSpecification: scope }) =>
      scope?.ExportToTime === undefined ? [] : [instantOfMillis(scope.ExportToTime.getTime())],
    );
    // A second export of a window would have the same end.
    expect(new Set(ends).size).toBe(ends.length);
    const loaded = ends.filter((end) => end <= watermark);
    process.stdout.write(
      `killed with ${inFlight.join(', ')} in flight; ${loaded.length} windows loaded, ${exports.length} exports\n`,
    );
    const lake = createS3ObjectStore({ client: s3, bucket: BUCKET });
    const wrong = [];
    for (const at of loaded) {
      wrong.push(
        ...table.wrongAt(at, await lakeItems(lake, TABLE, { at })).map((what) => `${at}: ${what}`),
      );
    }
    expect(wrong).toEqual([]);
    // Nor would anything do: the state of a window is not that of the next.
    const [last, ...earlier] = loaded;
    const newest = await lakeItems(lake, TABLE, { at: last! });
    for (const at of earlier) expect(table.wrongAt(at, newest)).not.toEqual([]);
  } finally {
    done.abort();
    await worker.kill();
  }
}, 600_000);

function isInProgress({ ExportStatus }: ExportDescription): boolean {
  return ExportStatus === 'IN_PROGRESS';
}

/** Every export of the table there was. */
async function exportsOf(dynamodb: DynamoDBClient): Promise<ExportDescription[]> {
  const exports: ExportDescription[] = [];
  for await (const { ExportSummaries = [] } of paginateListExports({ client: dynamodb }, {})) {
    for (const { ExportArn } of ExportSummaries) {
      const { ExportDescription } = await dynamodb.send(new DescribeExportCommand({ ExportArn }));
      exports.push(ExportDescription!);
    }
  }
  return exports;
}

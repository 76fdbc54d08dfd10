/** Owns a whole world for the sync in tests: the time-skipping server, and a local AWS on its time. */
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle, WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  bundleWorkflowCode,
  Worker,
  type ActivityInterceptorsFactory,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { instantOfMillis } from '../../src/core/instant.js';
import { AWS_LIMITS } from '../../src/core/service-limits.js';
import type { DynamoDbFaults } from '../../src/local/dynamodb/dynamodb-faults.js';
import { AWS_PROFILE, type ServiceProfile } from '../../src/local/service-profile.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { workflowIdOf, type TableSyncInput } from '../../src/sync/table-sync-input.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import { workflowsPath } from '../../src/temporal/workflow-source.js';
import { tableSync } from '../../workflows/table-sync.js';
import { quietLogger, quietRuntime } from './quiet-runtime.js';
import { startTestDynamoDb, VirtualClock, type TestDynamoDb } from './local-aws.js';
import { startTimeSkippingServer } from './time-skipping-server.js';

export const REGION = 'us-east-1';
export const BUCKET = 'lake-bucket';
export const TASK_QUEUE = 'test';

/** Called before each activity, with the local AWS's clock at the server's time. */
export type BeforeActivity = (name: string, args: readonly unknown[]) => Promise<void>;

/** What a test may change while its world is there. */
export interface WorldHook {
  call?: BeforeActivity;
  /** How far AWS's clock is ahead of the workers' and the server's; behind where it is negative. */
  skewSeconds?: number;
}

export interface SyncWorld {
  readonly env: TestWorkflowEnvironment;
  readonly dynamo: TestDynamoDb;
  readonly ports: ActivityPorts;
  /** Brings the local AWS's clock to the server's time, as each activity does. */
  catchUp(): Promise<void>;
  /** Runs `test` with a worker serving the world. */
  withWorker<Result>(test: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

let bundle: Promise<WorkflowBundle> | undefined;

/** Made once a process: it takes longer than most of what a test lives through. */
export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({ workflowsPath: workflowsPath(), logger: quietLogger });
  return bundle;
}

/** Starts it; `before` may write to the table in the server's time. */
export async function startSyncWorld(
  before: WorldHook = {},
  faults: DynamoDbFaults = {},
  profile: ServiceProfile = AWS_PROFILE,
): Promise<SyncWorld> {
  quietRuntime();
  const env = await startTimeSkippingServer();
  const clock = new VirtualClock(new Date(await env.currentTimeMs()).toISOString());
  const dynamo = await startTestDynamoDb({ clock, faults, profile });
  dynamo.buckets.create(BUCKET);
  const ports: ActivityPorts = {
    tableExports: () => createDynamoDbTableExports({ client: dynamo.client }),
    objectStore: (_region, bucket) => dynamo.buckets.open(bucket),
    openCatalog: restCatalogs({}),
    now: () => instantOfMillis(Number(clock.nowMicros() / 1000n) - skewMs(before)),
  };
  return {
    env,
    dynamo,
    ports,
    catchUp: async () => {
      setForward(clock, (await env.currentTimeMs()) + skewMs(before));
    },
    withWorker: async (test) => {
      const worker = await Worker.create({
        connection: env.nativeConnection,
        taskQueue: TASK_QUEUE,
        workflowBundle: await workflowBundle(),
        activities: createTableActivities(ports),
        interceptors: {
          activity: [() => ({ inbound: failureInterceptor() }), onServerTime(clock, before)],
        },
      });
      return worker.runUntil(test);
    },
    close: async () => {
      await dynamo.close();
      await env.teardown();
    },
  };
}

/** The local AWS lives in the test server's skipped time: each activity brings it along. */
function onServerTime(clock: VirtualClock, before: WorldHook): ActivityInterceptorsFactory {
  return () => ({
    inbound: {
      execute: async (input, next) => {
        const { currentAttemptScheduledTimestampMs: nowMs, activityType } = Context.current().info;
        await before.call?.(activityType, input.args);
        setForward(clock, nowMs + skewMs(before));
        return next(input);
      },
    },
  });
}

function skewMs({ skewSeconds = 0 }: WorldHook): number {
  return skewSeconds * 1000;
}

function setForward(clock: VirtualClock, nowMs: number): void {
  const nowMicros = BigInt(nowMs) * 1000n;
  if (nowMicros > clock.nowMicros()) clock.set(nowMicros);
}

/**
 * Stops a sync and waits for its end. Not by `result()`: that lets the server skip time, and while
 * the worker has the last task in hand it would skip to the workflow's time limit, years ahead.
 */
export async function stopSync(handle: WorkflowHandle): Promise<void> {
  await handle.signal('stop');
  while ((await handle.describe()).status.name === 'RUNNING') await delay(10);
}

/** Starts the sync of a table, by the name that users start it under. */
export async function startSync(
  { client }: Pick<TestWorkflowEnvironment, 'client'>,
  overrides: Partial<TableSyncInput> = {},
): Promise<WorkflowHandleWithFirstExecutionRunId<typeof tableSync>> {
  const input = syncInput(overrides);
  return await client.workflow.start(tableSync, {
    workflowId: workflowIdOf(input.region, input.tableName),
    taskQueue: TASK_QUEUE,
    args: [input],
  });
}

/** In steps: a call to the test server that lasts for minutes is dropped for its pings, and repeated. */
export async function letPass(env: TestWorkflowEnvironment, hours: number): Promise<void> {
  for (let left = hours; left > 0; left -= 6) await env.sleep(`${Math.min(6, left)} hours`);
}

/** A sync's input on AWS's limits; small waits, since the time is skipped anyway. */
export function syncInput(overrides: Partial<TableSyncInput> = {}): TableSyncInput {
  return {
    region: REGION,
    tableName: 'orders',
    exportBucket: BUCKET,
    exportPrefix: 'exports',
    lakeBucket: BUCKET,
    lakePrefix: 'lake',
    lakeFormat: 'iceberg',
    view: 'NEW_AND_OLD_IMAGES',
    windowSeconds: 900,
    limits: AWS_LIMITS,
    pollSeconds: 60,
    batchBytes: 64 * 1024 * 1024,
    batchConcurrency: 2,
    ...overrides,
  };
}

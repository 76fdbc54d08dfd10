/** Owns the asset board on the time-skipping server: who hears of updates, by tasks and by table syncs. */
import { fileURLToPath } from 'node:url';
import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { getClient } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { tellAssets } from '../../activities/dag/tell-assets.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import type { Instant } from '../../src/core/instant.js';
import type { AssetBoardView, AssetUpdate } from '../../src/scheduling/asset-messages.js';
import {
  ASSET_BOARD_ID,
  AssetMessage,
  dagTaskQueueOf,
  schedulerIdOf,
} from '../../src/scheduling/dag-names.js';
import { workflowIdOf } from '../../src/sync/table-sync-input.js';
import { followAssets, seeAssetBoard } from '../../src/temporal/asset-board.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import { assetBoardViewQuery, type dagAssetBoard } from '../../workflows/dag-asset-board.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { makeTable } from '../support/local-aws.js';
import { quietLogger } from '../support/quiet-runtime.js';
import { replayRuns } from '../support/replay-runs.js';
import {
  REGION,
  startSyncWorld,
  stopSync,
  syncInput,
  TASK_QUEUE,
  type SyncWorld,
} from '../support/sync-world.js';
import { until } from '../support/until.js';
import { runsOf } from '../support/workflow-runs.js';
import { endSignal, heardQuery, type assetFollower } from './fixtures/asset-follower.js';

type Follower = WorkflowHandle<typeof assetFollower>;

let world: SyncWorld;
let workflowBundle: WorkflowBundle;
// One worker of each queue for all tests: the test server waits long for one that went away.
let workers: readonly Worker[];
let running: Promise<unknown>;
beforeAll(async () => {
  world = await startSyncWorld();
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('fixtures/asset-follower.ts', import.meta.url)),
    logger: quietLogger,
  });
  const shared = { connection: world.env.nativeConnection, workflowBundle };
  workers = await Promise.all([
    Worker.create({ ...shared, taskQueue: dagTaskQueueOf(TASK_QUEUE) }),
    Worker.create({
      ...shared,
      taskQueue: TASK_QUEUE,
      activities: tableActivities(),
      interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
    }),
  ]);
  running = Promise.all(workers.map((worker) => worker.run()));
}, 600_000);
afterAll(async () => {
  for (const worker of workers) worker.shutdown();
  await running;
  await world.close();
});

/** The table's activities on the server's time, telling the board as a worker's do. */
function tableActivities(): Record<string, (...args: never[]) => Promise<unknown>> {
  const activities = createTableActivities({
    ...world.ports,
    assetUpdated: (update) => tellAssets(getClient(), update),
  });
  return Object.fromEntries(
    Object.entries(activities).map(([name, activity]) => [
      name,
      async (...args: never[]) => {
        await world.catchUp();
        return (activity as (...given: never[]) => Promise<unknown>)(...args);
      },
    ]),
  );
}

/** A DAG that follows `assets`, with a stand-in for its scheduler. */
async function followerOf(dagId: string, ...assets: string[]): Promise<Follower> {
  const handle = await world.env.client.workflow.start<typeof assetFollower>('assetFollower', {
    workflowId: schedulerIdOf(dagId),
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
  });
  await followAssets(world.env.client, { dagId, assets }, TASK_QUEUE);
  return handle;
}

const board = (): WorkflowHandle<typeof dagAssetBoard> =>
  world.env.client.workflow.getHandle<typeof dagAssetBoard>(ASSET_BOARD_ID);
const update = (asset: string, key: string): AssetUpdate => ({
  key,
  event: { asset, at: '2026-11-24T08:15:00Z' as Instant, extra: { key } },
});
const tell = (asset: string, key: string): Promise<void> =>
  tellAssets(world.env.client, update(asset, key));
const heardBy = async (follower: Follower): Promise<string[]> =>
  (await follower.query(heardQuery)).map(({ key }) => key);
const followersIn = ({ assets }: AssetBoardView, name: string): readonly string[] =>
  assets.find(({ asset }) => asset === name)?.followers ?? [];

test('without a board nobody follows, and telling it is no error', async () => {
  await tell('lonely', '1');
  await followAssets(world.env.client, { dagId: 'nothing', assets: [] }, TASK_QUEUE);
  await expect(board().describe()).rejects.toThrow('not found');
});

describe('updates', () => {
  test('reach each follower once, however often they are told', async () => {
    const one = await followerOf('one', 'prices');
    const both = await followerOf('both', 'prices', 'rates');
    await tell('prices', '1');
    await tell('prices', '1');
    await tell('rates', '2');
    await tell('elsewhere', '3');
    await until(async () => (await heardBy(both)).length === 2);
    await tell('prices', '1');
    await tell('prices', '4');
    await until(async () => (await heardBy(one)).includes('4'));
    expect(await heardBy(one)).toEqual(['1', '4']);
    await until(async () => (await heardBy(both)).includes('4'));
    expect(await heardBy(both)).toEqual(['1', '2', '4']);
    expect((await both.query(heardQuery))[0]).toEqual(update('prices', '1'));
  });

  test('follow what a DAG follows now', async () => {
    const dag = await followerOf('changing', 'old');
    await tell('old', '1');
    await until(async () => (await heardBy(dag)).length === 1);
    await followAssets(world.env.client, { dagId: 'changing', assets: ['new'] }, TASK_QUEUE);
    await tell('old', '2');
    await tell('new', '3');
    await until(async () => (await heardBy(dag)).includes('3'));
    expect(await heardBy(dag)).toEqual(['1', '3']);
    await followAssets(world.env.client, { dagId: 'changing', assets: [] }, TASK_QUEUE);
    expect(followersIn(await board().query(assetBoardViewQuery), 'new')).toEqual([]);
  });

  test('drop a DAG whose scheduler is gone, and go on to the others', async () => {
    const gone = await followerOf('gone', 'shared');
    const there = await followerOf('there', 'shared');
    await gone.signal(endSignal);
    await until(async () => (await gone.describe()).status.name === 'COMPLETED');
    await tell('shared', '1');
    await until(async () => (await heardBy(there)).length === 1);
    const left = async (): Promise<readonly string[]> =>
      followersIn(await board().query(assetBoardViewQuery), 'shared');
    await until(async () => (await left()).length === 1);
    expect(await left()).toEqual(['there']);
    const back = await followerOf('gone', 'shared');
    await tell('shared', '2');
    await until(async () => (await heardBy(back)).length === 1);
  });

  test('that are none change nothing', async () => {
    const dag = await followerOf('sane', 'sanity');
    await board().signal(AssetMessage.updated, { key: 'broken' });
    await board().signal(AssetMessage.follow, 'sane');
    await tell('sanity', '1');
    await until(async () => (await heardBy(dag)).length === 1);
    expect(followersIn(await board().query(assetBoardViewQuery), 'sanity')).toEqual(['sane']);
  });
});

describe('a table sync', () => {
  test('tells of each commit: the full load, then every window', async () => {
    const dag = await followerOf('orders_report', 'lake/orders');
    const { client } = world.dynamo;
    await makeTable(client, 'orders');
    const Item = { pk: { S: 'a' }, n: { N: '1' } };
    await client.send(new PutItemCommand({ TableName: 'orders', Item }));
    const sync = await world.env.client.workflow.start<typeof tableSync>('tableSync', {
      workflowId: workflowIdOf(REGION, 'orders'),
      taskQueue: TASK_QUEUE,
      args: [syncInput({ tableName: 'orders' })],
    });
    await world.env.sleep('2 hours');
    await stopSync(sync);
    const { totals, watermark } = await sync.query<{
      totals: { windows: number; fullLoads: number };
      watermark: Instant;
    }>('status');
    expect(totals.fullLoads).toBe(1);
    await until(async () => (await heardBy(dag)).length === 1 + totals.windows);
    const events = (await dag.query(heardQuery)).map(({ event }) => event);
    const extras = events.map(({ extra }) => extra as { kind: string; from?: string; to: string });
    expect(extras[0]).toMatchObject({ kind: 'full', rows: 1 });
    for (const [index, extra] of extras.slice(1).entries()) {
      expect(extra).toMatchObject({ kind: 'incremental', from: extras[index]!.to, rows: 0 });
    }
    expect(extras.at(-1)!.to).toBe(watermark);
    expect(new Set(await heardBy(dag)).size).toBe(events.length);
  });
});

test('a client sees the board', async () => {
  const access = {
    client: world.env.client,
    connection: world.env.connection,
    address: world.env.address,
    namespace: 'default',
    close: () => Promise.resolve(),
  };
  await followAssets(world.env.client, { dagId: 'seen', assets: ['sight'] }, TASK_QUEUE);
  const answer = await seeAssetBoard(access);
  expect(answer).toMatchObject({
    said: { assets: expect.arrayContaining([{ asset: 'sight', followers: ['seen'] }]) },
  });
});

test('no update is lost when the board continues as new', async () => {
  const count = 1500;
  const dag = await followerOf('steady', 'stream');
  const first = (await board().describe()).runId;
  const sending = Array.from({ length: 4 }, async (_, at) => {
    for (let index = at; index < count; index += 4) await tell('stream', String(index));
  });
  await Promise.all(sending);
  await until(async () => (await heardBy(dag)).length >= count);
  const heard = await heardBy(dag);
  expect(heard).toHaveLength(count);
  expect(new Set(heard).size).toBe(count);
  const runs = await runsOf(world.env.client, ASSET_BOARD_ID, first);
  expect(runs.length).toBeGreaterThan(1);
  process.stdout.write(`${count} updates: ${runs.length} runs\n`);
}, 300_000);

test('all of it replays', async () => {
  const runs = await replayRuns(world.env.client, workflowBundle, [ASSET_BOARD_ID]);
  expect(runs).toBeGreaterThan(1);
});

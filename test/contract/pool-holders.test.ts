/** Owns what the real server says of pools and their holders, which the time-skipping one may not. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, NativeConnection, Worker } from '@temporalio/worker';
import { checkHolders } from '../../activities/dag/check-holders.js';
import type { CheckedHolders } from '../../activities/dag/pool-activities.js';
import { dagTaskQueueOf, poolIdOf } from '../../src/scheduling/dag-names.js';
import { listPools, resizePool, seePool } from '../../src/temporal/dag-pools.js';
import { startDagServer, TASK_QUEUE, type DagServer } from '../support/dag-server.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';
import { until } from '../support/until.js';
import {
  finishSignal,
  giveBackSignal,
  goOnSignal,
  toldQuery,
  wantSignal,
  type poolHolder,
} from '../workflow/fixtures/pool-holder.js';

let server: DagServer;
let connection: NativeConnection;
let worker: Worker;
let running: Promise<void>;
beforeAll(async () => {
  quietRuntime();
  server = await startDagServer();
  connection = await NativeConnection.connect({ address: server.access.address });
  worker = await Worker.create({
    connection,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    workflowBundle: await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../workflow/fixtures/pool-holder.ts', import.meta.url)),
      logger: quietLogger,
    }),
    activities: { checkHolders },
  });
  running = worker.run();
}, 600_000);
afterAll(async () => {
  worker.shutdown();
  await running;
  await connection.close();
  await server.stop();
});

const start = (workflowId: string) =>
  server.access.client.workflow.start<typeof poolHolder>('poolHolder', {
    workflowId,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    args: ['shared'],
  });
const latest = (workflowId: string) =>
  server.access.client.workflow.getHandle<typeof poolHolder>(workflowId);
const statusOf = async (workflowId: string): Promise<string> =>
  (await latest(workflowId).describe()).status.name;

test('who is gone: ended, terminated, never there, followed by another; not who continued as new', async () => {
  const [going, ended, killed, before] = await Promise.all(
    ['going', 'ended', 'killed', 'again'].map(start),
  );
  await going!.signal(goOnSignal);
  await until(async () => (await latest('going').describe()).runId !== going!.firstExecutionRunId);
  await ended!.signal(finishSignal);
  await until(async () => (await statusOf('ended')) === 'COMPLETED');
  await killed!.terminate();
  await before!.terminate();
  const after = await start('again');
  const running = [
    { holder: 'going', holderFirstRunId: going!.firstExecutionRunId },
    { holder: 'again', holderFirstRunId: after.firstExecutionRunId },
    { holder: 'going' },
  ];
  const gone = [
    { holder: 'ended', holderFirstRunId: ended!.firstExecutionRunId },
    { holder: 'killed' },
    { holder: 'never' },
    { holder: 'again', holderFirstRunId: before!.firstExecutionRunId },
  ];
  const { client } = server.access;
  const environment = new MockActivityEnvironment({}, { client });
  const checked = await environment.run<
    Parameters<typeof checkHolders>,
    CheckedHolders,
    typeof checkHolders
  >(checkHolders, [...running, ...gone]);
  expect(new Set(checked.gone)).toEqual(new Set(gone));
});

test('one that is gone when its turn comes gives way to the next at once', async () => {
  const [dead, alive] = await Promise.all([start('dead'), start('alive')]);
  await resizePool(server.access.client, {
    pool: 'shared',
    slots: 1,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
  });
  await alive.signal(wantSignal, [{ leaseId: 'first', slots: 1, priority: 1 }]);
  await until(async () => (await alive.query(toldQuery)).length === 1);
  await dead.signal(wantSignal, [{ leaseId: 'dead', slots: 1, priority: 1 }]);
  const waiting = async (): Promise<number> => {
    const seen = await seePool(server.access, 'shared');
    return 'said' in seen ? seen.said.queue.length : 0;
  };
  await until(async () => (await waiting()) === 1);
  await dead.terminate();
  await alive.signal(wantSignal, [{ leaseId: 'second', slots: 1, priority: 1 }]);
  await alive.signal(giveBackSignal, ['first']);
  await until(async () => (await alive.query(toldQuery)).includes('second'));
});

test('every pool that runs is listed, by name', async () => {
  const { access } = server;
  for (const [pool, slots] of [
    ['shared', 1],
    ['a pool/of its own', 7],
    ['ended', 2],
  ] as const) {
    await resizePool(access.client, { pool, slots, taskQueue: dagTaskQueueOf(TASK_QUEUE) });
  }
  await access.client.workflow.getHandle(poolIdOf('ended')).terminate();
  await until(async () => (await listPools(access)).length === 2);
  expect(await listPools(access)).toMatchObject([
    { pool: 'a pool/of its own', said: { slots: 7, used: 0 } },
    { pool: 'shared', said: { slots: 1 } },
  ]);
  await expect(seePool(access, 'ended')).rejects.toMatchObject({ code: 'NotFound' });
});

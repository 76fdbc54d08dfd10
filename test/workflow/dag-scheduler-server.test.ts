/** Owns a DAG's scheduler on the real server: what the time-skipping one does not do as it does. */
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createSchedulerActivities } from '../../activities/dag/create-scheduler-activities.js';
import { instantOfMillis, parseInstant, type Instant } from '../../src/core/instant.js';
import { every, manual } from '../../src/dag/index.js';
import { dagTaskQueueOf, runWorkflowIdOf, schedulerIdOf } from '../../src/scheduling/dag-names.js';
import type { SchedulerView } from '../../src/scheduling/dag-scheduler-input.js';
import {
  backfillDag,
  deployDag,
  listSchedulers,
  pauseDag,
  seeScheduler,
  triggerDag,
  unpauseDag,
} from '../../src/temporal/dag-schedulers.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import { startDagServer, TASK_QUEUE, type DagServer } from '../support/dag-server.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { deployedAt, type ScheduledDag } from '../support/scheduled-dag.js';
import { until } from '../support/until.js';
import { runsOf } from '../support/workflow-runs.js';

jest.setTimeout(600_000);
const now = (): Instant => instantOfMillis(Date.now());
let server: DagServer;
let connection: NativeConnection;
let worker: Worker;
let working: Promise<void>;
beforeAll(async () => {
  quietRuntime();
  server = await startDagServer();
  connection = await NativeConnection.connect({ address: server.access.address });
  worker = await Worker.create({
    connection,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    workflowsPath: fileURLToPath(new URL('fixtures/scheduled-run.ts', import.meta.url)),
    activities: createSchedulerActivities(now),
    interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
  });
  working = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await working;
  await connection.close();
  await server.stop();
});

async function deploy(settings: ScheduledDag): Promise<void> {
  await deployDag(server.access.client, deployedAt(now(), settings), TASK_QUEUE);
}

async function view(): Promise<SchedulerView> {
  const seen = await seeScheduler(server.access, 'reports');
  if ('silence' in seen) throw new Error(seen.silence);
  return seen.said;
}

test('a run that is terminated frees its place; a paused DAG keeps what waits', async () => {
  await deploy({ schedule: manual(), maxActiveRuns: 1, params: {} });
  await triggerDag(server.access, 'reports', { at: now(), runId: 'a' });
  const second = await triggerDag(server.access, 'reports', { at: now(), runId: 'b' });
  expect(second.queued).toBe(true);
  await pauseDag(server.access, 'reports');
  const workflowId = runWorkflowIdOf('reports', 'a');
  await until(() =>
    server.access.client.workflow
      .getHandle(workflowId)
      .terminate()
      .then(
        () => true,
        () => false,
      ),
  );
  await until(async () => (await view()).ended.length === 1);
  expect(await view()).toMatchObject({
    paused: true,
    active: [{ runId: 'b', status: 'queued' }],
    ended: [{ runId: 'a', status: 'failed', failed: [{ message: 'its workflow was terminated' }] }],
  });
  await unpauseDag(server.access, 'reports');
  await until(async () => (await view()).active[0]?.status === 'running');
  expect((await listSchedulers(server.access)).map(({ dagId }) => dagId)).toEqual(['reports']);
  await expect(
    triggerDag(server.access, 'reports', { at: now(), runId: 'b' }),
  ).rejects.toMatchObject({
    name: 'TidemarkError',
    code: 'InvalidUsage',
    message: "reports has a run 'b' already.",
    hint: 'Clear its tasks to run it again, or choose another run id.',
  });
  await expect(seeScheduler(server.access, 'nobody')).rejects.toMatchObject({ code: 'NotFound' });
  await server.access.client.workflow.getHandle(schedulerIdOf('reports')).terminate();
});

test('a scheduler that is never quiet continues as new among its runs, and loses none', async () => {
  const COUNT = 1300;
  await deploy({
    schedule: every('1h'),
    startDate: '2030-01-01T00:00:00Z',
    params: { seconds: 1 },
  });
  const from = parseInstant('2026-01-01T00:00:00Z')!;
  const plan = await backfillDag(server.access, 'reports', {
    from,
    to: instantOfMillis(Date.parse(from) + COUNT * 3_600_000),
    scope: 'missing',
    maxActiveRuns: 50,
    backwards: false,
    dryRun: false,
    at: now(),
  });
  expect(plan).toMatchObject({ total: COUNT, leftOutTotal: 0 });
  const handle = server.access.client.workflow.getHandle(schedulerIdOf('reports'));
  const { raw } = await handle.describe();
  for (let done = 0; done < COUNT;) {
    await sleep(500);
    const seen = await seeScheduler(server.access, 'reports');
    // A worker with its hands full may not answer at once.
    if ('said' in seen) done = seen.said.backfills[0]!.done;
  }
  const firstRunId = raw.workflowExecutionInfo?.firstRunId ?? '';
  const executions = await runsOf(server.access.client, schedulerIdOf('reports'), firstRunId);
  const starts = executions
    .flat()
    .flatMap(
      (event) =>
        event.startChildWorkflowExecutionInitiatedEventAttributes?.workflowId?.split('/').at(-1) ??
        [],
    );
  const events = executions.map((one) => one.length);
  process.stdout.write(
    `a backfill of ${COUNT} runs, 50 at once: ${events.join(' + ')} events, ${(events.reduce((sum, count) => sum + count, 0) / COUNT).toFixed(1)} a run\n`,
  );
  expect(new Set(starts).size).toBe(COUNT);
  expect(starts).toHaveLength(COUNT);
  expect(starts).toEqual(starts.toSorted());
  expect(executions.length).toBeGreaterThan(1);
  expect(Math.max(...events)).toBeLessThan(6_000);
  await handle.terminate();
});

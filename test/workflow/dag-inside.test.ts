/** Owns DAGs inside a user's workflow where they are large, or more than one. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createBodyActivities } from '../../activities/dag/body-activities.js';
import { keptResults } from '../../activities/dag/kept-results.js';
import type { ServedDag } from '../support/dag-world.js';
import { dagTaskQueueOf, poolIdOf, PoolMessage } from '../../src/scheduling/dag-names.js';
import type { PoolView } from '../../src/scheduling/pool-messages.js';
import { resizePool } from '../../src/temporal/dag-pools.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { startTimeSkippingServer } from '../support/time-skipping-server.js';
import { ITEMS, twin, wide } from './fixtures/dags-inside.js';

const TASK_QUEUE = 'own';

let env: TestWorkflowEnvironment;
beforeEach(async () => {
  quietRuntime();
  env = await startTimeSkippingServer();
}, 600_000);
afterEach(async () => {
  await env.teardown();
});

/** Runs `test` with a worker that serves the hosts, and the bodies of `dag` as activities. */
async function withWorker(dag: ServedDag, test: () => Promise<void>): Promise<void> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    workflowsPath: fileURLToPath(new URL('fixtures/dags-inside.ts', import.meta.url)),
    activities: createBodyActivities([dag], {
      results: keptResults(undefined),
      nowMs: () => env.currentTimeMs(),
    }),
  });
  await worker.runUntil(test);
}

/** What a host returns, after hours of the server's time. */
async function resultOf(host: string, args: readonly string[]): Promise<unknown> {
  const handle = await env.client.workflow.start(host, {
    workflowId: 'host',
    taskQueue: dagTaskQueueOf(TASK_QUEUE),
    args: [...args],
  });
  await env.sleep('3 hours');
  while ((await handle.describe()).status.name === 'RUNNING') await delay(20);
  return handle.result();
}

test.each(['here', 'activities'] as const)(
  'a map of several shards runs in the workflow, in order: bodies as %s',
  async (bodies) => {
    await withWorker(wide, async () => {
      const wanted = Array.from({ length: ITEMS }, (_, n) => n).filter((n) => n !== 700);
      expect(await resultOf('wideHost', [bodies])).toEqual({
        status: 'success',
        output: { value: wanted },
      });
    });
  },
  120_000,
);

describe('two DAGs of one name in one workflow', () => {
  test('share a pool, and neither takes the other for itself', async () => {
    let active = 0;
    let most = 0;
    const { id, graph } = twin([], '', '1h');
    const pooled = async (): Promise<void> => {
      active += 1;
      most = Math.max(most, active);
      await delay(300);
      active -= 1;
    };
    await resizePool(env.client, {
      pool: 'single',
      slots: 1,
      taskQueue: dagTaskQueueOf(TASK_QUEUE),
    });
    await withWorker({ id, graph, bodies: { 'twin.pooled': pooled } }, async () => {
      expect(await resultOf('twinHost', [])).toEqual({
        statuses: ['success', 'success'],
        log: ['slow 1', 'quick 1', 'quick 2', 'quick success', 'slow 2', 'slow success'],
      });
      expect(most).toBe(1);
      const pool = env.client.workflow.getHandle(poolIdOf('single'));
      expect(await pool.query<PoolView>(PoolMessage.view)).toMatchObject({ leases: [], queue: [] });
    });
  });
});

/** Owns running a DAG inside a user's own workflow. */
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createBodyActivities } from '../../activities/dag/body-activities.js';
import { keptResults } from '../../activities/dag/kept-results.js';
import { findTimeSkippingServer } from '../../src/local/programs/find-time-skipping-server.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { hosted, type host, type HostReport } from './fixtures/run-dag-host.js';

const TASK_QUEUE = 'own';
let env: TestWorkflowEnvironment;
beforeEach(async () => {
  const path = await findTimeSkippingServer(() => undefined);
  quietRuntime();
  env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
});
afterEach(async () => {
  await env.teardown();
});

/** What the host reports, told to stop after `stopAfter` when given. */
async function reportOf(stopAfter?: string): Promise<HostReport> {
  const worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue: TASK_QUEUE,
    workflowsPath: fileURLToPath(new URL('fixtures/run-dag-host.ts', import.meta.url)),
    activities: createBodyActivities([hosted([])], {
      results: keptResults(undefined),
      nowMs: () => env.currentTimeMs(),
    }),
  });
  return worker.runUntil(async () => {
    const handle = await env.client.workflow.start<typeof host>('host', {
      workflowId: 'host',
      taskQueue: TASK_QUEUE,
    });
    await env.sleep(stopAfter ?? '3 hours');
    if (stopAfter !== undefined) await handle.signal('stop');
    while ((await handle.describe()).status.name === 'RUNNING') await delay(20);
    return handle.result();
  });
}

test('bodies run here or as activities, as the host says', async () => {
  const { status, log } = await reportOf();
  expect(status).toBe('success');
  expect(log).toEqual([
    'look',
    'look',
    'look',
    'item 1 of 2026-01-01T00:00:00Z',
    'item 2 of 2026-01-01T00:00:00Z',
    'item 3 of 2026-01-01T00:00:00Z',
    'sum of 3, attempt 1',
    'sum of 3, attempt 2',
  ]);
});

test('a cancelled scope ends the run, and nothing of it happens afterwards', async () => {
  const { status, log } = await reportOf('150 seconds');
  expect(status).toBe('stopped');
  expect(log).toEqual(['look', 'look', 'look']);
});

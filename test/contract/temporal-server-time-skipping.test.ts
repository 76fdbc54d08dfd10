/** Owns the tests that the time-skipping test server does what our workflow tests rely on. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { ApplicationFailure, Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { startTimeSkippingServer } from '../support/time-skipping-server.js';
import type {
  RetryActivities,
  retryOften,
  sleepFor,
  sleepUntilSuggested,
} from '../support/waiting-workflows.js';

jest.setTimeout(240_000);
const taskQueue = 'waiting';
const HOUR_MS = 3_600_000;
let env: TestWorkflowEnvironment;
let worker: Worker;
let running: Promise<void>;
const attemptTimesMs: number[] = [];

const activities: RetryActivities = {
  failTwice: async () => {
    const { attempt } = Context.current().info;
    attemptTimesMs.push(await env.currentTimeMs());
    if (attempt <= 2) {
      throw ApplicationFailure.create({ message: 'not yet', nextRetryDelay: HOUR_MS });
    }
    return attempt;
  },
};

beforeAll(async () => {
  env = await startTimeSkippingServer();
  worker = await Worker.create({
    connection: env.nativeConnection,
    taskQueue,
    workflowsPath: join(process.cwd(), 'test', 'support', 'waiting-workflows.ts'),
    activities,
  });
  running = worker.run();
});
afterAll(async () => {
  worker.shutdown();
  await running;
  await env.teardown();
});

test('a timer of a day passes at once, and the clock shows the day', async () => {
  const startedMs = await env.currentTimeMs();
  const slept = await env.client.workflow.execute<typeof sleepFor>('sleepFor', {
    taskQueue,
    workflowId: 'a-day',
    args: [24 * HOUR_MS],
  });
  expect(slept).toBe(24 * HOUR_MS);
  expect((await env.currentTimeMs()) - startedMs).toBeGreaterThanOrEqual(24 * HOUR_MS);
});

test('the delay before an activity is retried is skipped too, and kept', async () => {
  const attempt = await env.client.workflow.execute<typeof retryOften>('retryOften', {
    taskQueue,
    workflowId: 'retries',
  });
  expect(attempt).toBe(3);
  const [first = 0, second = 0, third = 0] = attemptTimesMs;
  expect(second - first).toBeGreaterThanOrEqual(HOUR_MS);
  expect(third - second).toBeGreaterThanOrEqual(HOUR_MS);
});

test('a long history brings the suggestion to continue as new', async () => {
  const events = await env.client.workflow.execute<typeof sleepUntilSuggested>(
    'sleepUntilSuggested',
    { taskQueue, workflowId: 'long' },
  );
  expect(events).toBeGreaterThan(4000);
  expect(events).toBeLessThan(4200);
});

/** Owns a world for DAG runs in tests: the time-skipping server, a worker with bodies, kept results. */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { createBodyActivities } from '../../activities/dag/body-activities.js';
import { checkHolders } from '../../activities/dag/check-holders.js';
import { createSchedulerActivities } from '../../activities/dag/create-scheduler-activities.js';
import { keptResults } from '../../activities/dag/kept-results.js';
import { createMemoryObjectStore } from '../../src/connectors/memory/memory-object-store.js';
import { instantOfMillis } from '../../src/core/instant.js';
import { graphHash, type Dag, type Json } from '../../src/dag/index.js';
import { runWorkflowIdOf } from '../../src/scheduling/dag-names.js';
import type { DagRunInput } from '../../src/scheduling/dag-run-input.js';
import { workflowsPath } from '../../src/temporal/workflow-source.js';
import type { dagRun } from '../../workflows/dag-run.js';
import { quietRuntime } from './quiet-runtime.js';
import { startTimeSkippingServer } from './time-skipping-server.js';

const TASK_QUEUE = 'test-dags';

export interface DagWorld {
  readonly env: TestWorkflowEnvironment;
  /** Starts a run; bodies of every DAG are there only for those the world was made with. */
  start(
    dag: ServedDag,
    overrides?: Partial<DagRunInput> & { readonly params?: Json },
  ): Promise<RunHandle>;
  /** Runs `test` with a worker serving the world. */
  withWorker<Result>(test: () => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** What the world needs of a DAG, whatever its params. */
export type ServedDag = Pick<Dag<never>, 'id' | 'graph' | 'bodies'>;

export type RunHandle = WorkflowHandleWithFirstExecutionRunId<typeof dagRun>;

/** The input of a run of `dag` about one hour. */
export function runInput(
  dag: ServedDag,
  runId: string,
  { params = null, ...overrides }: Partial<DagRunInput> & { readonly params?: Json } = {},
): DagRunInput {
  const start = instantOfMillis(Date.UTC(2026, 0, 1));
  const end = instantOfMillis(Date.UTC(2026, 0, 1, 1));
  return {
    graph: dag.graph,
    graphHash: graphHash(dag.graph),
    run: {
      dagId: dag.id,
      runId,
      dataInterval: { start, end },
      logicalDate: start,
      params,
      assetEvents: [],
    },
    runType: 'manual',
    ...overrides,
  };
}

/** On the server that `start` starts; the world's `close` ends it. */
export async function startDagWorld(
  dags: readonly ServedDag[],
  start: () => Promise<TestWorkflowEnvironment> = startTimeSkippingServer,
): Promise<DagWorld> {
  quietRuntime();
  const env = await start();
  const results = keptResults({ store: createMemoryObjectStore('results'), prefix: 'results' });
  const now = async () => instantOfMillis(await env.currentTimeMs());
  const activities = {
    ...createBodyActivities(dags, { results, nowMs: () => env.currentTimeMs() }),
    ...createSchedulerActivities(now),
    checkHolders,
  };
  return {
    env,
    start: (dag, overrides) => {
      const runId = randomUUID();
      return env.client.workflow.start<typeof dagRun>('dagRun', {
        workflowId: runWorkflowIdOf(dag.id, runId),
        taskQueue: TASK_QUEUE,
        args: [runInput(dag, runId, overrides)],
      });
    },
    withWorker: async (test) => {
      const worker = await Worker.create({
        connection: env.nativeConnection,
        taskQueue: TASK_QUEUE,
        workflowsPath: workflowsPath(),
        activities,
      });
      return worker.runUntil(test);
    },
    close: () => env.teardown(),
  };
}

/** How a run ended, without `result()`, which lets the test server's clock leap. */
export async function endOf(handle: RunHandle): Promise<string> {
  for (;;) {
    const { status } = await handle.describe();
    if (status.name !== 'RUNNING') return status.name;
    await delay(20);
  }
}

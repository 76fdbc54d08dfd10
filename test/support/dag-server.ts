/** Owns a real Temporal server for tests of DAGs whose workers are processes that can be killed. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTemporal } from '../../src/local/programs/find-temporal.js';
import { startTemporalDevServer } from '../../src/local/temporal/temporal-dev-server.js';
import type { Json } from '../../src/dag/index.js';
import { dagTaskQueueOf, RunMessage, runWorkflowIdOf } from '../../src/scheduling/dag-names.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import { openTemporal, type TemporalAccess } from '../../src/temporal/connect.js';
import { pendingWorkOf } from '../../src/temporal/pending-work.js';
import type { dagRun } from '../../workflows/dag-run.js';
import { runInput, type RunHandle, type ServedDag } from './dag-world.js';
import { runsOf } from './workflow-runs.js';

/** The task queue of tables; DAGs are on the one beside it. */
export const TASK_QUEUE = 'test';

/** A server with one SQLite file, and a folder for all else. */
export interface DagServer {
  readonly access: TemporalAccess;
  /** Gone after {@link DagServer.stop}. */
  readonly directory: string;
  /** Starts a run with no scheduler. */
  start(dag: ServedDag, runId: string, params?: Json): Promise<RunHandle>;
  stop(): Promise<void>;
}

/** Its log is in its folder. */
export async function startDagServer(): Promise<DagServer> {
  const directory = await mkdtemp(join(tmpdir(), 'tidemark-dags-'));
  const server = await startTemporalDevServer({
    program: await findTemporal(() => undefined),
    databaseFile: join(directory, 'temporal.db'),
    logFile: join(directory, 'temporal.log'),
    port: 0,
    uiPort: 0,
    namespace: 'default',
  });
  const access = await openTemporal({
    connection: { address: server.address },
    namespace: 'default',
  });
  return {
    access,
    directory,
    start: (dag, runId, params = null) =>
      access.client.workflow.start<typeof dagRun>('dagRun', {
        workflowId: runWorkflowIdOf(dag.id, runId),
        taskQueue: dagTaskQueueOf(TASK_QUEUE),
        args: [runInput(dag, runId, { params })],
      }),
    stop: async () => {
      await access.close();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** What a run says of itself, whenever a worker answers. */
export function viewOf(handle: Pick<RunHandle, 'query'>): Promise<DagRunView> {
  return handle.query<DagRunView>(RunMessage.view);
}

/** How a run ended; throws with where it stands when it has not after `withinMs`. */
export async function endWithin(
  handle: Pick<RunHandle, 'describe' | 'query'>,
  withinMs: number,
): Promise<string> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const { status, workflowId, raw } = await handle.describe();
    if (status.name !== 'RUNNING') return status.name;
    if (Date.now() > deadline) {
      const { tasks, waitingForPool } = await viewOf(handle);
      const pending = pendingWorkOf(raw);
      throw new Error(
        `${workflowId} runs on: ${JSON.stringify({ tasks, waitingForPool, pending })}`,
      );
    }
    await sleep(100);
  }
}

/** Events of each execution of a run and of its shards, by workflow id. */
export async function eventsOf(
  { client }: TemporalAccess,
  workflowId: string,
): Promise<ReadonlyMap<string, readonly number[]>> {
  const executions = new Map<string, number[]>();
  const add = async (id: string): Promise<void> => {
    const { raw, runId } = await client.workflow.getHandle(id).describe();
    const runs = await runsOf(client, id, raw.workflowExecutionInfo?.firstRunId ?? runId);
    executions.set(
      id,
      runs.map((events) => events.length),
    );
    for (const event of runs.flat()) {
      const child = event.childWorkflowExecutionStartedEventAttributes?.workflowExecution;
      if (child?.workflowId != null) await add(child.workflowId);
    }
  };
  await add(workflowId);
  return executions;
}

/** Owns that each example ends right when its worker is killed in the middle of a body. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { temporal } from '@temporalio/proto';
import {
  testDag,
  TidemarkError,
  type AssetEvent,
  type Dag,
  type DataInterval,
  type Instant,
} from 'tidemark';
import { tellAssets } from '../../activities/dag/tell-assets.js';
import tutorialTaskflow from '../../examples/airflow-tutorial-taskflow.js';
import tutorial from '../../examples/airflow-tutorial.js';
import backfillMapped from '../../examples/backfill-mapped.js';
import branchAndJoin from '../../examples/branch-and-join.js';
import dailyReport from '../../examples/daily-report.js';
import followOrders from '../../examples/follow-orders.js';
import waitForFile from '../../examples/wait-for-file.js';
import { instantOfMillis } from '../../src/core/instant.js';
import type { Json } from '../../src/dag/index.js';
import { runWorkflowIdOf } from '../../src/scheduling/dag-names.js';
import { listDagRuns, seeDagRun } from '../../src/temporal/dag-runs.js';
import { triggerDag } from '../../src/temporal/dag-schedulers.js';
import { endWithin, startDagServer, viewOf, type DagServer } from '../support/dag-server.js';
import {
  changeAt,
  filesIn,
  makeExampleFolder,
  openExampleLake,
  type ExampleFolder,
  type ExampleLake,
} from '../support/example-lake.js';
import { KillableWorker } from '../support/kill-worker.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { until } from '../support/until.js';

const STARTED = temporal.api.enums.v1.PendingActivityState.PENDING_ACTIVITY_STATE_STARTED;
const instant = (text: string): Instant => text as Instant;
const T0 = instant('2026-01-10T04:00:00Z');
const T1 = instant('2026-01-11T05:15:00Z');
const DAY: DataInterval = {
  start: instant('2026-01-10T05:00:00Z'),
  end: instant('2026-01-11T05:00:00Z'),
};
const COMMITTED: AssetEvent = {
  asset: 'lake/orders',
  at: T1,
  extra: { kind: 'incremental', from: T0, to: T1, rows: 1 },
};

/** How a run of an example is begun, and what it needs beside. */
interface Example {
  readonly dag: Dag;
  readonly params?: Record<string, Json>;
  readonly dataInterval?: DataInterval;
  /** Updates of assets that begin it; else it is asked for by hand. */
  readonly assetEvents?: readonly AssetEvent[];
  /** Prepares the folder it writes to. */
  readonly prepare?: (directory: string) => Promise<void>;
}

const EXAMPLES: readonly Example[] = [
  { dag: tutorial },
  { dag: tutorialTaskflow },
  { dag: backfillMapped },
  { dag: branchAndJoin, params: { order: 'A-17', amount: 950 } },
  {
    dag: waitForFile,
    prepare: async (directory) => {
      const draft = join(directory, 'draft');
      await writeFile(draft, 'order,cents\na,100\n,\nb,250\n');
      await rename(draft, join(directory, 'orders.csv'));
    },
  },
  { dag: dailyReport, dataInterval: DAY },
  { dag: followOrders, assetEvents: [COMMITTED] },
];

let server: DagServer;
let lake: ExampleLake;
let home: ExampleFolder;
let worker: KillableWorker;

beforeAll(async () => {
  quietRuntime();
  lake = await openExampleLake();
  const late = instantOfMillis(Date.now() + 3_600_000);
  const A = { pk: { S: 'a' } };
  const B = { pk: { S: 'b' } };
  for (const table of ['orders', 'customers']) {
    await lake.load(table, T0, [A]);
    const at = instant('2026-01-10T05:00:00Z');
    await lake.follow(table, T0, T1, [changeAt(at, { newImage: B })]);
  }
  // Its own schedule, too, starts the daily report: the lake has caught up for it.
  for (const table of ['orders', 'customers']) await lake.follow(table, T1, late);
  home = await makeExampleFolder();
  server = await startDagServer();
  worker = await nextWorker();
  for (const id of ['daily_report', 'tutorial']) {
    await until(async () => (await listDagRuns(server.access, id, 1)).length > 0);
    const [scheduled] = await listDagRuns(server.access, id, 1);
    const handle = server.access.client.workflow.getHandle(scheduled!.workflowId);
    expect(await endWithin(handle, 60_000)).toBe('COMPLETED');
  }
}, 180_000);
afterAll(async () => {
  await worker.kill();
  await server.stop();
  await lake.close();
  await home.remove();
});

test('each ends as if nothing had happened', async () => {
  const begun: { example: Example; runs: string[]; directory: string }[] = [];
  for (const example of EXAMPLES) {
    const directory = folderOf(example);
    await mkdir(directory, { recursive: true });
    await example.prepare?.(directory);
    const runs = await killWithin(example, directory);
    begun.push({ example, runs, directory });
    worker = await nextWorker();
  }
  for (const { example, runs, directory } of begun) {
    const { access } = server;
    const { dag } = example;
    for (const runId of runs) {
      const handle = access.client.workflow.getHandle(runWorkflowIdOf(dag.id, runId));
      expect([dag.id, await endWithin(handle, 120_000)]).toEqual([dag.id, 'COMPLETED']);
    }
    const there = await viewOf(
      access.client.workflow.getHandle(runWorkflowIdOf(dag.id, runs.at(-1)!)),
    );
    const [here, undisturbed] = await inProcess(example);
    expect(there.tasks.map(({ id, state }) => [id, state])).toEqual(
      Object.values(here.tasks).map(({ id, state }) => [id, state]),
    );
    // What a writer that died left behind is no file yet.
    const files = Object.entries(await filesIn(directory));
    expect(Object.fromEntries(files.filter(([name]) => !name.endsWith('.draft')))).toEqual(
      undisturbed,
    );
    const tries = there.tasks.map(({ attempt }) => attempt);
    expect(tries).toEqual(Object.values(here.tasks).map(({ attempt }) => attempt));
    process.stdout.write(
      `${dag.id}: killed in run ${runs.length}, ${Object.keys(undisturbed).length} files\n`,
    );
  }
}, 400_000);

async function nextWorker(): Promise<KillableWorker> {
  const next = KillableWorker.startCli(server, EXAMPLES_DIRECTORY, home.path);
  await next.ready;
  return next;
}

const EXAMPLES_DIRECTORY = fileURLToPath(new URL('../../examples', import.meta.url));

/** Runs the example until the worker was killed while a body of it was under way; gives the runs. */
async function killWithin(example: Example, directory: string): Promise<string[]> {
  const runs: string[] = [];
  for (;;) {
    const runId = await begin(example, directory, runs);
    runs.push(runId);
    const handle = server.access.client.workflow.getHandle(runWorkflowIdOf(example.dag.id, runId));
    for (;;) {
      const seen = { isOver: false };
      const isKilled = await worker.killIf(async () => {
        const { raw, status } = await handle.describe();
        seen.isOver = status.name !== 'RUNNING';
        return (raw.pendingActivities ?? []).some(({ state }) => state === STARTED);
      });
      if (isKilled) return runs;
      if (seen.isOver) break;
      await sleep(10);
    }
  }
}

/** Begins one more run, and gives its id. */
async function begin(
  { dag: { id, params: schema }, ...example }: Example,
  directory: string,
  before: readonly string[],
): Promise<string> {
  const { access } = server;
  if (example.assetEvents !== undefined) {
    for (const event of example.assetEvents) {
      await tellAssets(access.client, { key: `${before.length}`, event });
    }
    await until(async () => (await listDagRuns(access, id, 100)).length > before.length);
    const runs = await listDagRuns(access, id, 100);
    return runs.find(({ runId }) => !before.includes(runId))!.runId;
  }
  const { runId } = await patiently(triggerDag, access, id, {
    at: instantOfMillis(Date.now()),
    runId: `run-${before.length + 1}`,
    ...(schema === undefined
      ? {}
      : { params: schema.parse({ ...example.params, directory }) as Json }),
    ...(example.dataInterval === undefined ? {} : { dataInterval: example.dataInterval }),
  });
  await until(async () => (await seeDagRun(access, id, runId)) !== undefined);
  return runId;
}

/** For some seconds after a kill the server still asks the worker that is gone. */
async function patiently(
  trigger: typeof triggerDag,
  ...request: Parameters<typeof triggerDag>
): ReturnType<typeof triggerDag> {
  try {
    return await trigger(...request);
  } catch (error) {
    if (!(error instanceof TidemarkError) || !error.retryable) throw error;
    return patiently(trigger, ...request);
  }
}

/** The same with no server, in a folder of its own: how it ended, and its files. */
async function inProcess({ dag, prepare, params, dataInterval, assetEvents }: Example) {
  const folder = await makeExampleFolder();
  await prepare?.(folder.path);
  const run = await testDag(dag, {
    params: { ...params, directory: folder.path },
    ...(dataInterval === undefined ? {} : { dataInterval }),
    ...(assetEvents === undefined ? {} : { assetEvents }),
  });
  const files = await folder.files();
  await folder.remove();
  return [run, files] as const;
}

/** A run by an asset has its default params; the others write beside what their schedules write. */
function folderOf({ dag, assetEvents }: Example): string {
  return assetEvents === undefined
    ? join(home.path, dag.id)
    : join(home.path, '.tidemark/examples', dag.id);
}

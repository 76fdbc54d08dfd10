/** Owns a worker's life: connects, serves tables and DAGs, drains when told to. */
import { getClient } from '@temporalio/activity';
import { Client } from '@temporalio/client';
import {
  bundleWorkflowCode,
  NativeConnection,
  Runtime,
  Worker,
  type NativeConnectionOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createBodyActivities } from '../../activities/dag/body-activities.js';
import { checkHolders } from '../../activities/dag/check-holders.js';
import { createSchedulerActivities } from '../../activities/dag/create-scheduler-activities.js';
import { keptResults, type ResultsPlace } from '../../activities/dag/kept-results.js';
import { tellAssets } from '../../activities/dag/tell-assets.js';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import { dagTaskQueueOf } from '../scheduling/dag-names.js';
import { noServerAt } from './connect.js';
import { deployDags, deployedDagOf, type ServedDag } from './deploy-dags.js';
import { failureInterceptor } from './failure-interceptor.js';
import { workflowsPath } from './workflow-source.js';

/** What a worker is run with. */
export interface WorkerSettings {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly ports: ActivityPorts;
  /** DAGs to serve beside the tables, on the queue beside theirs. */
  readonly dags?: readonly ServedDag[];
  /** Where large outputs of DAGs' tasks are kept; the same for every worker. */
  readonly results?: ResultsPlace | undefined;
  /** Aborting it drains the worker and ends {@link runWorker}. */
  readonly signal: AbortSignal;
  /** Called once the worker is connected, has its workflows bundled, and its DAGs are known. */
  readonly onReady?: () => void;
}

/**
 * How many table activities run at once. Few, since loads are bound by the processor; more machines,
 * not more slots, make more speed.
 */
const MAX_CONCURRENT_TABLE_ACTIVITIES = 16;

/** Bodies mostly wait for other services. */
const MAX_CONCURRENT_BODIES = 100;

/** How long running activities may take to end after a shutdown before they are cancelled. */
const GRACE = '10 seconds';

/** A body learns with its next beat that it is cancelled: beats must not be saved up for long. */
const LONGEST_BEAT_PAUSE = '5 seconds';

/**
 * Serves `taskQueue`, and the DAG queue beside it where there are DAGs, until `signal` is aborted.
 * Throws Unreachable when there is no server, InvalidConfig for a DAG that cannot be scheduled.
 */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const { namespace, taskQueue, ports, dags = [], signal, onReady } = settings;
  const deployed = dags.map((dag) => deployedDagOf(dag, ports.now()));
  const connection = await connect(settings.connection);
  try {
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: workflowsPath(),
      logger: Runtime.instance().logger,
    });
    const common: WorkerOptions = {
      connection,
      namespace,
      taskQueue,
      workflowBundle,
      shutdownGraceTime: GRACE,
      maxHeartbeatThrottleInterval: LONGEST_BEAT_PAUSE,
    };
    const workers = [await Worker.create({ ...common, ...tableWork(ports) })];
    if (dags.length > 0)
      workers.push(await Worker.create({ ...common, ...dagWork(settings, dags) }));
    const running = Promise.all(workers.map((worker) => worker.run()));
    // Abort may come before, or while, the workers were made; their state says whether they run.
    const stop = (): void => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    else {
      await deployDags(new Client({ connection, namespace }), deployed, taskQueue).catch(
        async (error: unknown) => {
          stop();
          await running;
          throw error;
        },
      );
      onReady?.();
    }
    await running;
  } finally {
    await connection.close();
  }
}

function tableWork(ports: ActivityPorts): Partial<WorkerOptions> {
  return {
    activities: createTableActivities({
      assetUpdated: (update) => tellAssets(getClient(), update),
      ...ports,
    }),
    interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
    maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_TABLE_ACTIVITIES,
  };
}

function dagWork(
  { taskQueue, ports, results }: WorkerSettings,
  dags: readonly ServedDag[],
): Partial<WorkerOptions> & { readonly taskQueue: string } {
  return {
    taskQueue: dagTaskQueueOf(taskQueue),
    activities: {
      ...createBodyActivities(dags, { results: keptResults(results), nowMs: Date.now }),
      ...createSchedulerActivities(() => ports.now()),
      checkHolders,
    },
    maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_BODIES,
  };
}

async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw noServerAt(options.address, error);
  }
}

/** Owns a worker's life: connects, serves the task queue, drains when told to. */
import { getClient } from '@temporalio/activity';
import { NativeConnection, Worker, type NativeConnectionOptions } from '@temporalio/worker';
import { tellAssets } from '../../activities/dag/tell-assets.js';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import { noServerAt } from './connect.js';
import { failureInterceptor } from './failure-interceptor.js';
import { workflowsPath } from './workflow-source.js';

/** What a worker is run with. */
export interface WorkerSettings {
  readonly connection: NativeConnectionOptions;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly ports: ActivityPorts;
  /** Aborting it drains the worker and ends {@link runWorker}. */
  readonly signal: AbortSignal;
  /** Called once the worker is connected and has its workflows bundled. */
  readonly onReady?: () => void;
}

/**
 * How many activities run at once. Few, since loads are bound by the processor; more machines, not
 * more slots, make more speed.
 */
const MAX_CONCURRENT_ACTIVITIES = 16;

/** How long running activities may take to end after a shutdown before they are cancelled. */
const GRACE = '10 seconds';

/** Serves `taskQueue` until `signal` is aborted. Throws Unreachable when there is no server. */
export async function runWorker(settings: WorkerSettings): Promise<void> {
  const { namespace, taskQueue, ports, signal, onReady } = settings;
  const connection = await connect(settings.connection);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue,
      workflowsPath: workflowsPath(),
      activities: createTableActivities({
        assetUpdated: (update) => tellAssets(getClient(), update),
        ...ports,
      }),
      interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
      maxConcurrentActivityTaskExecutions: MAX_CONCURRENT_ACTIVITIES,
      shutdownGraceTime: GRACE,
    });
    const running = worker.run();
    // Abort may come before, or while, the worker was made; the state says whether it still runs.
    const stop = (): void => {
      if (worker.getState() === 'RUNNING') worker.shutdown();
    };
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    else onReady?.();
    await running;
  } finally {
    await connection.close();
  }
}

async function connect(options: NativeConnectionOptions): Promise<NativeConnection> {
  try {
    return await NativeConnection.connect(options);
  } catch (error) {
    throw noServerAt(options.address, error);
  }
}

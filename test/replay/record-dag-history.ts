/** Owns recording the histories of DAGs to replay. Run: `npm run record-dag-history`. */
import { setTimeout as delay } from 'node:timers/promises';
import { addSeconds, instantOfMillis } from '../../src/core/instant.js';
import type { RunOperation } from '../../src/dag/index.js';
import {
  ASSET_BOARD_ID,
  poolIdOf,
  PoolMessage,
  RunMessage,
  schedulerIdOf,
  SchedulerMessage,
} from '../../src/scheduling/dag-names.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import type { BackfillRequest, TriggerRequest } from '../../src/scheduling/dag-scheduler-input.js';
import type { PoolRequest } from '../../src/scheduling/pool-messages.js';
import { deployDags, deployedDagOf } from '../../src/temporal/deploy-dags.js';
import { endOf, startDagWorld, type RunHandle } from '../support/dag-world.js';
import { follower, holder, hourly, recorded } from './recorded-dags.js';
import { saveHistory } from './save-history.js';

const DAGS = [recorded, hourly, follower, holder];
const VERSION = '0.2.0';

const world = await startDagWorld(DAGS);
const { client } = world.env;
const now = async () => instantOfMillis(await world.env.currentTimeMs());
const workflow = (id: string) => client.workflow.getHandle(id);

try {
  const at = await now();
  const deployed = DAGS.map((dag) => deployedDagOf({ ...dag, params: undefined }, at));
  await deployDags(client, deployed, 'test');
  await world.withWorker(async () => {
    // First, for the server's clock leaps no more once a body was left behind.
    await recordScheduler();
    const run = await recordRun();
    await saveHistory(`dag-run-${VERSION}`, run);
    await saveHistory(`dag-shard-${VERSION}`, workflow(`${run.workflowId}/wide/0-2/1`));
    await saveHistory(`dag-scheduler-${VERSION}`, workflow(schedulerIdOf(hourly.id)));
    await saveHistory(`dag-pool-${VERSION}`, workflow(poolIdOf('few')));
    await saveHistory(`dag-asset-board-${VERSION}`, workflow(ASSET_BOARD_ID));
  });
} finally {
  await world.close();
}

/** A run that waits for a pool, is cleared, marked and cancelled. */
async function recordRun(): Promise<RunHandle> {
  const holding = await world.start(holder);
  const lease: PoolRequest = {
    leaseId: 'held',
    holder: holding.workflowId,
    slots: 2,
    priority: 1,
    label: 'holder',
  };
  await workflow(poolIdOf('few')).signal(PoolMessage.acquire, lease);
  const run = await world.start(recorded, { reportTo: schedulerIdOf(recorded.id) });
  await reaches(run, 'copy', 'running');
  await holding.terminate('recorded');
  await world.env.sleep('10 minutes');
  await reaches(run, 'left', 'success');
  await operate(run, { type: 'clear', tasks: ['sum'], downstream: true });
  await reaches(run, 'left', 'success');
  await operate(run, { type: 'clear', tasks: ['copy'], mapIndexes: [3], downstream: true });
  await reaches(run, 'left', 'success');
  await operate(run, { type: 'mark', task: 'approved', as: 'success', output: { value: true } });
  await reaches(run, 'slow', 'running');
  await delay(500);
  await operate(run, { type: 'cancel' });
  await endOf(run);
  return run;
}

/** A schedule that is paused, asked by hand, and filled back. */
async function recordScheduler(): Promise<void> {
  const scheduler = workflow(schedulerIdOf(hourly.id));
  await world.env.sleep('4 hours');
  await scheduler.executeUpdate(SchedulerMessage.pause, { args: [null] });
  await world.env.sleep('2 hours');
  await scheduler.executeUpdate(SchedulerMessage.unpause, { args: [null] });
  await world.env.sleep('1 hour');
  const trigger: TriggerRequest = { at: await now(), runId: 'by-hand' };
  await scheduler.executeUpdate(SchedulerMessage.trigger, { args: [trigger] });
  const to = await now();
  const backfill: BackfillRequest = {
    from: addSeconds(to, -24 * 3600),
    to,
    scope: 'missing',
    maxActiveRuns: 2,
    backwards: false,
    dryRun: false,
    at: to,
  };
  await scheduler.executeUpdate(SchedulerMessage.backfill, { args: [backfill] });
  await world.env.sleep('90 minutes');
}

async function operate(run: RunHandle, operation: RunOperation): Promise<void> {
  await run.executeUpdate(RunMessage.operate, { args: [operation] });
}

/** Waits, in real time, until a task of the run is in `state`. */
async function reaches(run: RunHandle, task: string, state: string): Promise<void> {
  for (;;) {
    const { tasks } = await run.query<DagRunView>(RunMessage.view);
    if (tasks.find(({ id }) => id === task)?.state === state) return;
    await delay(50);
  }
}

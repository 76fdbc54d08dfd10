/** Owns recording lives of DAGs in virtual time: hours of waits, people who clear, mark and cancel. */
import { setTimeout as delay } from 'node:timers/promises';
import { addSeconds } from '../../src/core/instant.js';
import {
  ASSET_BOARD_ID,
  poolIdOf,
  PoolMessage,
  RunMessage,
  schedulerIdOf,
  SchedulerMessage,
} from '../../src/scheduling/dag-names.js';
import type { DagRunSnapshot } from '../../src/scheduling/dag-run-input.js';
import type { BackfillRequest } from '../../src/scheduling/dag-scheduler-input.js';
import type { PoolRequest, PoolSize } from '../../src/scheduling/pool-messages.js';
import { planReopening } from '../../src/temporal/dag-runs.js';
import { RecordingWorld } from './recording-world.js';
import { follower, holder, hourly, recorded, stopped } from './recorded-dags.js';

/** Records a run, its shards, its pool, schedules, and the board, each from the beginning. */
export function recordLives(): Promise<void> {
  return RecordingWorld.live([recorded, stopped, hourly, follower, holder], async (world) => {
    // First, for the server's clock leaps no more once a body was left behind.
    await recordScheduler(world);
    await recordRun(world);
    await recordStopped(world);
    await world.save('dag-scheduler', world.workflow(schedulerIdOf(hourly.id)));
    await world.save('dag-scheduler-of-assets', world.workflow(schedulerIdOf(follower.id)));
    await world.save('dag-pool', world.workflow(poolIdOf('few')));
    await world.save('dag-asset-board', world.workflow(ASSET_BOARD_ID));
  });
}

/** A run that waits for a pool, is cleared, marked and cancelled. */
async function recordRun(world: RecordingWorld): Promise<void> {
  const pool = world.workflow(poolIdOf('few'));
  const holding = await world.start(holder);
  const { workflowId } = holding;
  const lease: PoolRequest = {
    leaseId: 'held',
    holder: workflowId,
    slots: 2,
    priority: 1,
    label: 'holder',
  };
  await pool.signal(PoolMessage.acquire, lease);
  const run = await world.start(recorded);
  await world.reaches(run, 'copy', 'running');
  await holding.terminate('recorded');
  await world.sleep('15 minutes');
  await world.reaches(run, 'left', 'success');
  const size: PoolSize = { slots: 1 };
  await pool.signal(PoolMessage.resize, size);
  await world.operate(run, { type: 'clear', tasks: ['sum'], downstream: true });
  await world.reaches(run, 'left', 'success');
  await world.operate(run, { type: 'clear', tasks: ['copy'], mapIndexes: [3], downstream: true });
  await world.reaches(run, 'left', 'success');
  await world.operate(run, {
    type: 'mark',
    task: 'approved',
    as: 'success',
    output: { value: true },
  });
  await world.reaches(run, 'slow', 'running');
  await delay(500);
  await world.operate(run, { type: 'cancel' });
  await world.ends(run);
  await world.save('dag-run', run);
  await world.save('dag-shard', world.workflow(`${run.workflowId}/wide/0-2/1`));
}

/** A run whose bodies and shards are cleared and cancelled as they run, and that is opened again. */
async function recordStopped(world: RecordingWorld): Promise<void> {
  const run = await world.start(stopped);
  await world.reaches(run, 'hang', 'running');
  await delay(500);
  await world.operate(run, { type: 'clear', tasks: ['hang', 'alone'] });
  await delay(500);
  await run.cancel();
  await world.ends(run);
  await world.save('dag-run-cancelled', run);
  await world.save('dag-shard-cancelled', world.workflow(`${run.workflowId}/hang/2-3/2`));

  const snapshot = await run.query<DagRunSnapshot>(RunMessage.snapshot);
  const again = await world.reopen(run, planReopening(snapshot, { type: 'retryFailed' }));
  await world.reaches(again, 'alone', 'running');
  await delay(500);
  await world.operate(again, { type: 'mark', task: 'hang', as: 'success' });
  await world.operate(again, { type: 'mark', task: 'alone', as: 'failed' });
  await world.ends(again);
  await world.save('dag-run-reopened', again);
}

/** A schedule that is behind, is paused, asked by hand, and filled back. */
async function recordScheduler(world: RecordingWorld): Promise<void> {
  const scheduler = world.workflow(schedulerIdOf(hourly.id));
  await world.sleep('4 hours');
  await scheduler.executeUpdate(SchedulerMessage.pause, { args: [null] });
  await world.sleep('2 hours');
  await scheduler.executeUpdate(SchedulerMessage.unpause, { args: [null] });
  await world.sleep('1 hour');
  await world.trigger(hourly, 'by-hand');
  const to = await world.now();
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
  await world.sleep('90 minutes');
}

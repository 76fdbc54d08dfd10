/** Owns the scheduler of one DAG: carries out what `src/scheduling` decides, for ever. */
import {
  ActivityFailure,
  ApplicationFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineUpdate,
  proxyActivities,
  setHandler,
} from '@temporalio/workflow';
import type { SchedulerActivities } from '../activities/dag/scheduler-activities.js';
import type { ErrorCode } from '../src/core/errors.js';
import { readAssetUpdate } from '../src/scheduling/asset-messages.js';
import { runWorkflowIdOf, SchedulerMessage } from '../src/scheduling/dag-names.js';
import type {
  BackfillPlan,
  BackfillRequest,
  SchedulerView,
  Triggered,
  TriggerRequest,
} from '../src/scheduling/dag-scheduler-input.js';
import type { IntervalRun } from '../src/scheduling/plan-backfill.js';
import { readDeployedDag, readRunChange } from '../src/scheduling/read-scheduler-signals.js';
import {
  assetUpdated,
  backfillAdded,
  deployed,
  paused,
  runChanged,
  triggered,
  unpaused,
  unread,
} from '../src/scheduling/scheduler-events.js';
import {
  backfillRefusal,
  backfillTooMuch,
  triggerRefusal,
  type Refusal,
} from '../src/scheduling/scheduler-requests.js';
import {
  freeRuns,
  initialScheduler,
  type SchedulerState,
} from '../src/scheduling/scheduler-state.js';
import { schedulerView } from '../src/scheduling/scheduler-view.js';
import { SchedulerRun } from './scheduler-run.js';

/** Argument of the workflow `dagScheduler`. */
export interface DagSchedulerInput {
  readonly dagId: string;
  readonly carried?: SchedulerState;
}

export const schedulerViewQuery = defineQuery<SchedulerView>(SchedulerMessage.view);
export const triggerUpdate = defineUpdate<Triggered, [TriggerRequest]>(SchedulerMessage.trigger);
export const backfillUpdate = defineUpdate<BackfillPlan, [BackfillRequest]>(
  SchedulerMessage.backfill,
);
export const pauseUpdate = defineUpdate<null>(SchedulerMessage.pause);
export const unpauseUpdate = defineUpdate<null>(SchedulerMessage.unpause);

const { layOutBackfill } = proxyActivities<Pick<SchedulerActivities, 'layOutBackfill'>>({
  startToCloseTimeout: '30 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { maximumAttempts: 5 },
});

/** Schedules one DAG, for ever. Workflow id: `tidemark/dag/<dag>`. */
export async function dagScheduler({ dagId, carried }: DagSchedulerInput): Promise<void> {
  // Time has passed since the carried state was written, and nobody can say how much.
  const scheduler = new SchedulerRun(
    carried === undefined ? initialScheduler(dagId) : unread(carried),
  );
  listen(scheduler, dagId);
  scheduler.signals.show();
  for (;;) {
    await condition(() => scheduler.hasWork() || scheduler.mustLeave());
    if (scheduler.mustLeave()) break;
    await scheduler.proceed();
  }
  await scheduler.leave();
  await continueAsNew<typeof dagScheduler>({ dagId, carried: scheduler.state });
}

function listen(scheduler: SchedulerRun, dagId: string): void {
  const { signals } = scheduler;
  signals.on(SchedulerMessage.deploy, (value) => readDeployedDag(dagId, value), deployed);
  signals.on(SchedulerMessage.runChanged, readRunChange, runChanged);
  signals.on(SchedulerMessage.assetUpdated, readAssetUpdate, assetUpdated);
  setHandler(schedulerViewQuery, () => {
    const view = schedulerView(scheduler.state);
    if (view === undefined) throw new Error(`No worker has deployed DAG ${dagId} yet.`);
    return view;
  });
  setHandler(pauseUpdate, () => {
    scheduler.update(paused);
    return null;
  });
  setHandler(unpauseUpdate, () => {
    scheduler.update(unpaused);
    return null;
  });
  setHandler(triggerUpdate, (request: TriggerRequest) => trigger(scheduler, request), {
    validator: (request: TriggerRequest) => {
      refuse(triggerRefusal(scheduler.state, request));
    },
  });
  setHandler(backfillUpdate, (request: BackfillRequest) => backfill(scheduler, request), {
    validator: (request: BackfillRequest) => {
      refuse(backfillRefusal(scheduler.state, request));
    },
  });
}

function trigger(scheduler: SchedulerRun, request: TriggerRequest): Triggered {
  const { state, run } = triggered(scheduler.state, request);
  scheduler.update(() => state);
  return {
    runId: run.runId,
    workflowId: runWorkflowIdOf(state.dagId, run.runId),
    queued: state.paused || freeRuns(state) < state.queue.length,
  };
}

async function backfill(scheduler: SchedulerRun, request: BackfillRequest): Promise<BackfillPlan> {
  const { dagId, deployed: dag, active, ended } = scheduler.state;
  if (dag === undefined) throw new Error('a backfill is validated before it begins');
  const { from, to, scope, backwards, dryRun } = request;
  const known = knownRuns(active, ended, from, to);
  const summary = `lay out ${scope} from ${from} to ${to}`;
  const order = { dagId, schedule: dag.graph.schedule, from, to, scope, backwards, known };
  const { plan, spans } = await layOutBackfill
    .executeWithOptions({ summary }, [order])
    .catch((error: unknown) => {
      // The reason is what the asker must read, not that an activity failed.
      throw error instanceof ActivityFailure ? (error.cause ?? error) : error;
    });
  if (dryRun || plan.total === 0) return plan;
  refuse(backfillTooMuch(scheduler.state, plan.total));
  const { state, backfillId } = backfillAdded(scheduler.state, request, spans);
  scheduler.update(() => state);
  return { ...plan, backfillId };
}

function knownRuns(
  active: SchedulerState['active'],
  ended: SchedulerState['ended'],
  from: string,
  to: string,
): Record<string, IntervalRun> {
  const inRange = ({ runId }: { readonly runId: string }): boolean => runId >= from && runId < to;
  return Object.fromEntries([
    ...ended
      .filter(inRange)
      .map((run) => [run.runId, run.status === 'success' ? 'success' : 'failed'] as const),
    ...active.filter(inRange).map((run) => [run.runId, 'active'] as const),
  ]);
}

function refuse(refusal: Refusal | undefined): void {
  if (refusal === undefined) return;
  throw ApplicationFailure.create({
    message: refusal.message,
    type: 'InvalidUsage' satisfies ErrorCode,
    nonRetryable: true,
    details: [{ hint: refusal.hint }],
  });
}

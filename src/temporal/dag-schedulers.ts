/** Owns what a client tells schedulers of DAGs and sees of them. */
import { ApplicationFailure, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import {
  dagTaskQueueOf,
  DagWorkflow,
  schedulerIdOf,
  SchedulerMessage,
} from '../scheduling/dag-names.js';
import type {
  BackfillPlan,
  BackfillRequest,
  DeployedDag,
  SchedulerView,
  Triggered,
  TriggerRequest,
} from '../scheduling/dag-scheduler-input.js';
import type { dagScheduler } from '../../workflows/dag-scheduler.js';
import { askWorkflow, type Answer } from './ask-workflow.js';
import type { TemporalAccess } from './connect.js';

/** A scheduler that runs: its view, or why it did not answer. */
export type SeenScheduler = { readonly dagId: string } & Answer<SchedulerView>;

/** A backfill of ten thousand intervals asks the server about each. */
const UPDATE_TIMEOUT_MS = 600_000;

/**
 * Tells the DAG's scheduler what this worker serves; starts it when it does not run. The newest
 * deploy wins.
 *
 * @param taskQueue - the table queue; schedulers run on the DAG queue beside it
 */
export async function deployDag(
  client: Client,
  deployed: DeployedDag,
  taskQueue: string,
): Promise<void> {
  const dagId = deployed.graph.id;
  await client.workflow.signalWithStart<typeof dagScheduler, [DeployedDag]>(DagWorkflow.scheduler, {
    workflowId: schedulerIdOf(dagId),
    taskQueue: dagTaskQueueOf(taskQueue),
    args: [{ dagId }],
    signal: SchedulerMessage.deploy,
    signalArgs: [deployed],
    staticSummary: `schedules the runs of ${dagId}`,
  });
}

/** One DAG's scheduler; NotFound when it does not run. Bounded in time, worker or not. */
export async function seeScheduler(access: TemporalAccess, dagId: string): Promise<SeenScheduler> {
  const answer = await ask(access, dagId);
  if (answer !== undefined) return { dagId, ...answer };
  throw new TidemarkError(`There is no DAG ${dagId}.`, {
    code: ErrorCode.NotFound,
    subject: dagId,
    hint: 'A worker deploys the DAGs it is given; `tidemark dag list` shows what there is.',
  });
}

/** Every scheduler that runs, by DAG. */
export async function listSchedulers(access: TemporalAccess): Promise<readonly SeenScheduler[]> {
  const query = `WorkflowType = "${DagWorkflow.scheduler}" AND ExecutionStatus = "Running"`;
  const prefix = schedulerIdOf('');
  const dagIds = new Set<string>();
  for await (const { workflowId } of access.client.workflow.list({ query })) {
    if (workflowId.startsWith(prefix)) dagIds.add(workflowId.slice(prefix.length));
  }
  const seen = await Promise.all(
    [...dagIds].sort().map(async (dagId) => {
      const answer = await ask(access, dagId);
      return answer === undefined ? [] : [{ dagId, ...answer }];
    }),
  );
  return seen.flat();
}

/** Asks for a run. @throws TidemarkError InvalidUsage with the scheduler's reason. */
export async function triggerDag(
  access: TemporalAccess,
  dagId: string,
  request: TriggerRequest,
): Promise<Triggered> {
  return update(access, dagId, SchedulerMessage.trigger, request);
}

/** Asks for runs of past intervals. @throws TidemarkError InvalidUsage with the scheduler's reason. */
export async function backfillDag(
  access: TemporalAccess,
  dagId: string,
  request: BackfillRequest,
): Promise<BackfillPlan> {
  return update(access, dagId, SchedulerMessage.backfill, request);
}

/** No run begins from now on; those under way go on. */
export async function pauseDag(access: TemporalAccess, dagId: string): Promise<void> {
  await update<null>(access, dagId, SchedulerMessage.pause, null);
}

/** Runs begin again; catchup decides which intervals of the meantime do. */
export async function unpauseDag(access: TemporalAccess, dagId: string): Promise<void> {
  await update<null>(access, dagId, SchedulerMessage.unpause, null);
}

function ask(access: TemporalAccess, dagId: string): Promise<Answer<SchedulerView> | undefined> {
  return askWorkflow<SchedulerView>(access, schedulerIdOf(dagId), SchedulerMessage.view);
}

/** An update waits for its worker without end: whether one answers at all is asked first. */
async function update<Reply>(
  access: TemporalAccess,
  dagId: string,
  name: string,
  request: unknown,
): Promise<Reply> {
  const seen = await seeScheduler(access, dagId);
  if ('silence' in seen) {
    throw new TidemarkError(`DAG ${dagId} does not answer. ${seen.silence}`, {
      code: ErrorCode.Unreachable,
      subject: dagId,
      retryable: true,
      hint: 'Start `tidemark worker` with its file.',
    });
  }
  const handle = access.client.workflow.getHandle(schedulerIdOf(dagId));
  try {
    return await access.connection.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () =>
      handle.executeUpdate<Reply, [unknown]>(name, { args: [request] }),
    );
  } catch (error) {
    throw refusalOf(error, dagId) ?? error;
  }
}

function refusalOf(error: unknown, dagId: string): TidemarkError | undefined {
  if (!(error instanceof WorkflowUpdateFailedError)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const hint = hintOf(cause.details?.[0]);
  return new TidemarkError(cause.message, {
    code: ErrorCode.InvalidUsage,
    subject: dagId,
    ...(hint === undefined ? {} : { hint }),
    cause: error,
  });
}

function hintOf(detail: unknown): string | undefined {
  if (typeof detail !== 'object' || detail === null || !('hint' in detail)) return undefined;
  return typeof detail.hint === 'string' ? detail.hint : undefined;
}

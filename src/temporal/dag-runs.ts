/** Owns what a client sees of runs of DAGs and does to them. */
import {
  ApplicationFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowExecutionInfo,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { decide, type RunOperation } from '../dag/index.js';
import {
  DagWorkflow,
  runOfWorkflowId,
  RunMessage,
  runWorkflowIdOf,
} from '../scheduling/dag-names.js';
import type { DagRunInput, DagRunSnapshot, DagRunView } from '../scheduling/dag-run-input.js';
import { askExecution } from './ask-workflow.js';
import type { TemporalAccess } from './connect.js';
import { pendingWorkOf, type PendingWork } from './pending-work.js';

/** A run as visibility lists it. */
export interface ListedRun {
  readonly dagId: string;
  readonly runId: string;
  readonly workflowId: string;
  /** The id of the latest execution of that workflow. */
  readonly executionId: string;
  readonly taskQueue: string;
  readonly execution: WorkflowExecutionStatusName;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
}

/** A run looked at closely. */
export interface SeenRun extends ListedRun {
  /** The run's own word and its graph; absent when nobody answered in time. */
  readonly view?: DagRunView;
  readonly snapshot?: DagRunSnapshot;
  /** Why there is none, as one sentence. */
  readonly silence?: string;
  /** Activities that wait, run or are being tried again. */
  readonly pending: readonly PendingWork[];
}

/** What became of an operation. */
export interface Operated {
  /** `reopened`: the run had ended, and goes on in a new execution that reuses what stands. */
  readonly outcome: 'told' | 'reopened';
  readonly workflowId: string;
}

const UPDATE_TIMEOUT_MS = 60_000;

/** The latest runs of a DAG, the newest first; each once, however many executions it took. */
export async function listDagRuns(
  access: TemporalAccess,
  dagId: string,
  limit: number,
): Promise<readonly ListedRun[]> {
  const prefix = runWorkflowIdOf(dagId, '');
  const query = `WorkflowType = "${DagWorkflow.run}" AND WorkflowId STARTS_WITH "${prefix}"`;
  const runs = new Map<string, ListedRun>();
  if (/["\\]/.test(prefix)) return [];
  for await (const info of access.client.workflow.list({ query })) {
    const run = listed(info);
    const known = run && runs.get(run.workflowId);
    if (run === undefined) continue;
    if (known === undefined && runs.size === limit) break;
    if (known === undefined || known.startedAtMs < run.startedAtMs) runs.set(run.workflowId, run);
  }
  return [...runs.values()].sort((a, b) => b.startedAtMs - a.startedAtMs);
}

/** One run; undefined when there is none. Bounded in time, worker or not. */
export async function seeDagRun(
  access: TemporalAccess,
  dagId: string,
  runId: string,
): Promise<SeenRun | undefined> {
  const handle = access.client.workflow.getHandle(runWorkflowIdOf(dagId, runId));
  const description = await handle.describe().catch((error: unknown) => {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  });
  const run = description && listed(description);
  if (description === undefined || run === undefined) return undefined;
  const pending = pendingWorkOf(description.raw);
  const execution = { ...run, runId: run.executionId };
  const view = await askExecution<DagRunView>(access, execution, RunMessage.view);
  if ('silence' in view) return { ...run, silence: view.silence, pending };
  const snapshot = await askExecution<DagRunSnapshot>(access, execution, RunMessage.snapshot);
  if ('silence' in snapshot) return { ...run, silence: snapshot.silence, pending };
  return { ...run, view: view.said, snapshot: snapshot.said, pending };
}

/**
 * Does `operation` to a run, under way or ended. InvalidUsage when it would change nothing, or the
 * run refuses it.
 */
export async function operateRun(
  access: TemporalAccess,
  run: SeenRun,
  operation: RunOperation,
): Promise<Operated> {
  const { workflowId } = run;
  if (run.snapshot === undefined) {
    throw new TidemarkError(`Run ${run.runId} of ${run.dagId} does not answer.`, {
      code: ErrorCode.Unreachable,
      subject: workflowId,
      retryable: true,
      hint: run.silence ?? 'Start `tidemark worker` with its file.',
    });
  }
  if (run.execution === 'RUNNING') return tell(access, run, operation);
  const input = planReopening(run.snapshot, operation);
  try {
    await access.client.workflow.start(DagWorkflow.run, {
      workflowId,
      taskQueue: run.taskQueue,
      args: [input],
      workflowIdConflictPolicy: WorkflowIdConflictPolicy.FAIL,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    });
    return { outcome: 'reopened', workflowId };
  } catch (error) {
    // Someone else opened it a moment ago; then it can be told.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return tell(access, run, operation);
    throw error;
  }
}

/** What an ended run is started with to go on with `operation`; InvalidUsage when nothing would change. */
export function planReopening(snapshot: DagRunSnapshot, operation: RunOperation): DagRunInput {
  const { graph, carried, run } = snapshot;
  const { state, commands } = decide(graph, carried.state, { ...operation, atMs: carried.nowMs });
  // One that was terminated goes on where it stood, whatever is asked of it.
  const isOver = carried.state.status !== 'running';
  if (isOver && commands.length === 0 && JSON.stringify(state) === JSON.stringify(carried.state)) {
    throw new TidemarkError(
      `Run ${run.runId} has ended as ${carried.state.status}; ${NO_USE[operation.type]}.`,
      {
        code: ErrorCode.InvalidUsage,
        subject: run.runId,
        hint: 'Clear tasks to run them again.',
      },
    );
  }
  return { ...snapshot, carried: { ...carried, operation } };
}

const NO_USE: Readonly<Record<RunOperation['type'], string>> = {
  clear: 'these tasks have not run',
  mark: 'the task stands like that already',
  retryFailed: 'no task of it failed',
  cancel: 'there is nothing to cancel',
};

async function tell(
  access: TemporalAccess,
  { workflowId, dagId }: SeenRun,
  operation: RunOperation,
): Promise<Operated> {
  const handle = access.client.workflow.getHandle(workflowId);
  try {
    await access.connection.withDeadline(Date.now() + UPDATE_TIMEOUT_MS, () =>
      handle.executeUpdate(RunMessage.operate, { args: [operation, Date.now()] }),
    );
    return { outcome: 'told', workflowId };
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { cause } = error;
    throw new TidemarkError(cause instanceof ApplicationFailure ? cause.message : error.message, {
      code: ErrorCode.InvalidUsage,
      subject: dagId,
      cause: error,
    });
  }
}

function listed(info: Omit<WorkflowExecutionInfo, 'raw'>): ListedRun | undefined {
  const run = runOfWorkflowId(info.workflowId);
  if (run === undefined || info.type !== DagWorkflow.run) return undefined;
  return {
    ...run,
    workflowId: info.workflowId,
    executionId: info.runId,
    taskQueue: info.taskQueue,
    execution: info.status.name,
    startedAtMs: info.startTime.getTime(),
    ...(info.closeTime === undefined ? {} : { endedAtMs: info.closeTime.getTime() }),
  };
}

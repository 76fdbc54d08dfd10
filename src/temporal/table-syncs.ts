/** Owns what a client sees of table syncs and tells them: list, look at one, signal. */
import {
  WorkflowNotFoundError,
  type WorkflowExecutionInfo,
  type WorkflowExecutionStatusName,
} from '@temporalio/client';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import {
  STATUS_QUERY,
  TABLE_SYNC_WORKFLOW,
  tableOfWorkflowId,
  workflowIdOf,
  type SyncSignal,
} from '../sync/table-sync-input.js';
import type { TableSyncStatus } from '../sync/table-sync-status.js';
import { askExecution } from './ask-workflow.js';
import type { TemporalAccess } from './connect.js';
import { pendingWorkOf, type PendingWork } from './pending-work.js';

/** A table's sync as visibility lists it. */
export interface ListedSync {
  readonly workflowId: string;
  readonly runId: string;
  readonly region: string;
  readonly tableName: string;
  readonly taskQueue: string;
  readonly execution: WorkflowExecutionStatusName;
  readonly startedAt: string;
}

/** A table's sync looked at closely. */
export interface SeenSync extends ListedSync {
  /** The sync's own word; absent when nobody answered in time. */
  readonly status?: TableSyncStatus;
  /** Why there is no status, as one sentence. */
  readonly silence?: string;
  /** Activities that wait, run or are being tried again. */
  readonly pending: readonly PendingWork[];
}

/** Every table's sync of the namespace, running ones unless `all`; the latest run of each. */
export async function listTableSyncs(
  access: TemporalAccess,
  options: { readonly all: boolean },
): Promise<readonly ListedSync[]> {
  const running = options.all ? '' : ' AND ExecutionStatus = "Running"';
  const query = `WorkflowType = "${TABLE_SYNC_WORKFLOW}"${running}`;
  const latest = new Map<string, ListedSync>();
  for await (const info of access.client.workflow.list({ query })) {
    const sync = listed(info);
    const known = sync && latest.get(sync.workflowId);
    if (sync === undefined) continue;
    if (known === undefined || known.startedAt < sync.startedAt) latest.set(sync.workflowId, sync);
  }
  return [...latest.values()].sort((a, b) => (a.workflowId < b.workflowId ? -1 : 1));
}

/** One table's sync; NotFound when it was never started. Bounded in time, worker or not. */
export async function seeTableSync(
  access: TemporalAccess,
  region: string,
  tableName: string,
): Promise<SeenSync> {
  const workflowId = workflowIdOf(region, tableName);
  const handle = access.client.workflow.getHandle(workflowId);
  const description = await handle.describe().catch((error: unknown) => {
    throw error instanceof WorkflowNotFoundError ? noSuchSync(region, tableName) : error;
  });
  const sync = listed(description);
  if (sync === undefined) throw noSuchSync(region, tableName);
  const pending = pendingWorkOf(description.raw);
  const answer = await askExecution<TableSyncStatus>(access, sync, STATUS_QUERY);
  return 'said' in answer
    ? { ...sync, status: answer.said, pending }
    : { ...sync, silence: answer.silence, pending };
}

/** Sends a signal; NotFound when no sync of the table is running. */
export async function signalTableSync(
  access: TemporalAccess,
  region: string,
  tableName: string,
  signal: SyncSignal,
): Promise<void> {
  try {
    await access.client.workflow.getHandle(workflowIdOf(region, tableName)).signal(signal);
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? noSuchSync(region, tableName) : error;
  }
}

function listed(info: Omit<WorkflowExecutionInfo, 'raw'>): ListedSync | undefined {
  const table = tableOfWorkflowId(info.workflowId);
  if (table === undefined) return undefined;
  return {
    ...table,
    workflowId: info.workflowId,
    runId: info.runId,
    taskQueue: info.taskQueue,
    execution: info.status.name,
    startedAt: info.startTime.toISOString(),
  };
}

function noSuchSync(region: string, tableName: string): TidemarkError {
  return new TidemarkError(`No sync of ${tableName} is running in ${region}.`, {
    code: ErrorCode.NotFound,
    subject: tableName,
    hint: `Start it with \`tidemark start ${tableName}\`; \`tidemark list --all\` shows what there is.`,
  });
}

/** Owns the permanent names of the DAG engine on Temporal: workflow types, ids, signals, updates, queries. */
import type { Instant } from '../core/instant.js';

/** Workflow types, as the bundle exports them. */
export const DagWorkflow = {
  run: 'dagRun',
  shard: 'dagShard',
  scheduler: 'dagScheduler',
  pool: 'dagPool',
  assetBoard: 'dagAssetBoard',
} as const;

/** Messages to a run. Updates are validated; the signal comes from a pool. */
export const RunMessage = {
  /** Query: {@link DagRunView}. */
  view: 'view',
  /** Query: what another run needs to go on from here, `DagRunSnapshot`. */
  snapshot: 'snapshot',
  /** Update: one `RunOperation`. */
  operate: 'operate',
  /** Signal: how the run before ended, by task. */
  past: 'past',
  /** Signal from a pool: a lease was granted, by its id. */
  leased: 'leased',
} as const;

/** Messages to a DAG's scheduler. */
export const SchedulerMessage = {
  /** Query. */
  view: 'view',
  /** Signal, with start: the DAG as a worker serves it now. */
  deploy: 'deploy',
  /** Updates. */
  trigger: 'trigger',
  backfill: 'backfill',
  pause: 'pause',
  unpause: 'unpause',
  /** Signal of a run: it ended, or was opened again. */
  runChanged: 'runChanged',
  /** Signal of the asset board. */
  assetUpdated: 'assetUpdated',
} as const;

/** Messages to a pool. */
export const PoolMessage = {
  view: 'view',
  /** Signal, with start: how many slots there are. */
  resize: 'resize',
  acquire: 'acquire',
  release: 'release',
} as const;

/** Messages to the asset board. */
export const AssetMessage = {
  view: 'view',
  /** Signal, with start: a DAG follows these assets from now on. */
  follow: 'follow',
  /** Signal: an asset was updated. */
  updated: 'updated',
} as const;

/** The id of the workflow that knows which DAG follows which asset. */
export const ASSET_BOARD_ID = 'tidemark/assets';

/** The queue of DAG workflows and bodies beside a table queue: bodies must not crowd out loads. */
export function dagTaskQueueOf(taskQueue: string): string {
  return `${taskQueue}-dags`;
}

/** The workflow id of a DAG's scheduler. */
export function schedulerIdOf(dagId: string): string {
  return `tidemark/dag/${dagId}`;
}

/** The workflow id of one run. */
export function runWorkflowIdOf(dagId: string, runId: string): string {
  return `tidemark/dag/${dagId}/${runId}`;
}

/** The DAG and run that a workflow id names; undefined when it is not a run's. */
export function runOfWorkflowId(
  workflowId: string,
): { readonly dagId: string; readonly runId: string } | undefined {
  const match = /^tidemark\/dag\/([^/]+)\/([^/]+)$/.exec(workflowId);
  const [, dagId, runId] = match ?? [];
  return dagId === undefined || runId === undefined ? undefined : { dagId, runId };
}

/** The workflow id of a pool. */
export function poolIdOf(pool: string): string {
  return `tidemark/pool/${pool}`;
}

/**
 * The run id of an interval: its start alone, however the run came about, so that the server itself
 * allows no second run of an interval at the same time.
 */
export function intervalRunId(start: Instant): string {
  return start;
}

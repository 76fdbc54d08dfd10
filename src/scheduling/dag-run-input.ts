/** Owns what a run of a DAG is started with, and what it says of itself. */
import type { Instant } from '../core/instant.js';
import type { AssetEvent } from '../dag/assets.js';
import type { RunCommand, RunOperation, TimerPurpose } from '../dag/engine/messages.js';
import type { RunState, RunStatus, TaskState } from '../dag/engine/run-state.js';
import type { TaskView } from '../dag/engine/run-view.js';
import type { DagGraph, Json } from '../dag/graph.js';
import type { DataInterval } from '../dag/run-context.js';

/** How a run came about. */
export type RunType = 'scheduled' | 'manual' | 'backfill' | 'asset';

/** What the bodies of a run are told of it. */
export interface RunFacts {
  readonly dagId: string;
  readonly runId: string;
  readonly dataInterval: DataInterval;
  readonly logicalDate: Instant;
  readonly params: Json;
  readonly assetEvents: readonly AssetEvent[];
}

/** A run under way as it goes on in another workflow execution. */
export interface CarriedRun {
  readonly state: RunState;
  /** Waits that are not over, each with its end in milliseconds since 1970. */
  readonly timers: readonly { readonly dueMs: number; readonly timer: TimerPurpose }[];
  /** Commands that were decided and not yet carried out, in order. */
  readonly held: readonly RunCommand[];
  readonly nowMs: number;
  /** Applied first: the operation that opened a finished run again. */
  readonly operation?: RunOperation;
}

/** Argument of the workflow `dagRun`. */
export interface DagRunInput {
  /** The graph as the run pins it; whatever is deployed later, this is what runs. */
  readonly graph: DagGraph;
  readonly graphHash: string;
  readonly run: RunFacts;
  readonly runType: RunType;
  /** How tasks that depend on the past stand in the run before; absent when there was none. */
  readonly previous?: Readonly<Record<string, TaskState>>;
  /** The workflow id of the scheduler that is told of the run's end; nobody when absent. */
  readonly reportTo?: string;
  readonly carried?: CarriedRun;
}

/** A run as a query shows it. */
export interface DagRunView {
  readonly dagId: string;
  readonly runId: string;
  readonly runType: RunType;
  readonly graphHash: string;
  readonly dataInterval: DataInterval;
  readonly logicalDate: Instant;
  readonly params: Json;
  readonly status: RunStatus;
  readonly cancelling: boolean;
  readonly startedAtMs: number;
  readonly endedAtMs?: number;
  readonly tasks: readonly TaskView[];
  /** Instances that wait for a pool, and for which. */
  readonly waitingForPool: readonly { readonly name: string; readonly pool: string }[];
}

/** What another execution needs to go on with a run; also of one that has ended. */
export type DagRunSnapshot = DagRunInput & { readonly carried: CarriedRun };

/** A task that did not succeed, as it is told to people. */
export interface FailedTask {
  /** `copy[3]` for an item. */
  readonly name: string;
  readonly attempt: number;
  readonly message: string;
}

/** Result of the workflow `dagRun`; a run that failed throws, with this among the failure's details. */
export interface DagRunResult {
  readonly dagId: string;
  readonly runId: string;
  readonly status: Exclude<RunStatus, 'created' | 'running'>;
  /** The first hundred. */
  readonly failed: readonly FailedTask[];
}

/** What a run tells its scheduler, in the signal `runChanged`. */
export interface RunChange {
  readonly runId: string;
  readonly status: RunStatus;
  /** The learned time of the run. */
  readonly atMs: number;
  /** How the tasks that depend on the past ended. */
  readonly past: Readonly<Record<string, TaskState>>;
  readonly failed: readonly FailedTask[];
}

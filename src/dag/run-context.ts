/** Owns what a task's body is given besides its inputs. */
import type { Instant } from '../core/instant.js';
import type { AssetEvent } from './assets.js';
import type { TaskError } from './outcome.js';

/** The stretch of time a run is about, `[start, end)`. */
export interface DataInterval {
  readonly start: Instant;
  readonly end: Instant;
}

/** Where a body's messages go. */
export interface TaskLogger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** The platform's AbortSignal where its types are known, else the part of it that is needed. */
export type CancelSignal = typeof globalThis extends { AbortSignal: { prototype: infer Signal } }
  ? Signal
  : { readonly aborted: boolean; readonly reason: unknown; throwIfAborted(): void };

/** What a body knows of its run and can do besides returning. */
export interface RunContext<Params = unknown> {
  readonly dagId: string;
  readonly taskId: string;
  readonly runId: string;
  /** What the run is about: `[start, end)`. */
  readonly dataInterval: DataInterval;
  /** The start of the data interval; when a manual run was asked for. */
  readonly logicalDate: Instant;
  readonly params: Params;
  /** 1 for the first try; keeps counting when the task is cleared. */
  readonly attempt: number;
  /** The place of a mapped task's item, from 0; −1 when the task is not mapped. */
  readonly mapIndex: number;
  /** The updates of assets that started this run; empty for any other kind of run. */
  readonly assetEvents: readonly AssetEvent[];
  readonly logger: TaskLogger;
  /** Aborts when the run is cancelled or the attempt has run out of its time. */
  readonly signal: CancelSignal;
  /** Says that a long body is alive, with how far it is; `detail` must be JSON. */
  heartbeat(detail?: unknown): void;
  /** Ends the task as skipped. */
  skip(reason: string): never;
  /** Ends the task as failed, with no further try. */
  fail(reason: string): never;
}

/** A task's body: an ordinary async function of its inputs. */
export type TaskBody<Inputs, Output, Params> = (
  inputs: Inputs,
  run: RunContext<Params>,
) => Promise<Output>;

/** What a callback is told of the task, or of the run when `taskId` is absent. */
export interface CallbackEvent {
  readonly taskId?: string;
  readonly mapIndex?: number;
  readonly attempt?: number;
  readonly error?: TaskError;
}

/** A callback's body. */
export type CallbackBody<Params> = (event: CallbackEvent, run: RunContext<Params>) => Promise<void>;

/** Owns the graph of a DAG: frozen, plain JSON that a run pins at its start; never code. */
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Schedule } from './schedule.js';
import type { TriggerRule } from './trigger-rule.js';

/** A value that survives JSON. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** Where an input comes from: a constant, an upstream's output, or how a mapped one's items ended. */
export type InputSource =
  | { readonly kind: 'value'; readonly value: Json }
  | { readonly kind: 'output'; readonly from: string }
  | { readonly kind: 'outcomes'; readonly from: string };

/** One run for each item of the cross product of `over`; the last list goes fastest. */
export interface MapSpec {
  readonly over: readonly { readonly name: string; readonly source: InputSource }[];
  readonly maxActive: number;
  /** The most items there may be, inclusive. */
  readonly limit: number;
  /** A template of an item's name, `{spec.table}-{mode}`. */
  readonly key?: string;
  /** Items that run elsewhere together, as one shard; each by itself when absent. */
  readonly shardSize?: number;
  /** The index of the first item: not 0 in a shard of a larger map. */
  readonly offset: number;
  /** Of a shard: how many items it has. */
  readonly count?: number;
}

/** What a task is, beyond having a body. */
export type TaskKind = 'task' | 'sensor' | 'branch' | 'short_circuit' | 'setup' | 'teardown';

/** The names under which a task's callbacks are registered; absent where it has none. */
export interface CallbackNames {
  readonly onSuccess?: string;
  readonly onFailure?: string;
  readonly onRetry?: string;
}

/** One task. Ids name other tasks of the same graph. */
export interface TaskNode {
  readonly id: string;
  readonly kind: TaskKind;
  readonly description?: string;
  /** The id of the group it is in. */
  readonly group?: string;
  /** The name its body is registered under: `dagId.taskId`. */
  readonly body: string;
  /** Direct upstreams, each once. */
  readonly upstream: readonly string[];
  readonly inputs: Readonly<Record<string, InputSource>>;
  readonly map?: MapSpec;
  readonly triggerRule: TriggerRule;
  readonly retries: number;
  readonly retryDelayMs: number;
  readonly retryExponentialBackoff: boolean;
  readonly maxRetryDelayMs: number;
  readonly executionTimeoutMs?: number;
  readonly pool?: string;
  readonly poolSlots: number;
  readonly priority: number;
  readonly dependsOnPast: boolean;
  readonly local: boolean;
  /** Names of assets that a success updates. */
  readonly outlets: readonly string[];
  readonly callbacks: CallbackNames;
  readonly sensor?: {
    readonly pokeIntervalMs: number;
    readonly timeoutMs: number;
    readonly softFail: boolean;
  };
  /** Of a branch: the tasks each label leads to. */
  readonly branches?: Readonly<Record<string, readonly string[]>>;
  /** Of a short-circuit: whether false skips everything downstream. */
  readonly ignoreDownstreamTriggerRules?: boolean;
  /** Of a teardown: whether its failure fails the run. */
  readonly onFailureFailDagRun?: boolean;
}

/** A DAG as it runs. */
export interface DagGraph {
  readonly version: 1;
  readonly id: string;
  readonly description?: string;
  readonly tags: readonly string[];
  readonly schedule: Schedule;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly catchup: boolean;
  readonly maxActiveRuns: number;
  readonly maxActiveTasks: number;
  readonly pools: Readonly<Record<string, number>>;
  readonly deadline?: {
    readonly afterMs: number;
    readonly from: 'runStart' | 'dataIntervalEnd';
    readonly callback: string;
  };
  readonly callbacks: { readonly onSuccess?: string; readonly onFailure?: string };
  /** Group ids, outer ones first. */
  readonly groups: readonly string[];
  /** Every task after its upstreams. */
  readonly tasks: readonly TaskNode[];
}

/** `value` as JSON with every object's names in order, so that equal graphs are equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([left], [right]) => (left < right ? -1 : 1)))
      : part,
  );
}

/** SHA-256 of the graph's canonical JSON, in hex: what a run pins. */
export function graphHash(graph: DagGraph): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(graph))));
}

/** Freezes `value` and all it holds; returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

/** Owns a DAG while it is being written: what the builder collects and compiling turns to JSON. */
import type { InputSource, TaskKind } from '../graph.js';
import type { TriggerRule } from '../trigger-rule.js';
import type { CommonOptions } from './task-options.js';

/** Every body and callback is called with its inputs and a context. */
export type AnyBody = (inputs: never, run: never) => Promise<unknown>;

/** All that any kind of task's options may hold. */
export interface AnyTaskOptions extends CommonOptions<never, string> {
  readonly triggerRule?: TriggerRule;
  readonly pokeInterval?: string;
  readonly timeout?: string;
  readonly softFail?: boolean;
  readonly ignoreDownstreamTriggerRules?: boolean;
  readonly onFailureFailDagRun?: boolean;
}

/** A map as its author wrote it, with what was left out filled in. */
export interface MapDefinition {
  readonly over: readonly { readonly name: string; readonly source: InputSource }[];
  readonly maxActive: number;
  readonly limit: number;
  readonly key?: string;
  readonly shardSize?: number;
}

/** A task that has been declared; wired once it has been called. */
export interface TaskDraft {
  readonly id: string;
  readonly kind: TaskKind;
  readonly group: string | undefined;
  readonly body: AnyBody;
  readonly options: AnyTaskOptions;
  /** `file:line` of its declaration. */
  readonly site: string | undefined;
  called: boolean;
  readonly upstream: Set<string>;
  inputs: Record<string, InputSource>;
  map?: MapDefinition;
  readonly branches?: Readonly<Record<string, readonly string[]>>;
}

/** A DAG that has been declared. */
export interface DagDraft {
  readonly id: string;
  readonly site: string | undefined;
  readonly tasks: Map<string, TaskDraft>;
  readonly groups: string[];
}

/** Owns the handles on what a DAG is made of: tasks, mapped tasks, setups and groups. */
import type { Outcome } from '../outcome.js';

declare const produces: unique symbol;
declare const outcomeOf: unique symbol;
declare const isSetup: unique symbol;

/** Anything that can come before or after: a task or a group. */
export interface GraphNode {
  readonly id: string;
  /** Waits for `nodes`, with no data passed; returns itself. */
  after(...nodes: readonly GraphNode[]): this;
  /** Lets `nodes` wait for it, with no data passed; returns itself. */
  before(...nodes: readonly GraphNode[]): this;
}

/** A task in the graph that produces `Output`; given as an input, it wires the graph. */
export interface TaskRef<Output = unknown> extends GraphNode {
  readonly [produces]: Output;
}

/** A mapped task: as an input, the list of its items' outputs, in the order of the items. */
export interface MappedRef<Item = unknown> extends TaskRef<Item[]> {
  /** As an input, how each item ended, in order, under any trigger rule. */
  readonly outcomes: OutcomesRef<Item>;
}

/** How each item of a mapped task ended. */
export interface OutcomesRef<Item = unknown> {
  readonly id: string;
  readonly [outcomeOf]: Outcome<Item>[];
}

/** A setup: what a teardown tears down. */
export interface SetupRef<Output = unknown> extends TaskRef<Output> {
  readonly [isSetup]: true;
}

/** A group of tasks, shown as one box; before and after mean its first and last tasks. */
export interface GroupRef<Outputs = unknown> extends GraphNode {
  /** What the group's build function returned. */
  readonly outputs: Outputs;
}

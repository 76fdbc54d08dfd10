/** Owns what a DAG file is written with. */
import type { Asset, AssetCondition } from '../assets.js';
import type { Duration } from '../duration.js';
import type { CallbackBody, RunContext, TaskBody } from '../run-context.js';
import type { Schedule } from '../schedule.js';
import type { TaskTriggerRule } from '../trigger-rule.js';
import type {
  CommonOptions,
  SensorOptions,
  ShortCircuitOptions,
  TaskDefaults,
  TaskOptions,
  TeardownOptions,
} from './task-options.js';
import type { GraphNode, GroupRef, SetupRef, TaskRef } from './task-ref.js';
import type { JsonOutput, MappableDefinition, NoInputs, TaskDefinition } from './wiring-types.js';

/** Checks and types the parameters of a run; zod's schemas are such. */
export interface ParamsSchema<Params> {
  parse(input: unknown): Params;
}

/** The params of a DAG that declares none. */
export type NoParams = NoInputs;

/** When a run is late, and what to call then. */
export interface DeadlineOptions<Params> {
  readonly after: Duration;
  /** What the time is counted from; the run's start unless said. */
  readonly from?: 'runStart' | 'dataIntervalEnd';
  readonly onMissed: CallbackBody<Params>;
}

/** The options of a DAG. */
export interface DagOptions<Params, Pool extends string> {
  readonly description?: string;
  readonly tags?: readonly string[];
  /** When it runs; only by hand unless said. An asset or condition means {@link assets} of it. */
  readonly schedule?: Schedule | Asset | AssetCondition;
  /** The first interval starts here or after (ISO 8601 with zone). */
  readonly startDate?: string;
  /** No interval starts after this (ISO 8601 with zone). */
  readonly endDate?: string;
  /** Runs every missed interval since `startDate`; only the latest unless true. */
  readonly catchup?: boolean;
  readonly params?: ParamsSchema<Params>;
  /** Runs of this DAG at once; 16 unless said. */
  readonly maxActiveRuns?: number;
  /** Tasks (items of mapped ones too) that run at once in one run; 100 unless said. */
  readonly maxActiveTasks?: number;
  /** The pools its tasks use, with their slots. The same name is the same pool in every DAG. */
  readonly pools?: Readonly<Record<Pool, number>>;
  readonly defaults?: TaskDefaults<Pool>;
  readonly deadline?: DeadlineOptions<Params>;
  readonly onSuccess?: CallbackBody<Params>;
  readonly onFailure?: CallbackBody<Params>;
}

/** What a branch returns: the label to follow, several, or null for none. */
export type BranchChoice<Label extends string> = Label | readonly Label[] | null;

/** Where a branch can lead: tasks or groups by label. */
export type Branches = Readonly<Record<string, GraphNode | readonly GraphNode[]>>;

/** What a sensor's output is: `false`, `null` and `undefined` mean "not yet". */
export type Sensed<Found> = Exclude<Found, false | null | undefined>;

/** Declares the tasks of one DAG. */
export interface DagBuilder<Params, Pool extends string> {
  /** A task with an async body. Its input types say what may be wired to it. */
  task<
    Inputs extends object = NoInputs,
    Output = void,
    Rule extends TaskTriggerRule = 'all_success',
  >(
    id: string,
    body: TaskBody<Inputs, Output, Params> & JsonOutput<Output>,
    options?: TaskOptions<Params, Pool, Rule>,
  ): MappableDefinition<Inputs, Output, Rule>;

  /** Looks again and again, in timers that hold no worker, until the body finds something. */
  sensor<
    Inputs extends object = NoInputs,
    Found = boolean,
    Rule extends TaskTriggerRule = 'all_success',
  >(
    id: string,
    body: TaskBody<Inputs, Found, Params> & JsonOutput<Found>,
    options?: SensorOptions<Params, Pool, Rule>,
  ): MappableDefinition<Inputs, Sensed<Found>, Rule>;

  /** Chooses which of `branches` to follow; what is directly downstream of no chosen one is skipped. */
  branch<
    const Targets extends Branches,
    Inputs extends object = NoInputs,
    Rule extends TaskTriggerRule = 'all_success',
  >(
    id: string,
    body: (
      inputs: Inputs,
      run: RunContext<Params>,
    ) => Promise<BranchChoice<keyof NoInfer<Targets> & string>>,
    branches: Targets,
    options?: TaskOptions<Params, Pool, Rule>,
  ): TaskDefinition<Inputs, BranchChoice<keyof Targets & string>, Rule>;

  /** Skips what is downstream when the body returns false. */
  shortCircuit<Inputs extends object = NoInputs, Rule extends TaskTriggerRule = 'all_success'>(
    id: string,
    body: TaskBody<Inputs, boolean, Params>,
    options?: ShortCircuitOptions<Params, Pool, Rule>,
  ): TaskDefinition<Inputs, boolean, Rule>;

  /** Makes what later tasks need and a {@link teardown} removes. */
  setup<Inputs extends object = NoInputs, Output = void>(
    id: string,
    body: TaskBody<Inputs, Output, Params> & JsonOutput<Output>,
    options?: CommonOptions<Params, Pool>,
  ): TaskDefinition<Inputs, Output, 'all_success', SetupRef<Output>>;

  /** Removes what setups made, once all between has ended, whichever way. */
  teardown<Inputs extends object = NoInputs, Output = void>(
    id: string,
    body: TaskBody<Inputs, Output, Params> & JsonOutput<Output>,
    options: TeardownOptions<Params, Pool, SetupRef | readonly [SetupRef, ...SetupRef[]]>,
  ): TaskDefinition<Inputs, Output, 'all_done_setup_success', TaskRef<Output>>;

  /** A group of tasks; ids inside begin with `id.`. */
  group<Outputs>(id: string, build: (d: DagBuilder<Params, Pool>) => Outputs): GroupRef<Outputs>;
}

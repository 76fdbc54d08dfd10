/** Owns running a DAG in this process, in virtual time and with no server. */
import { millisOf, parseInstant, type Instant } from '../../core/instant.js';
import type { AssetEvent } from '../assets.js';
import type { Dag } from '../authoring/define-dag.js';
import type { Duration } from '../duration.js';
import type { RunOperation } from '../engine/messages.js';
import type { RunState, RunStatus, TaskState } from '../engine/run-state.js';
import { viewRun, type TaskView } from '../engine/run-view.js';
import type { DataInterval, TaskLogger } from '../run-context.js';
import { manualInterval } from '../timetable/timetable.js';
import type { Script, ScriptedDuration } from './script.js';
import type { TraceEntry } from './trace.js';
import { VirtualRun } from './virtual-run.js';

/** How to run it. */
export interface TestDagOptions {
  /** Checked by the DAG's schema. */
  readonly params?: unknown;
  /** When the run starts, ISO 8601; the start of 2026 unless said. */
  readonly startAt?: string;
  /** What it is about; the interval a manual run at `startAt` would have, unless said. */
  readonly dataInterval?: DataInterval;
  /** What tasks are to do in place of their bodies. */
  readonly outcomes?: Readonly<Record<string, Script>>;
  /** How long calls take; no time unless said. */
  readonly durations?: Readonly<Record<string, ScriptedDuration>>;
  /** How the tasks of the previous run ended. */
  readonly previous?: Readonly<Record<string, TaskState>>;
  readonly assetEvents?: readonly AssetEvent[];
  /** What a person does to the run, and when, counted from its start. */
  readonly operations?: readonly { readonly after: Duration; readonly operation: RunOperation }[];
  /** Told of each step as it happens. */
  readonly onStep?: (entry: TraceEntry) => void;
  /** Where the messages of bodies go, by `list`, `copy[3]`; nowhere unless said. */
  readonly loggerOf?: (subject: string) => TaskLogger;
}

const quiet = (): void => undefined;

/** What became of the run. */
export interface TestRun {
  /** `running` when nothing more can happen although tasks wait (for the past). */
  readonly status: RunStatus;
  /** Each task as it ended. */
  readonly tasks: Readonly<Record<string, TaskView>>;
  /** What was started, in order: `list`, `copy[0]`, `copy[1]`. A retry or another look is named again. */
  readonly order: readonly string[];
  readonly trace: readonly TraceEntry[];
  /** What tasks returned; of a mapped one a list. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** Virtual time the run took. */
  readonly elapsedMs: number;
  readonly state: RunState;
}

/**
 * Runs `dag` to its end: real bodies unless `outcomes` say otherwise, timers in no time, pools and
 * limits as in production, one body after another.
 */
export async function testDag<Params>(
  dag: Dag<Params>,
  options: TestDagOptions = {},
): Promise<TestRun> {
  const startAt = parseInstant(options.startAt ?? '2026-01-01T00:00:00Z') as Instant;
  const dataInterval = options.dataInterval ?? manualInterval(dag.graph.schedule, startAt);
  const run = new VirtualRun({
    graph: dag.graph,
    bodies: dag.bodies,
    params: dag.params === undefined ? {} : dag.params.parse(options.params ?? {}),
    startMs: millisOf(startAt),
    dataInterval,
    outcomes: options.outcomes ?? {},
    durations: options.durations ?? {},
    previous: options.previous ?? {},
    assetEvents: options.assetEvents ?? [],
    operations: options.operations ?? [],
    onStep: options.onStep ?? quiet,
    loggerOf: options.loggerOf ?? (() => ({ info: quiet, warn: quiet, error: quiet })),
  });
  await run.finish();
  return {
    status: run.state.status,
    tasks: Object.fromEntries(viewRun(dag.graph, run.state).map((task) => [task.id, task])),
    order: run.trace.filter(({ what }) => what === 'started').map(({ subject }) => subject),
    trace: run.trace,
    outputs: run.outputs(),
    elapsedMs: run.elapsedMs,
    state: run.state,
  };
}

/** Owns what the DAG engine offers to the rest of the system and to authors of DAGs. */
export { asset, and, assetsOf, assetsReady, lake, or } from './assets.js';
export type { Asset, AssetCondition, AssetEvent } from './assets.js';
export { chain } from './authoring/chain.js';
export type { Link } from './authoring/chain.js';
export type {
  BranchChoice,
  DagBuilder,
  DagOptions,
  NoParams,
  ParamsSchema,
} from './authoring/dag-builder.js';
export { bodiesOf, compile, dag } from './authoring/define-dag.js';
export type { Dag } from './authoring/define-dag.js';
export type { AnyBody } from './authoring/definition.js';
export { renderKey } from './authoring/map-key.js';
export type {
  GraphNode,
  GroupRef,
  MappedRef,
  OutcomesRef,
  SetupRef,
  TaskRef,
} from './authoring/task-ref.js';
export type {
  MapOptions,
  MappableDefinition,
  NoInputs,
  TaskDefinition,
} from './authoring/wiring-types.js';
export { formatDuration, parseDuration } from './duration.js';
export type { Duration } from './duration.js';
export { createRun, decide } from './engine/decide.js';
export type { Decision } from './engine/decide.js';
export type {
  AttemptId,
  InstanceId,
  RunCommand,
  RunEvent,
  RunOperation,
  TimerPurpose,
} from './engine/messages.js';
export { inputsOf, loadInputs, sourcesOf } from './engine/resolve-inputs.js';
export type { Resolved, TaskSources } from './engine/resolve-inputs.js';
export { isEnd, LAWFUL_STEPS } from './engine/run-state.js';
export type {
  EndState,
  ItemRun,
  Output,
  RunState,
  RunStatus,
  TaskState,
} from './engine/run-state.js';
export { taskStates, viewRun } from './engine/run-view.js';
export type { TaskView } from './engine/run-view.js';
export { createShard, shardItems } from './engine/shard.js';
export { canonicalJson, graphHash } from './graph.js';
export type { DagGraph, InputSource, Json, MapSpec, TaskKind, TaskNode } from './graph.js';
export type { Arriving, Outcome, Pending, TaskError } from './outcome.js';
export type {
  CallbackEvent,
  CancelSignal,
  DataInterval,
  RunContext,
  TaskBody,
  TaskLogger,
} from './run-context.js';
export { bodyControls, callBody, FailTask, SkipTask } from './running/call-body.js';
export type { BodyResult } from './running/call-body.js';
export type { Script, ScriptedOutcome } from './running/script.js';
export { testDag } from './running/test-dag.js';
export type { TestDagOptions, TestRun } from './running/test-dag.js';
export type { TraceEntry } from './running/trace.js';
export { assets, cron, every, manual } from './schedule.js';
export type { Schedule } from './schedule.js';
export { intervalsBetween, manualInterval, nextInterval } from './timetable/timetable.js';
export type { TimetableLimits } from './timetable/timetable.js';
export { evaluateRule, TriggerRule } from './trigger-rule.js';
export type { TaskTriggerRule, UpstreamTally, Verdict } from './trigger-rule.js';
export { renderMermaid } from './draw/render-mermaid.js';
export { renderSvg } from './draw/render-svg.js';
export { renderText } from './draw/render-text.js';
export type { TextOptions } from './draw/render-text.js';
export type { States } from './draw/state-style.js';

/** Owns carrying out a run's commands in virtual time. */
import { instantOfMillis } from '../../core/instant.js';
import type { AssetEvent } from '../assets.js';
import type { AnyBody } from '../authoring/definition.js';
import { parseDuration, type Duration } from '../duration.js';
import { chunkedAt } from '../engine/chunked-list.js';
import { createRun, decide } from '../engine/decide.js';
import { placeOf } from '../engine/graph-index.js';
import type { AttemptId, RunCommand, RunEvent, RunOperation } from '../engine/messages.js';
import { inputsOf, loadInputs, sourcesOf, type TaskSources } from '../engine/resolve-inputs.js';
import type { NodeRun, RunState, TaskState } from '../engine/run-state.js';
import { createShard, shardItems } from '../engine/shard.js';
import type { DagGraph, Json, TaskNode } from '../graph.js';
import type { DataInterval, RunContext, TaskLogger } from '../run-context.js';
import { bodyControls, callBody, type BodyResult } from './call-body.js';
import { scriptedResult, type Script, type ScriptedCall, type ScriptedDuration } from './script.js';
import type { TraceEntry } from './trace.js';
import { VirtualClock } from './virtual-clock.js';
import { VirtualPools } from './virtual-pools.js';

/** What a virtual run is made of; see TestDagOptions. */
export interface VirtualRunSetup {
  readonly graph: DagGraph;
  readonly bodies: Readonly<Record<string, AnyBody>>;
  readonly params: unknown;
  readonly startMs: number;
  readonly dataInterval: DataInterval;
  readonly outcomes: Readonly<Record<string, Script>>;
  readonly durations: Readonly<Record<string, ScriptedDuration>>;
  readonly previous: Readonly<Record<string, TaskState>>;
  readonly assetEvents: readonly AssetEvent[];
  readonly operations: readonly { readonly after: Duration; readonly operation: RunOperation }[];
  readonly onStep: (entry: TraceEntry) => void;
  readonly loggerOf: (subject: string) => TaskLogger;
}

/** A run or a shard of one: a graph, where it stands, and where its inputs come from. */
interface Line {
  readonly graph: DagGraph;
  state: RunState;
  /** Of a shard: the sources its whole run gave it. */
  readonly sources?: TaskSources;
  readonly whenDone?: (state: RunState) => Promise<void>;
}

/** A run whose commands this process carries out. */
export class VirtualRun {
  readonly trace: TraceEntry[] = [];
  readonly #setup: VirtualRunSetup;
  readonly #clock: VirtualClock;
  readonly #pools: VirtualPools;
  readonly #main: Line;
  #lastMs: number;

  constructor(setup: VirtualRunSetup) {
    this.#setup = setup;
    this.#clock = new VirtualClock(setup.startMs);
    this.#pools = new VirtualPools(setup.graph.pools);
    this.#main = { graph: setup.graph, state: createRun(setup.graph) };
    this.#lastMs = setup.startMs;
  }

  get state(): RunState {
    return this.#main.state;
  }

  get elapsedMs(): number {
    return this.#lastMs - this.#setup.startMs;
  }

  /** Runs until nothing is left to happen. */
  async finish(): Promise<void> {
    const { operations, dataInterval, previous } = this.#setup;
    for (const { after, operation } of operations) {
      this.#clock.after(parseDuration(after) ?? 0, () => this.#tell(this.#main, operation));
    }
    const dataIntervalEndMs = Date.parse(dataInterval.end);
    await this.#tell(this.#main, { type: 'runStarted', dataIntervalEndMs, previous });
    while (await this.#clock.step());
  }

  /** What tasks returned, by id. */
  outputs(): Readonly<Record<string, unknown>> {
    const { graph, state } = this.#main;
    const outputs: Record<string, unknown> = {};
    graph.tasks.forEach((node, place) => {
      const run = chunkedAt(state.tasks, place) as NodeRun;
      if (run.items !== undefined) {
        outputs[node.id] = run.items.list
          .flat()
          .map((item) => (typeof item === 'number' ? undefined : valueOf(item.output)));
      } else if (run.output !== undefined) outputs[node.id] = valueOf(run.output);
    });
    return outputs;
  }

  async #tell(line: Line, event: WithoutTime): Promise<void> {
    this.#lastMs = this.#clock.nowMs;
    const decision = decide(line.graph, line.state, { ...event, atMs: this.#clock.nowMs });
    // Through JSON and back, as when a run continues as new: what does not survive shows at once.
    line.state =
      line === this.#main && this.trace.length % 64 === 0 ? copy(decision.state) : decision.state;
    for (const command of decision.commands) await this.#carryOut(line, command);
  }

  async #carryOut(line: Line, command: RunCommand): Promise<void> {
    switch (command.type) {
      case 'startTask':
        this.#startTask(line, command);
        return;
      case 'startShard':
        await this.#startShard(line, command);
        return;
      case 'startTimer':
        this.#clock.after(command.afterMs, async () => {
          if (command.timer.kind !== 'deadline' || line.state.status === 'running') {
            await this.#tell(line, { type: 'timerFired', timer: command.timer });
          }
        });
        return;
      case 'cancelTask':
        this.#note('cancelled', nameOf(command), command.attempt);
        return;
      case 'cancelShard':
        return;
      case 'runCallback':
        await this.#runCallback(line, command);
        return;
      case 'updateAssets':
        this.#note('assets', command.assets.join(', '));
        return;
      case 'completeRun':
        if (line === this.#main) this.#note('completed', command.status);
        await line.whenDone?.(line.state);
    }
  }

  #startTask(line: Line, command: Extract<RunCommand, { type: 'startTask' }>): void {
    const node = line.graph.tasks[placeOf(line.graph, command.task)] as TaskNode;
    const sources = line.sources ?? sourcesOf(line.graph, line.state, command.task);
    const begin = (): void => {
      this.#clock.after(0, async () => {
        this.#note('started', nameOf(command), command.attempt);
        const inputs = await loadInputs(inputsOf(sources, command.mapIndex), loadNothing);
        const call = { ...command, inputs };
        const { result, tookMs } = await this.#call(node, call);
        this.#clock.after(tookMs, async () => {
          if (node.pool !== undefined) this.#pools.release(node.pool, node.poolSlots);
          await this.#answer(line, command, result);
        });
      });
    };
    if (node.pool === undefined) begin();
    else {
      const { pool, poolSlots: slots, priority } = node;
      this.#pools.acquire({ pool, slots, priority, start: begin });
    }
  }

  async #startShard(
    line: Line,
    command: Extract<RunCommand, { type: 'startShard' }>,
  ): Promise<void> {
    const { task, from } = command;
    const sources = sourcesOf(line.graph, line.state, task);
    const shard: Line = {
      ...createShard(line.graph, command),
      sources,
      whenDone: (state) =>
        this.#tell(line, { type: 'shardFinished', task, from, items: shardItems(state) }),
    };
    await this.#tell(shard, { type: 'runStarted' });
  }

  async #call(
    node: TaskNode,
    call: ScriptedCall & AttemptId,
  ): Promise<{ readonly result: BodyResult; readonly tookMs: number }> {
    const duration = this.#setup.durations[node.id];
    const tookMs =
      parseDuration(typeof duration === 'function' ? duration(call) : (duration ?? '0s')) ?? 0;
    const limitMs = node.executionTimeoutMs;
    if (limitMs !== undefined && tookMs > limitMs) {
      const error = { message: `It took longer than ${limitMs} ms.`, type: 'ExecutionTimeout' };
      return { result: { kind: 'failed', error, retryable: true }, tookMs: limitMs };
    }
    const scripted = scriptedResult(this.#setup.outcomes[node.id], call);
    const body = this.#setup.bodies[node.body] as AnyBody;
    const result = scripted ?? (await callBody(node, body, call.inputs, this.#context(call)));
    return { result, tookMs };
  }

  async #answer(line: Line, id: AttemptId, result: BodyResult): Promise<void> {
    const { task, mapIndex, attempt } = id;
    const instance = { task, mapIndex, attempt };
    const detail =
      result.kind === 'failed'
        ? result.error.message
        : result.kind === 'skipped'
          ? result.reason
          : undefined;
    this.#note(result.kind, nameOf(id), attempt, detail);
    switch (result.kind) {
      case 'succeeded': {
        const output = result.value === undefined ? {} : { output: { value: copy(result.value) } };
        await this.#tell(line, { type: 'taskSucceeded', ...instance, ...output });
        return;
      }
      case 'failed':
        await this.#tell(line, {
          type: 'taskFailed',
          ...instance,
          error: result.error,
          retryable: result.retryable,
          ...(result.retryAfterMs === undefined ? {} : { retryAfterMs: result.retryAfterMs }),
        });
        return;
      case 'skipped':
        await this.#tell(line, { type: 'taskSkipped', ...instance, reason: result.reason });
        return;
      case 'notYet':
        await this.#tell(line, { type: 'taskNotYet', ...instance });
    }
  }

  async #runCallback(
    line: Line,
    command: Extract<RunCommand, { type: 'runCallback' }>,
  ): Promise<void> {
    const { callback, task, mapIndex, attempt, error } = command;
    this.#note('callback', callback, attempt);
    const event = {
      ...(task === undefined ? {} : { taskId: task }),
      ...(mapIndex === undefined ? {} : { mapIndex }),
      ...(attempt === undefined ? {} : { attempt }),
      ...(error === undefined ? {} : { error }),
    };
    const context = this.#context({
      task: task ?? line.graph.id,
      mapIndex: mapIndex ?? -1,
      attempt: attempt ?? 1,
    });
    try {
      await this.#setup.bodies[callback]?.(event as never, context as never);
    } catch (thrown) {
      // A callback tells; its own failure never changes the run.
      this.#note('failed', callback, attempt, String(thrown));
    }
  }

  #context(id: AttemptId): RunContext<never> {
    const { graph, dataInterval, params, assetEvents, loggerOf } = this.#setup;
    const context: Omit<RunContext, 'signal'> = {
      dagId: graph.id,
      taskId: id.task,
      runId: `test__${instantOfMillis(this.#setup.startMs)}`,
      dataInterval,
      logicalDate: dataInterval.start,
      params,
      attempt: id.attempt,
      mapIndex: id.mapIndex,
      assetEvents,
      logger: loggerOf(nameOf(id)),
      heartbeat: () => undefined,
      ...bodyControls,
    };
    return { ...context, signal: neverAborted() } as RunContext<never>;
  }

  #note(what: TraceEntry['what'], subject: string, attempt?: number, detail?: string): void {
    const entry = {
      atMs: this.#clock.nowMs - this.#setup.startMs,
      what,
      subject,
      ...(attempt === undefined ? {} : { attempt }),
      ...(detail === undefined ? {} : { detail }),
    };
    this.trace.push(entry);
    this.#setup.onStep(entry);
  }
}

type WithoutTime = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'atMs'>
    : never
  : never;

function nameOf({ task, mapIndex }: { readonly task: string; readonly mapIndex: number }): string {
  return mapIndex < 0 ? task : `${task}[${mapIndex}]`;
}

function valueOf(output: NodeRun['output']): unknown {
  return output !== undefined && 'value' in output ? output.value : undefined;
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function loadNothing(ref: string): Promise<Json> {
  return Promise.reject(
    new TypeError(`Nothing is kept elsewhere in this process, '${ref}' neither.`),
  );
}

function neverAborted(): RunContext['signal'] {
  const { AbortController } = globalThis as unknown as {
    AbortController: new () => { readonly signal: RunContext['signal'] };
  };
  return new AbortController().signal;
}

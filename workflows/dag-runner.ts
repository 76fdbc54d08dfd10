/** Owns one run in the workflow sandbox: tells the engine what happens, carries out what it decides. */
import {
  ActivityCancellationType,
  CancellationScope,
  condition,
  isCancellation,
  log,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { AnyBody } from '../src/dag/authoring/definition.js';
import { messageOf } from '../src/core/errors.js';
import { chunkedAt } from '../src/dag/engine/chunked-list.js';
import { createRun, decide } from '../src/dag/engine/decide.js';
import { placeOf } from '../src/dag/engine/graph-index.js';
import type { AttemptId, RunCommand, TimerPurpose } from '../src/dag/engine/messages.js';
import { sourcesOf, type TaskSources } from '../src/dag/engine/resolve-inputs.js';
import type { NodeRun, RunState, TaskRun, TaskState } from '../src/dag/engine/run-state.js';
import { createShard, shardItems } from '../src/dag/engine/shard.js';
import type { DagGraph, TaskNode } from '../src/dag/graph.js';
import { isStartOf, timerSummary } from '../src/scheduling/command-text.js';
import type { CarriedRun, RunFacts } from '../src/scheduling/dag-run-input.js';
import { eventOfAttempt, type AttemptEnd, type Told } from '../src/scheduling/attempt-end.js';
import { attemptOrderOf, instanceName } from '../src/scheduling/attempt-order.js';
import { callCallback } from './call-callback.js';
import { callTask, endOfError, isFailureOfBody } from './call-task.js';
import { updateAsset } from './update-asset.js';
import type { Fullness } from './history-limit.js';
import { PoolLeases } from './pool-leases.js';
import { runShard, type DagShardInput, type DagShardResult } from './run-shard.js';

/** What a run is made of. */
export interface DagRunnerOptions {
  readonly graph: DagGraph;
  readonly run: RunFacts;
  /** How tasks that depend on the past stand in the run before. */
  readonly previous?: Readonly<Record<string, TaskState>> | undefined;
  /** Of a shard: where it starts, and the inputs its whole run gave it. */
  readonly shard?: { readonly state: RunState; readonly sources: TaskSources } | undefined;
  readonly carried?: CarriedRun | undefined;
  /** Bodies that run in this very workflow, by their registered names; all others are activities. */
  readonly here?: Readonly<Record<string, AnyBody>> | undefined;
  /** Whether shards run as children, `dagShard`, or in this very workflow. */
  readonly shards: 'children' | 'here';
  /** Milliseconds since 1970, as history knows it. */
  readonly nowMs: number;
  /**
   * Whether to come to rest and go on in a new execution: `soon`, when nothing is in hand that would
   * have to be waited for, or `now`, whatever is.
   */
  readonly fullness?: () => Fullness;
  /** Called when events have changed the run, once for several that came together. */
  readonly onChange?: (runner: DagRunner) => void;
}

type StartTask = Extract<RunCommand, { type: 'startTask' }>;
type StartShard = Extract<RunCommand, { type: 'startShard' }>;
type Answer = AttemptEnd | DagShardResult;

/** Work that an answer is awaited of. */
interface InHand {
  readonly command: StartTask | StartShard;
  readonly scope: CancellationScope;
  /** Whether it can be given up and begun again: a sensor between looks, a wait for a pool. */
  restartable: boolean;
  dropped?: 'cancelled' | 'held';
}

// Several runs may share one workflow.
let runners = 0;

/** A run under way. Its caller keeps the workflow alive until {@link DagRunner.rest} resolves. */
export class DagRunner {
  readonly graph: DagGraph;
  readonly #options: DagRunnerOptions;
  /** Work goes on when the workflow is cancelled: the engine decides what is stopped. */
  readonly #root = new CancellationScope({ cancellable: false });
  readonly #timerScope: CancellationScope;
  readonly #inHand = new Set<InHand>();
  readonly #leases = new PoolLeases();
  readonly #number = (runners += 1);
  readonly #timers = new Map<number, { readonly dueMs: number; readonly timer: TimerPurpose }>();
  #held: RunCommand[] = [];
  #thrown: unknown;
  #state: RunState;
  #nowMs: number;
  #busy = 0;
  #timersMade = 0;
  #shards = 0;
  #isResting = false;
  #isShown = false;

  constructor(options: DagRunnerOptions) {
    const { graph, carried, shard, nowMs } = options;
    this.#options = options;
    this.graph = graph;
    this.#state = carried?.state ?? shard?.state ?? createRun(graph);
    this.#nowMs = Math.max(nowMs, carried?.nowMs ?? 0);
    this.#timerScope = new CancellationScope({ cancellable: true, parent: this.#root });
  }

  get state(): RunState {
    return this.#state;
  }

  /** The latest time that the history vouches for. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** What the first body that runs here and failed for good threw. */
  get thrown(): unknown {
    return this.#thrown;
  }

  get hasEnded(): boolean {
    return this.#state.status !== 'created' && this.#state.status !== 'running';
  }

  /** Tasks and items that wait for a lease. */
  get waitingForPool(): readonly { readonly name: string; readonly pool: string }[] {
    return [...this.#inHand].flatMap(({ command }) => {
      if (command.type !== 'startTask' || !this.#leases.isAwaited(this.#leaseName(command)))
        return [];
      return [{ name: instanceName(command), pool: this.#node(command.task).pool ?? '' }];
    });
  }

  /** Starts the run, or goes on with a carried one. */
  begin(): void {
    const { carried, previous, run } = this.#options;
    if (carried === undefined) {
      const dataIntervalEndMs = Date.parse(run.dataInterval.end);
      this.tell({
        type: 'runStarted',
        dataIntervalEndMs,
        ...(previous === undefined ? {} : { previous }),
      });
      return;
    }
    for (const { dueMs, timer } of carried.timers) this.#startTimer(timer, dueMs - this.#nowMs);
    for (const command of carried.held) this.#carryOut(command);
    if (carried.operation !== undefined) this.tell(carried.operation);
  }

  /** It is `epochMs` by now, as the history shows. */
  learn(epochMs: number): void {
    this.#nowMs = Math.max(this.#nowMs, epochMs);
  }

  tell(event: Told): void {
    const { graph } = this;
    const { state, commands } = decide(graph, this.#state, { ...event, atMs: this.#nowMs });
    this.#state = state;
    this.#restIfFull();
    for (const command of commands) this.#carryOut(command);
    this.#isShown = false;
  }

  /** Resolves when the run has ended, or has come to rest to go on elsewhere; nothing is in hand then. */
  async rest(): Promise<void> {
    await this.#root.run(() =>
      condition(() => {
        this.#show();
        const isIdle = this.#busy === 0 && this.#leases.isSettled;
        return isIdle && (this.hasEnded || this.#isResting);
      }),
    );
  }

  /** Conditions are looked at once all else of a workflow task is done: one page for many events. */
  #show(): void {
    if (this.#isShown) return;
    this.#isShown = true;
    this.#options.onChange?.(this);
  }

  /** Lets go of timers; for a workflow that goes on after the run. */
  close(): void {
    this.#timerScope.cancel();
  }

  /** All that another execution needs to go on. */
  carry(): CarriedRun {
    return {
      state: this.#state,
      timers: this.hasEnded ? [] : [...this.#timers.values()],
      // What is in hand is begun again, where this execution was ended from outside.
      held: [
        ...[...this.#inHand].flatMap(({ command, dropped }) =>
          dropped === undefined ? [command] : [],
        ),
        ...this.#held,
      ],
      nowMs: this.#nowMs,
    };
  }

  #carryOut(command: RunCommand): void {
    switch (command.type) {
      case 'startTask':
      case 'startShard':
        if (this.#isResting) this.#held.push(command);
        else this.#start(command);
        return;
      case 'startTimer':
        this.#startTimer(command.timer, command.afterMs);
        return;
      case 'cancelTask':
      case 'cancelShard':
        this.#cancel(command);
        return;
      case 'runCallback':
        this.#while(() => callCallback(command, this.#options.run, this.#options.here));
        return;
      case 'updateAssets':
        for (const asset of command.assets) {
          this.#while(() => updateAsset(asset, command.task, this.#options.run, this.#nowMs));
        }
        return;
      case 'completeRun':
        return;
    }
  }

  #start(command: InHand['command']): void {
    const scope = new CancellationScope({ cancellable: true, parent: this.#root });
    const work: InHand = { command, scope, restartable: false };
    this.#inHand.add(work);
    this.#busy += 1;
    // Written without async functions, for the promises they make.
    void scope
      .run((): Promise<Answer> =>
        command.type === 'startTask' ? this.#attempt(command, work) : this.#shard(command),
      )
      .then(
        (answer) => {
          this.#finish(work, answer);
        },
        (error: unknown) => {
          const isDropped = work.dropped !== undefined && isCancellation(error);
          if (isDropped) this.#finish(work, undefined);
          else if (command.type === 'startTask' && isFailureOfBody(error))
            this.#finish(work, endOfError(error));
          else throw error;
        },
      );
  }

  /** Tells the engine how work went, unless it was dropped meanwhile. */
  #finish(work: InHand, answer: Answer | undefined): void {
    this.#inHand.delete(work);
    this.#busy -= 1;
    if (work.dropped === 'held') this.#held.push(work.command);
    else if (work.dropped === undefined && answer !== undefined) this.#answer(work.command, answer);
  }

  #attempt(command: StartTask, work: InHand): Promise<AttemptEnd> {
    const node = this.#node(command.task);
    const { run, shard, here } = this.#options;
    const sources = shard?.sources ?? sourcesOf(this.graph, this.#state, command.task);
    const order = attemptOrderOf(node, run, command, {
      sources,
      firstPokeAtMs: this.#taskRun(command).firstPokeAtMs ?? this.#nowMs,
      nowMs: this.#nowMs,
    });
    const perform = (cancellation?: ActivityCancellationType): Promise<AttemptEnd> => {
      work.restartable = node.kind === 'sensor';
      return callTask(order, here, cancellation);
    };
    return node.pool === undefined ? perform() : this.#underLease(command, work, perform);
  }

  /** Does `perform` while holding slots of the task's pool, where it has one. */
  async #underLease(
    command: StartTask,
    work: InHand,
    perform: (cancellation: ActivityCancellationType) => Promise<AttemptEnd>,
  ): Promise<AttemptEnd> {
    const { pool = '', poolSlots: slots, priority } = this.#node(command.task);
    const label = `${this.#options.run.dagId} ${instanceName(command)}`;
    work.restartable = true;
    try {
      return await this.#leases.hold(
        { pool, slots, priority, label, leaseId: this.#leaseName(command) },
        () => {
          work.restartable = false;
          // The slot is free when the body has ended, not when it was told to.
          return perform(ActivityCancellationType.WAIT_CANCELLATION_COMPLETED).catch(endOfError);
        },
      );
    } catch (error) {
      if (isCancellation(error)) throw error;
      const message = `Pool ${pool} cannot be asked for a slot: ${messageOf(error)}`;
      return { kind: 'failed', error: { message, type: 'PoolUnavailable' }, retryable: true };
    }
  }

  #answer(command: InHand['command'], answer: Answer): void {
    if (answer.endedAtMs !== undefined) this.learn(answer.endedAtMs);
    if (command.type === 'startShard') {
      const { items, kept } = answer as DagShardResult;
      const { task, from } = command;
      this.tell({
        type: 'shardFinished',
        task,
        from,
        items,
        ...(kept === undefined ? {} : { kept }),
      });
      return;
    }
    const end = answer as AttemptEnd;
    this.tell(eventOfAttempt(command, end));
    if (end.kind !== 'failed') return;
    log.warn(`${instanceName(command)} failed at attempt ${command.attempt}: ${end.error.message}`);
    if (this.#taskRun(command).state === 'failed') this.#thrown ??= end.thrown;
  }

  #shard(command: StartShard): Promise<DagShardResult> {
    const { task } = command;
    const { run, here } = this.#options;
    const { graph, state } = createShard(this.graph, command);
    const input = { graph, state, sources: sourcesOf(this.graph, this.#state, task), run };
    const isHere = this.#options.shards === 'here' || here?.[this.#node(task).body] !== undefined;
    return isHere ? this.#shardHere(input) : runShard(command, input, (this.#shards += 1));
  }

  async #shardHere({ state, sources, graph, run }: DagShardInput): Promise<DagShardResult> {
    const { here } = this.#options;
    const runner = new DagRunner({
      graph,
      run,
      shard: { state, sources },
      here,
      shards: 'here',
      nowMs: this.#nowMs,
    });
    CancellationScope.current().cancelRequested.catch(() => {
      runner.tell({ type: 'cancel' });
    });
    runner.begin();
    await runner.rest();
    runner.close();
    this.#thrown ??= runner.thrown;
    return { items: shardItems(runner.state), endedAtMs: runner.nowMs };
  }

  #startTimer(timer: TimerPurpose, afterMs: number): void {
    const waitMs = Math.max(0, afterMs);
    const dueMs = this.#nowMs + waitMs;
    const id = (this.#timersMade += 1);
    this.#timers.set(id, { dueMs, timer });
    void this.#timerScope
      .run(() => sleep(waitMs, { summary: timerSummary(timer) }))
      .then(() => {
        this.#timers.delete(id);
        this.learn(dueMs);
        this.tell({ type: 'timerFired', timer });
      })
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
  }

  #cancel(command: Extract<RunCommand, { type: 'cancelTask' | 'cancelShard' }>): void {
    this.#held = this.#held.filter((held) => !isStartOf(held, command));
    for (const work of this.#inHand) {
      if (!isStartOf(work.command, command)) continue;
      work.dropped = 'cancelled';
      work.scope.cancel();
    }
  }

  #restIfFull(): void {
    const fullness = this.#options.fullness?.() ?? 'no';
    if (fullness === 'no') return;
    // A long body would hold up all others: they go on beside it for as long as the history bears.
    const waitsForNothing = [...this.#inHand].every(({ restartable }) => restartable);
    if (fullness === 'now' || waitsForNothing) this.#comeToRest();
  }

  /** Starts nothing more; what can begin again elsewhere is given up, what cannot is waited for. */
  #comeToRest(): void {
    if (this.#isResting) return;
    this.#isResting = true;
    for (const work of this.#inHand) {
      if (!work.restartable || work.dropped !== undefined) continue;
      work.dropped = 'held';
      work.scope.cancel();
    }
  }

  /** Does what the run must wait for before it may end. */
  #while(work: () => Promise<void>): void {
    this.#busy += 1;
    void this.#root.run(work).finally(() => {
      this.#busy -= 1;
    });
  }

  #node(task: string): TaskNode {
    return this.graph.tasks[placeOf(this.graph, task)] as TaskNode;
  }

  #taskRun({ task, mapIndex }: AttemptId): TaskRun {
    const place = placeOf(this.graph, task);
    const node = chunkedAt(this.#state.tasks, place) as NodeRun;
    if (mapIndex < 0) return node;
    const offset = this.#node(task).map?.offset ?? 0;
    return chunkedAt(node.items?.list ?? [], mapIndex - offset) as TaskRun;
  }

  /** Unique for each time of asking: what a resting run gave back it asks for anew. */
  #leaseName(command: StartTask): string {
    const { attempt, poke } = command;
    return `${workflowInfo().runId}/${this.#number}/${instanceName(command)}/${attempt}/${poke}`;
  }
}

/** Owns one run of a scheduler in the workflow sandbox: its state, its alarm, the runs it started. */
import {
  allHandlersFinished,
  CancellationScope,
  ChildWorkflowCancellationType,
  condition,
  isCancellation,
  log,
  ParentClosePolicy,
  proxyActivities,
  proxyLocalActivities,
  sleep,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/common';
import type { SchedulerActivities } from '../activities/dag/scheduler-activities.js';
import { messageOf } from '../src/core/errors.js';
import { millisOf, type Instant } from '../src/core/instant.js';
import { canonicalJson } from '../src/dag/graph.js';
import { DagWorkflow, RunMessage, runWorkflowIdOf } from '../src/scheduling/dag-names.js';
import type { DagRunInput, DagRunResult } from '../src/scheduling/dag-run-input.js';
import {
  hasWork,
  needsClock,
  planRuns,
  wakeAt,
  type StartRun,
} from '../src/scheduling/plan-runs.js';
import { renderScheduler } from '../src/scheduling/render-scheduler.js';
import { foundEnded, reached, told } from '../src/scheduling/scheduler-events.js';
import type { ActiveRun, SchedulerState } from '../src/scheduling/scheduler-state.js';
import {
  clockQuestion,
  type ClockQuestion,
  type ClockReading,
} from '../src/scheduling/scheduler-timetable.js';
import { schedulerView } from '../src/scheduling/scheduler-view.js';
import { runEndOf, type RunEnd } from './run-end.js';
import { shouldContinueAsNew } from './history-limit.js';
import type { Letter } from './outbox.js';
import { SignalledState } from './signalled-state.js';

const { clock } = proxyLocalActivities<Pick<SchedulerActivities, 'clock'>>({
  startToCloseTimeout: '10 seconds',
});

// Few attempts, since the next look comes by itself.
const { checkRuns } = proxyActivities<Pick<SchedulerActivities, 'checkRuns'>>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '30 seconds',
  retry: { maximumAttempts: 5 },
});

/** How often runs are looked after whose end would not be an event of this workflow. */
const CHECK_EVERY = '1 hour';

/** History length, in events, past which even a scheduler that is never quiet continues as new. */
const BUSY_LIMIT_EVENTS = 5000;

/** The state holder that the workflow's functions share. */
export class SchedulerRun {
  readonly signals: SignalledState<SchedulerState>;
  /** Stints that are children of this very execution: the server reports their ends. */
  readonly #own = new Set<number>();
  /** Stints of others that are looked at without waiting. */
  readonly #doubtful = new Set<number>();
  #alarm: { readonly at: Instant; readonly scope: CancellationScope } | undefined;
  #isWatching = false;
  #isChecking = false;
  #isLeaving = false;

  constructor(state: SchedulerState) {
    this.signals = new SignalledState<SchedulerState>(state, { page, letters: this.#letters });
    // What ended while this execution took over from the one before, it cannot know.
    for (const { stint } of state.active) this.#doubtful.add(stint);
  }

  get state(): SchedulerState {
    return this.signals.state;
  }

  update(change: (state: SchedulerState) => SchedulerState): void {
    this.signals.update(change);
  }

  /** Whether {@link proceed} would do something. */
  hasWork(): boolean {
    return (
      hasWork(this.state) ||
      wakeAt(this.state) !== this.#alarm?.at ||
      (!this.#isWatching && this.#others().length > 0)
    );
  }

  /**
   * Whether to continue as new now: in a moment without runs of its own, whose ends only this
   * execution hears from the server, unless there is none for long.
   */
  mustLeave(): boolean {
    if (!shouldContinueAsNew()) return false;
    const isQuiet = this.#own.size === 0;
    // The outbox keeps its letters from here on: they are for the next execution.
    const hasLetters = this.state.tells.length > 0;
    return isQuiet || hasLetters || workflowInfo().historyLength > BUSY_LIMIT_EVENTS;
  }

  /** Begins nothing more; returns once nothing is under way that would be lost. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    await condition(() => this.#isIdle() && allHandlersFinished());
  }

  /** Whether nothing is under way that would be lost with this execution. */
  #isIdle(): boolean {
    return !this.#isChecking && this.signals.outbox.isIdle();
  }

  /** Begins the runs that may begin, and sets the alarm for the next. */
  async proceed(): Promise<void> {
    const question = needsClock(this.state) ? clockQuestion(this.state) : undefined;
    const reading = question && (await this.#read(question));
    const { state, starts } = planRuns(this.state, reading);
    this.update(() => state);
    // Before anything is awaited: only now is the time certain.
    this.#setAlarm();
    if (!this.#isWatching && this.#others().length > 0) void this.#watch();
    await Promise.all(starts.map((start) => this.#start(start)));
  }

  /** Undefined when the question has changed in the meantime. */
  async #read(question: ClockQuestion): Promise<ClockReading | undefined> {
    const reading = await clock(question);
    const asked = { ...question, atMost: 0 };
    const now = { ...clockQuestion(this.state), atMost: 0 };
    return canonicalJson(asked) === canonicalJson(now) ? reading : undefined;
  }

  #setAlarm(): void {
    const at = wakeAt(this.state);
    if (at === this.#alarm?.at) return;
    this.#alarm?.scope.cancel();
    this.#alarm = undefined;
    const { now } = this.state;
    if (at === undefined || now === undefined) return;
    const scope = new CancellationScope();
    this.#alarm = { at, scope };
    void this.#sleepUntil(at, millisOf(at) - millisOf(now), scope);
  }

  async #sleepUntil(at: Instant, waitMs: number, scope: CancellationScope): Promise<void> {
    try {
      await scope.run(() => sleep(waitMs, { summary: `interval ends at ${at}` }));
    } catch (error) {
      if (isCancellation(error)) return;
      throw error;
    }
    this.#alarm = undefined;
    this.update((state) => reached(state, at));
  }

  async #start({
    graph,
    graphHash,
    run,
    runType,
    stint,
    again,
    previous,
  }: StartRun): Promise<void> {
    const input: DagRunInput = {
      graph,
      graphHash,
      run,
      runType,
      reportTo: workflowInfo().workflowId,
      ...(previous === undefined ? {} : { previous }),
    };
    const { start, end } = run.dataInterval;
    // Before the first event of the run, or it would be taken for another's.
    this.#own.add(stint);
    try {
      const child = await startChild<RunWorkflow>(DagWorkflow.run, {
        workflowId: runWorkflowIdOf(run.dagId, run.runId),
        args: [input],
        // A run goes on whatever becomes of its scheduler.
        parentClosePolicy: ParentClosePolicy.ABANDON,
        cancellationType: ChildWorkflowCancellationType.ABANDON,
        // An interval that had its run is not run again by a scheduler that has forgotten it.
        workflowIdReusePolicy: again
          ? WorkflowIdReusePolicy.ALLOW_DUPLICATE
          : WorkflowIdReusePolicy.REJECT_DUPLICATE,
        staticSummary: `${runType} run of ${run.dagId}, ${start} to ${end}`,
      });
      void this.#follow(child, { runId: run.runId, stint });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      log.info(`run ${run.runId} is there already`);
      this.#own.delete(stint);
      this.#doubtful.add(stint);
    }
  }

  /** Hears the run's end from the server, should the run itself not have told it. */
  async #follow(
    child: ChildWorkflowHandle<RunWorkflow>,
    run: Pick<ActiveRun, 'runId' | 'stint'>,
  ): Promise<void> {
    let end: RunEnd;
    try {
      const { status } = await child.result();
      end = { status, why: `it ended as ${status} and did not say so` };
    } catch (error) {
      end = runEndOf(error);
    }
    this.#own.delete(run.stint);
    this.update((state) => foundEnded(state, run, end.status, end.why));
  }

  #others(): readonly ActiveRun[] {
    return this.state.active.filter(({ stint }) => !this.#own.has(stint));
  }

  /** Looks after runs whose end would be no event of this workflow, while there are any. */
  async #watch(): Promise<void> {
    this.#isWatching = true;
    const isDone = (): boolean => this.#others().length === 0;
    const isUrgent = (): boolean => this.#others().some(({ stint }) => this.#doubtful.has(stint));
    while (!isDone()) {
      const summary = 'look after runs';
      if (!isUrgent()) await condition(() => isDone() || isUrgent(), CHECK_EVERY, { summary });
      if (!isDone()) await this.#check();
    }
    this.#isWatching = false;
  }

  async #check(): Promise<void> {
    // The next execution looks at once, and this one must come to its end.
    await condition(() => !this.#isLeaving);
    const runs = this.#others();
    for (const { stint } of runs) this.#doubtful.delete(stint);
    this.#isChecking = true;
    try {
      const { dagId } = this.state;
      const runIds = runs.map(({ runId }) => runId);
      const summary = `look after ${runIds.length} runs`;
      const checked = await checkRuns.executeWithOptions({ summary }, [{ dagId, runIds }]);
      for (const { runId, status, word } of checked) {
        const run = runs.find((one) => one.runId === runId);
        if (run === undefined || status === 'running') continue;
        const end = status === 'missing' ? 'failed' : status;
        this.update((state) => foundEnded(state, run, end, `its workflow is found ${word}`));
      }
    } catch (error) {
      if (isCancellation(error)) throw error;
      log.warn(`runs could not be looked after: ${messageOf(error)}`);
    } finally {
      this.#isChecking = false;
    }
  }

  readonly #letters = (state: SchedulerState): readonly Letter[] =>
    state.tells.map((tell) => {
      const done = (): void => {
        this.update((now) => told(now, tell));
      };
      return {
        // One for each run, so that words arrive in the order they were said.
        key: tell.runId,
        workflowId: runWorkflowIdOf(state.dagId, tell.runId),
        signal: RunMessage.past,
        argument: tell.past,
        delivered: done,
        undeliverable: done,
      };
    });
}

/** The workflow `dagRun`, as far as its scheduler is concerned. */
type RunWorkflow = (input: DagRunInput) => Promise<DagRunResult>;

function page(state: SchedulerState): string {
  const view = schedulerView(state);
  return view === undefined ? 'Not deployed yet.' : renderScheduler(view);
}

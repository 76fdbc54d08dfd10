/** Owns one run of a DAG: carries out what the engine decides, takes in what people ask of it. */
import {
  allHandlersFinished,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  defineUpdate,
  getExternalWorkflowHandle,
  log,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { messageOf } from '../src/core/errors.js';
import type { RunOperation } from '../src/dag/engine/messages.js';
import type { TaskState } from '../src/dag/engine/run-state.js';
import { RunMessage, SchedulerMessage } from '../src/scheduling/dag-names.js';
import type {
  DagRunInput,
  DagRunResult,
  DagRunSnapshot,
  DagRunView,
} from '../src/scheduling/dag-run-input.js';
import { operationProblem } from '../src/scheduling/operation-problem.js';
import { renderRun } from '../src/scheduling/render-run.js';
import { changeOf, failedTasks, viewOf } from '../src/scheduling/run-report.js';
import { DagRunner } from './dag-runner.js';
import { fullness } from './history-limit.js';

/** Types of the failures of runs that did not succeed; the one detail is the {@link DagRunResult}. */
const RUN_FAILED = 'DagRunFailed';
const RUN_CANCELLED = 'DagRunCancelled';

export const runViewQuery = defineQuery<DagRunView>(RunMessage.view);
export const runSnapshotQuery = defineQuery<DagRunSnapshot>(RunMessage.snapshot);
export const operateUpdate = defineUpdate<DagRunView, [RunOperation, number?]>(RunMessage.operate);
const pastSignal = defineSignal<[Readonly<Record<string, TaskState>>]>(RunMessage.past);

/** Runs a DAG once. Workflow id: `tidemark/dag/<dag>/<run>`. */
export async function dagRun(input: DagRunInput): Promise<DagRunResult> {
  const runner = new DagRunner({
    graph: input.graph,
    run: input.run,
    previous: input.previous,
    carried: input.carried,
    nowMs: workflowInfo().startTime.getTime(),
    fullness,
    shards: 'children',
    onChange: (changed) => {
      setCurrentDetails(renderRun(view(changed)));
    },
  });
  const view = ({ state, waitingForPool }: DagRunner): DagRunView =>
    viewOf(input, state, waitingForPool);

  setHandler(runViewQuery, () => view(runner));
  setHandler(runSnapshotQuery, () => ({ ...input, carried: runner.carry() }));
  setHandler(pastSignal, (previous) => {
    runner.tell({ type: 'pastChanged', previous });
  });
  setHandler(
    operateUpdate,
    (operation, atMs) => {
      // Only the one who asks knows how long nothing has happened.
      if (typeof atMs === 'number') runner.learn(atMs);
      log.info(`asked to ${operation.type}`);
      runner.tell(operation);
      return view(runner);
    },
    {
      validator: (...[operation]: [RunOperation, number?]) => {
        const problem = operationProblem(input.graph, runner.state, operation);
        if (problem !== undefined) throw ApplicationFailure.nonRetryable(problem, 'InvalidUsage');
      },
    },
  );
  CancellationScope.current().cancelRequested.catch(() => {
    runner.tell({ type: 'cancel' });
  });

  const opensAgain = input.carried?.operation !== undefined;
  runner.begin();
  if (opensAgain) await report(input, runner);
  for (;;) {
    await runner.rest();
    if (!runner.hasEnded) {
      const { operation: _applied, ...carried } = runner.carry();
      await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
      await continueAsNew<typeof dagRun>({ ...input, carried });
    }
    await report(input, runner);
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    // A task may have been cleared while the end was reported.
    if (runner.hasEnded) break;
  }
  return ending(input, runner);
}

/** Tells the scheduler how the run stands; one that is gone has no use for it. */
async function report({ graph, reportTo, run }: DagRunInput, runner: DagRunner): Promise<void> {
  if (reportTo === undefined) return;
  try {
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(reportTo).signal(
        SchedulerMessage.runChanged,
        changeOf(graph, run.runId, runner.state, runner.nowMs),
      ),
    );
  } catch (error) {
    log.warn(`${reportTo} could not be told: ${messageOf(error)}`);
  }
}

function ending({ graph, run }: DagRunInput, { state }: DagRunner): DagRunResult {
  const { dagId, runId } = run;
  const failed = failedTasks(graph, state);
  const status =
    state.status === 'cancelled' || state.status === 'failed' ? state.status : 'success';
  const result: DagRunResult = { dagId, runId, status, failed };
  if (status === 'success') return result;
  if (status === 'cancelled') {
    const message = `${dagId} ${runId} was cancelled.`;
    // The server knows a cancelled end only of what it was asked to cancel.
    if (CancellationScope.current().consideredCancelled) {
      throw new CancelledFailure(message, [result]);
    }
    throw ApplicationFailure.create({
      type: RUN_CANCELLED,
      nonRetryable: true,
      message,
      details: [result],
    });
  }
  const [first] = failed;
  const why =
    first === undefined
      ? 'a task failed'
      : `${first.name} failed at attempt ${first.attempt}: ${first.message}`;
  const others = failed.length > 1 ? ` (and ${failed.length - 1} more)` : '';
  throw ApplicationFailure.create({
    type: RUN_FAILED,
    nonRetryable: true,
    message: `${dagId} ${runId}: ${why}${others}`,
    details: [result],
  });
}

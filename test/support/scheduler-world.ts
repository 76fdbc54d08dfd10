/** Owns a world for schedulers in tests: the time-skipping server, and runs that do as they are told. */
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, Worker, type WorkflowBundle } from '@temporalio/worker';
import { createSchedulerActivities } from '../../activities/dag/create-scheduler-activities.js';
import { addSeconds, instantOfMillis, type Instant } from '../../src/core/instant.js';
import {
  dagTaskQueueOf,
  runWorkflowIdOf,
  schedulerIdOf,
  SchedulerMessage,
} from '../../src/scheduling/dag-names.js';
import type { DagRunInput } from '../../src/scheduling/dag-run-input.js';
import type {
  BackfillPlan,
  BackfillRequest,
  SchedulerView,
  Triggered,
  TriggerRequest,
} from '../../src/scheduling/dag-scheduler-input.js';
import type { Past } from '../../src/scheduling/scheduler-state.js';
import { deployDag } from '../../src/temporal/dag-schedulers.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import type { dagScheduler } from '../../workflows/dag-scheduler.js';
import {
  finishSignal,
  inputQuery,
  type dagRun,
  type RunScript,
} from '../workflow/fixtures/scheduled-run.js';
import { quietLogger, quietRuntime } from './quiet-runtime.js';
import { deployedAt, type ScheduledDag } from './scheduled-dag.js';
import { startTimeSkippingServer } from './time-skipping-server.js';
import { until } from './until.js';

export type Scheduler = WorkflowHandle<typeof dagScheduler>;
type Run = WorkflowHandle<typeof dagRun>;

const TASK_QUEUE = 'schedulers';
const DAG = 'reports';
const DAY_MS = 86_400_000;
const MORNING_MS = DAY_MS / 3;

/** The world of the tests of one file. */
export class SchedulerWorld {
  /** How far the clock is ahead of the server, as after an outage. */
  lateBySeconds = 0;
  #env: TestWorkflowEnvironment | undefined;
  #workflowBundle: WorkflowBundle | undefined;

  /** A server a test: what one does to its clock, the next does not see. */
  constructor() {
    beforeAll(async () => {
      quietRuntime();
      this.#workflowBundle = await bundleWorkflowCode({
        workflowsPath: fileURLToPath(
          new URL('../workflow/fixtures/scheduled-run.ts', import.meta.url),
        ),
        logger: quietLogger,
      });
    }, 600_000);
    beforeEach(async () => {
      this.#env = await startTimeSkippingServer();
      this.lateBySeconds = 0;
      await this.#startInTheMorning();
    }, 600_000);
    afterEach(async () => {
      await this.env.teardown();
    });
  }

  get env(): TestWorkflowEnvironment {
    if (this.#env === undefined) throw new Error('the world begins with its first test');
    return this.#env;
  }

  async now(): Promise<Instant> {
    return addSeconds(instantOfMillis(await this.env.currentTimeMs()), this.lateBySeconds);
  }

  /** Else a test of some hours would meet the end of a day whenever it is run in the evening. */
  async #startInTheMorning(): Promise<void> {
    const sinceMidnight = (await this.env.currentTimeMs()) % DAY_MS;
    await this.env.sleep(DAY_MS - sinceMidnight + MORNING_MS);
  }

  async withWorker(run: () => Promise<void>): Promise<void> {
    const worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: dagTaskQueueOf(TASK_QUEUE),
      ...(this.#workflowBundle === undefined ? {} : { workflowBundle: this.#workflowBundle }),
      activities: createSchedulerActivities(() => this.now()),
      interceptors: { activity: [() => ({ inbound: failureInterceptor() })] },
    });
    await worker.runUntil(run);
  }

  /** Runs take five minutes unless `params` say otherwise. */
  async deploy(settings: ScheduledDag): Promise<Scheduler> {
    const script: RunScript = { seconds: 300 };
    const dag = deployedAt(await this.now(), { params: { ...script }, ...settings });
    await deployDag(this.env.client, dag, TASK_QUEUE);
    return this.env.client.workflow.getHandle<typeof dagScheduler>(schedulerIdOf(DAG));
  }

  runOf(runId: string): Run {
    return this.env.client.workflow.getHandle<typeof dagRun>(runWorkflowIdOf(DAG, runId));
  }

  /** What a run was started with, and told since. */
  inputOf(runId: string): Promise<{ input: DagRunInput; pasts: readonly Past[] }> {
    return this.runOf(runId).query(inputQuery);
  }

  /** Ends a run that has no length of its own. */
  finish(runId: string, as: 'success' | 'failed' = 'success'): Promise<void> {
    return this.runOf(runId).signal(finishSignal, as);
  }

  async trigger(scheduler: Scheduler, request: Partial<TriggerRequest> = {}): Promise<Triggered> {
    return scheduler.executeUpdate<Triggered, [TriggerRequest]>(SchedulerMessage.trigger, {
      args: [{ at: await this.now(), ...request }],
    });
  }

  /** Of four days of the past, unless `request` says otherwise. */
  async backfill(scheduler: Scheduler, request: Partial<BackfillRequest>): Promise<BackfillPlan> {
    return scheduler.executeUpdate<BackfillPlan, [BackfillRequest]>(SchedulerMessage.backfill, {
      args: [
        {
          from: '2026-01-01T00:00:00Z' as Instant,
          to: '2026-01-05T00:00:00Z' as Instant,
          scope: 'missing',
          maxActiveRuns: 2,
          backwards: false,
          dryRun: false,
          at: await this.now(),
          ...request,
        },
      ],
    });
  }
}

export function viewOf(scheduler: Scheduler): Promise<SchedulerView> {
  return scheduler.query<SchedulerView>(SchedulerMessage.view);
}

/** The view once `holds` is true of it. */
export async function seen(
  scheduler: Scheduler,
  holds: (view: SchedulerView) => boolean,
): Promise<SchedulerView> {
  await until(async () => holds(await viewOf(scheduler)));
  return viewOf(scheduler);
}

/** A scheduler has no end: it is ended by force, before the server's clock may run away. */
export async function end(scheduler: Scheduler): Promise<void> {
  await scheduler.terminate('the test is over');
}

export function idsOf(runs: SchedulerView['active']): string[] {
  return runs.map(({ runId }) => runId);
}

/** Owns the world in which histories of DAGs are recorded: all is deployed, and asked for by name. */
import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { instantOfMillis, type Instant } from '../../src/core/instant.js';
import type { RunOperation } from '../../src/dag/index.js';
import { RunMessage, schedulerIdOf, SchedulerMessage } from '../../src/scheduling/dag-names.js';
import type { DagRunView } from '../../src/scheduling/dag-run-input.js';
import type { TriggerRequest } from '../../src/scheduling/dag-scheduler-input.js';
import { deployDags, deployedDagOf } from '../../src/temporal/deploy-dags.js';
import { saveHistory } from './save-history.js';
import {
  startDagWorld,
  type DagWorld,
  type RunHandle,
  type ServedDag,
} from '../support/dag-world.js';

/** Of the code that is recorded. */
const VERSION = '0.2.0';

/** Past it a recording has gone wrong, and says so instead of waiting for ever. */
const LONGEST_WAIT_MS = 60_000;

export class RecordingWorld {
  readonly #world: DagWorld;

  private constructor(world: DagWorld) {
    this.#world = world;
  }

  /** Deploys `dags` on a server of its own and lets `record` live there, with a worker. */
  static async live(
    dags: readonly ServedDag[],
    record: (world: RecordingWorld) => Promise<void>,
    start?: () => Promise<TestWorkflowEnvironment>,
  ): Promise<void> {
    const world = await startDagWorld(dags, start);
    const recording = new RecordingWorld(world);
    try {
      const at = await recording.now();
      const deployed = dags.map((dag) => deployedDagOf({ ...dag, params: undefined }, at));
      await deployDags(world.env.client, deployed, 'test');
      await world.withWorker(() => record(recording));
    } finally {
      await world.close();
    }
  }

  /** Saves the history of that execution, or of the latest of the workflow. */
  save(name: string, execution: WorkflowHandle | RunHandle): Promise<void> {
    return saveHistory(`${name}-${VERSION}`, execution);
  }

  async now(): Promise<Instant> {
    return instantOfMillis(await this.#world.env.currentTimeMs());
  }

  sleep(duration: string): Promise<void> {
    return this.#world.env.sleep(duration);
  }

  /** The execution of that id, or the latest of the workflow. */
  workflow(workflowId: string, executionId?: string): WorkflowHandle {
    return this.#world.env.client.workflow.getHandle(workflowId, executionId);
  }

  /** Starts a run that tells its DAG's scheduler. */
  start(dag: ServedDag): Promise<RunHandle> {
    return this.#world.start(dag, { reportTo: schedulerIdOf(dag.id) });
  }

  /** Opens a run that has ended again. */
  async reopen(run: RunHandle, input: unknown): Promise<WorkflowHandle> {
    return this.#world.env.client.workflow.start('dagRun', {
      workflowId: run.workflowId,
      taskQueue: 'test-dags',
      args: [input],
    });
  }

  async trigger(dag: Pick<ServedDag, 'id'>, runId: string): Promise<void> {
    const request: TriggerRequest = { at: await this.now(), runId };
    const scheduler = this.workflow(schedulerIdOf(dag.id));
    await scheduler.executeUpdate(SchedulerMessage.trigger, { args: [request] });
  }

  async operate(run: WorkflowHandle, operation: RunOperation): Promise<void> {
    await run.executeUpdate(RunMessage.operate, { args: [operation] });
  }

  /** Waits, in real time, until a task of the run is in `state`. */
  async reaches(run: WorkflowHandle, task: string, state: string): Promise<void> {
    await eventually(`${task} ${state}`, async () => {
      const { tasks } = await run.query<DagRunView>(RunMessage.view);
      return tasks.some((one) => one.id === task && one.state === state);
    });
  }

  /** Waits, in real time, until the workflow has ended. */
  async ends(workflow: WorkflowHandle): Promise<void> {
    await eventually(`${workflow.workflowId} ended`, async () => {
      const { status } = await workflow.describe();
      return status.name !== 'RUNNING';
    });
  }
}

/** Returns once `isSo` holds. */
export async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + LONGEST_WAIT_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not in the end: ${what}`);
    await delay(50);
  }
}

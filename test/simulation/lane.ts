/** Owns a lane of simulations, run one after another: a time-skipping server, and the worker on it. */
import { Context, type Info } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker, type ActivityExecuteInput } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import { failureInterceptor } from '../../src/temporal/failure-interceptor.js';
import { quietRuntime } from '../support/quiet-runtime.js';
import { TASK_QUEUE, workflowBundle } from '../support/sync-world.js';
import { startTimeSkippingServer } from '../support/time-skipping-server.js';

/** Carries out the activities of the simulation that is on. */
export type CarryOut = (info: Info, input: ActivityExecuteInput) => Promise<unknown>;

/** How long a call for time to pass may take before it is clear that something holds time up. */
const HELD_UP_MS = 60;

/** One simulation at a time. */
export class Lane {
  /** Set by the simulation that is on. */
  carryOut: CarryOut = () => Promise.reject(new Error('no simulation is on'));
  readonly env: TestWorkflowEnvironment;
  readonly #replaysAlways: boolean;
  #leakedHolds = 0;
  #worker: Worker | undefined;
  #running: Promise<void> = Promise.resolve();

  static async start(replaysAlways: boolean): Promise<Lane> {
    quietRuntime();
    const lane = new Lane(await startTimeSkippingServer(), replaysAlways);
    await lane.startWorker();
    return lane;
  }

  private constructor(env: TestWorkflowEnvironment, replaysAlways: boolean) {
    this.env = env;
    this.#replaysAlways = replaysAlways;
  }

  async startWorker(): Promise<void> {
    this.#worker = await Worker.create({
      connection: this.env.nativeConnection,
      taskQueue: TASK_QUEUE,
      workflowBundle: await workflowBundle(),
      // The names alone: what they do is the simulation's, on its ports.
      activities: createTableActivities(undefined as never),
      maxCachedWorkflows: this.#replaysAlways ? 0 : 100,
      // Activities that hang in a simulated death must not be told of their worker's end.
      shutdownGraceTime: '10 minutes',
      interceptors: {
        activity: [
          () => ({ inbound: failureInterceptor() }),
          () => ({
            inbound: { execute: (input) => this.carryOut(Context.current().info, input) },
          }),
        ],
      },
    });
    this.#running = this.#worker.run();
  }

  /** The worker takes no more tasks; ends when those in hand have. */
  stopWorker(): Promise<void> {
    this.#worker?.shutdown();
    this.#worker = undefined;
    return this.#running;
  }

  /**
   * Whether another worker may take what this one had. The test server keeps the tasks of workflows for
   * the worker that has them in its cache, for ever; a real one does so for ten seconds.
   */
  get mayStop(): boolean {
    return this.#replaysAlways;
  }

  nowMs(): Promise<number> {
    return this.env.currentTimeMs();
  }

  /** Lets `ms` pass, while nothing is at work. */
  async sleep(ms: number): Promise<void> {
    await Promise.all(Array.from({ length: 1 + this.#leakedHolds }, () => this.env.sleep(ms)));
  }

  /**
   * Lifts one hold more until the instant `untilMs`, and in every sleep from now on. The test server forgets to
   * lift the hold of an activity that is cancelled before a worker has taken it.
   */
  async liftHold(untilMs: number): Promise<void> {
    this.#leakedHolds += 1;
    const left = untilMs - (await this.nowMs());
    if (left > 0) await this.env.sleep(left);
  }

  /**
   * Lets `ms` pass though activities hang or nobody takes the tasks, which holds the server's time
   * up: each sleep lifts one hold, until its own end.
   */
  async leap(ms: number): Promise<void> {
    const target = (await this.nowMs()) + ms;
    const sleeps: Promise<void>[] = [];
    for (;;) {
      const left = target - (await this.nowMs());
      if (left <= 0) break;
      sleeps.push(this.env.sleep(left));
      await Promise.race([Promise.all(sleeps), delay(HELD_UP_MS)]);
    }
    await Promise.all(sleeps);
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.env.teardown();
  }
}

/** Owns the workers of a simulation as activities see them: their ports, deaths, doubles and late returns. */
import type { Info } from '@temporalio/activity';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { ActivityExecuteInput } from '@temporalio/worker';
import type { ActivityPorts } from '../../activities/table/activity-ports.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import type { TableActivities } from '../../activities/table/table-activities.js';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { ErrorCode, TidemarkError } from '../../src/core/errors.js';
import { instantOfMillis } from '../../src/core/instant.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import type { TestDynamoDb } from '../support/local-aws.js';
import { quietLogger } from '../support/quiet-runtime.js';
import type { AwsTroubles } from './aws-troubles.js';
import type { LateActivity } from './simulation-script.js';
import type { Tally } from './tally.js';
import { gatedStore, WorkerGate } from './worker-gate.js';

type AnyActivity = (...args: unknown[]) => Promise<unknown>;

/** What the workers of a simulation stand on. */
export interface WorkersWorld {
  readonly dynamo: TestDynamoDb;
  readonly troubles: AwsTroubles;
  readonly tally: Tally;
  /** Temporal's time. */
  nowMs(): Promise<number>;
  /** Brings the service to Temporal's time `nowMs`. */
  bringTo(nowMs: number): Promise<void>;
  /** Called after each activity that succeeded, whoever believes it dead. */
  after(activity: string, args: readonly unknown[], result: unknown): Promise<void>;
}

/** A worker's life: all its calls pass one gate. */
interface Life {
  readonly gate: WorkerGate;
  readonly activities: TableActivities;
}

/** Carries out activities as the worker that lives now. */
export class SimulatedWorkers {
  skewSeconds = 0;
  duplicatesLeft = 0;
  /** The next call of this activity is given up. */
  late: { readonly activity: LateActivity; readonly atCall: number } | undefined;
  readonly #world: WorkersWorld;
  #life: Life;
  #inHand = 0;
  #taken = 0;
  #heldUp: Promise<void> = Promise.resolve();
  #nowMs = 0;
  readonly #givenUp: { readonly gate: WorkerGate; readonly done: Promise<unknown> }[] = [];

  constructor(world: WorkersWorld) {
    this.#world = world;
    this.#life = this.#newLife();
  }

  get gate(): WorkerGate {
    return this.#life.gate;
  }

  /** Activities taken so far. */
  get taken(): number {
    return this.#taken;
  }

  /** Activities that the server believes in work. */
  get inHand(): number {
    return this.#inHand;
  }

  /**
   * Another worker takes what comes from now on, once the returned function is called: time that is
   * made to leap meanwhile must not leap while one is at work.
   */
  holdUp(): () => void {
    let goOn = (): void => undefined;
    this.#heldUp = new Promise((resolve) => (goOn = resolve));
    this.#life = this.#newLife();
    return goOn;
  }

  async carryOut(info: Info, { args }: ActivityExecuteInput): Promise<unknown> {
    const { activityType } = info;
    this.#inHand += 1;
    this.#taken += 1;
    try {
      await this.#heldUp;
      this.#nowMs = await this.#world.nowMs();
      await this.#world.bringTo(this.#nowMs);
      if (this.late?.activity === activityType) this.#giveUp(activityType, this.late.atCall, args);
      const life = this.#life;
      const run = (): Promise<unknown> => activityOf(life, activityType)(...args);
      let result: unknown;
      if (this.duplicatesLeft > 0) {
        this.duplicatesLeft -= 1;
        this.#world.tally.add('activity duplicated');
        const [first] = await Promise.allSettled([run(), detached(life, activityType, args)]);
        if (first.status === 'rejected') throw first.reason;
        result = first.value;
      } else {
        result = await run();
      }
      await this.#world.after(activityType, args, result);
      return result;
    } finally {
      this.#inHand -= 1;
    }
  }

  /** Lets what was given up go on, and waits for its end; how it ends is nobody's business. */
  async letLateReturn(): Promise<void> {
    for (const { gate, done } of this.#givenUp.splice(0)) {
      if (gate.waiting > 0) this.#world.tally.add('late completion');
      gate.release('goes-on');
      await done;
    }
  }

  /** The server is told that the activity failed, while it goes on: it stops at a call, for long. */
  #giveUp(activity: string, atCall: number, args: readonly unknown[]): never {
    this.late = undefined;
    const life = this.#newLife();
    life.gate.stopAt(atCall);
    const done = detached(life, activity, args)
      .then((result) => this.#world.after(activity, args, result))
      .catch((error: unknown) => {
        if (error instanceof LawBroken) throw error;
      });
    this.#givenUp.push({ gate: life.gate, done });
    throw new TidemarkError(`${activity} was not heard of any more.`, {
      code: ErrorCode.Unreachable,
      subject: activity,
      retryable: true,
    });
  }

  #newLife(): Life {
    const { dynamo, troubles } = this.#world;
    const gate = new WorkerGate();
    const client = troubles.clientFor(gate);
    const ports: ActivityPorts = {
      tableExports: () => createDynamoDbTableExports({ client }),
      objectStore: (_region, bucket) =>
        gatedStore(troubles.troubled(dynamo.buckets.open(bucket)), gate),
      openCatalog: restCatalogs({}),
      now: () => instantOfMillis(this.#nowMs + this.skewSeconds * 1000),
    };
    return { gate, activities: createTableActivities(ports) };
  }
}

/** What must never be did happen. */
export class LawBroken extends Error {
  override readonly name = 'LawBroken';
}

function activityOf({ activities }: Life, name: string): AnyActivity {
  return activities[name as keyof TableActivities] as AnyActivity;
}

/** The activity as an attempt that the server knows nothing of. */
function detached(life: Life, name: string, args: readonly unknown[]): Promise<unknown> {
  const environment = new MockActivityEnvironment(undefined, { logger: quietLogger });
  return environment.run(activityOf(life, name), ...args);
}

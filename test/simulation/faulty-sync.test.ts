/** Owns the law of the whole: whatever fails, runs twice or races, the lake is the table at each watermark. */
import { afterEach, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import type { LoadOrder, TableRef } from '../../activities/table/load-order.js';
import type { TableActivities } from '../../activities/table/table-activities.js';
import { restCatalogs } from '../../src/processing/open-rest-catalog.js';
import { createTableActivities } from '../../activities/table/create-table-activities.js';
import { createDynamoDbTableExports } from '../../src/connectors/dynamodb/dynamodb-table-exports.js';
import { TidemarkError } from '../../src/core/errors.js';
import { nextWindow } from '../../src/core/export-window.js';
import {
  addSeconds,
  boundaryAfter,
  instantOfMillis,
  microsOf,
  secondsOf,
  type Instant,
} from '../../src/core/instant.js';
import { AWS_LIMITS } from '../../src/core/service-limits.js';
import type { ExportScope, TableIdentity } from '../../src/export/table-exports.js';
import { faultyObjectStore } from '../support/faulty-object-store.js';
import { makeTable, startTestDynamoDb, type TestDynamoDb } from '../support/local-aws.js';
import { lakeItems, ModelledTable, randomOf } from '../support/modelled-table.js';
import { quietLogger, quietRuntime } from '../support/quiet-runtime.js';

const ROUNDS = 5;
const WINDOWS = 8;
const WINDOW_SECONDS = 900;
const BUCKET = 'lake-bucket';
const firstSeed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_000);

beforeAll(quietRuntime);

let dynamo: TestDynamoDb | undefined;
afterEach(async () => {
  await dynamo?.close();
  dynamo = undefined;
});

/** The activities of a worker on bad days; every call is made until it succeeds. */
class Sync {
  readonly #activities: TableActivities;
  readonly #random: (below: number) => number;
  readonly ref: TableRef;
  retries = 0;

  constructor(world: TestDynamoDb, tableName: string, random: (below: number) => number) {
    this.#random = random;
    const exports = createDynamoDbTableExports({ client: world.client });
    this.#activities = createTableActivities({
      tableExports: () => exports,
      objectStore: (_region, bucket) => faultyObjectStore(world.buckets.open(bucket), random, 12),
      openCatalog: restCatalogs({}),
      now: () => instantOfMillis(Number(world.clock.nowMicros() / 1000n)),
    });
    this.ref = {
      region: 'us-east-1',
      tableName,
      exportBucket: BUCKET,
      exportPrefix: 'exports',
      lakeBucket: BUCKET,
      lakePrefix: 'lake',
      lakeFormat: 'iceberg',
    };
  }

  async load(
    world: TestDynamoDb,
    table: TableIdentity,
    scope: ExportScope,
    epoch: number,
  ): Promise<Instant> {
    const { ref } = this;
    const request = { ...ref, table, scope, epoch, attempt: 1 };
    const { exportArn } = await this.run(this.#activities.requestExport, request);
    world.clock.advance(6 * 60);
    const ended = await this.run(this.#activities.awaitExport, { ref, exportArn, pollSeconds: 1 });
    if (ended.status !== 'COMPLETED') throw new Error(`export ended ${ended.failureCode}`);
    const { manifestKey } = ended;
    // Batches of a few items, so that loads have several.
    const order: LoadOrder = {
      ...ref,
      table,
      scope,
      epoch,
      exportArn,
      manifestKey,
      batchBytes: 2000,
    };
    const { batches } = await this.run(this.#activities.planLoad, order);
    const all = Array.from({ length: batches }, (_, index) => index);
    if (batches > 1) {
      await Promise.all(all.map((i) => this.run(this.#activities.profileBatch, order, i, batches)));
    }
    await Promise.all(all.map((i) => this.run(this.#activities.writeBatch, order, i, batches)));
    return (await this.run(this.#activities.commitLoad, order, batches)).watermark;
  }

  /** Until it succeeds; one call in three is made twice at once, as after a lost heartbeat. */
  async run<Args extends unknown[], Result>(
    activity: (...args: Args) => Promise<Result>,
    ...args: Args
  ): Promise<Result> {
    const copies = this.#random(3) === 0 ? 2 : 1;
    const results = await Promise.all(
      Array.from({ length: copies }, () => this.#untilDone(activity, args)),
    );
    return results[0]!;
  }

  async #untilDone<Args extends unknown[], Result>(
    activity: (...args: Args) => Promise<Result>,
    args: Args,
  ): Promise<Result> {
    for (;;) {
      try {
        return await new MockActivityEnvironment(undefined, { logger: quietLogger }).run(
          activity,
          ...args,
        );
      } catch (error) {
        if (!(error instanceof TidemarkError) || !error.retryable) throw error;
        this.retries += 1;
      }
    }
  }
}

async function live(seed: number): Promise<string> {
  const random = randomOf(seed);
  const world = await startTestDynamoDb();
  dynamo = world;
  const store = world.buckets.create(BUCKET);
  await makeTable(world.client, 'orders');
  const model = new ModelledTable(world, 'orders', seed + 1);
  const sync = new Sync(world, 'orders', random);
  const table = await createDynamoDbTableExports({ client: world.client }).describeTable('orders');

  const start = instantOfMillis(Number(world.clock.nowMicros() / 1000n));
  const exportTime = boundaryAfter(start, WINDOW_SECONDS);
  for (let i = 1n; i <= 40n; i++) await model.writeAt(microsOf(start) + i * 1_000_000n);
  await model.writeAt(microsOf(exportTime) - 1n);
  // At exactly the export's time: not in it, but in the first window.
  await model.writeAt(microsOf(exportTime));
  world.clock.set(microsOf(addSeconds(exportTime, 600)));

  let watermark = await sync.load(world, table, { kind: 'full', exportTime }, 1);
  expect(await lakeItems(store, 'orders')).toEqual(model.stateAt(watermark));
  let written = microsOf(exportTime);
  for (let i = 0; i < WINDOWS; i++) {
    const behind = instantOfMillis(secondsOf(watermark) * 1000 + random(4) * 2000 * 1000);
    const window = nextWindow({
      watermark,
      now: behind,
      windowSeconds: WINDOW_SECONDS,
      limits: AWS_LIMITS,
    });
    const end = microsOf(window.to);
    const count = random(12);
    for (let n = 1; n <= count; n++) {
      await model.writeAt(written + ((end - written) * BigInt(n)) / BigInt(count + 1));
    }
    if (random(2) === 0) await model.writeAt(end - 1n);
    if (random(2) === 0) await model.writeAt(end);
    written = end;
    world.clock.set(end + 1_000_000n);
    const view = random(2) === 0 ? 'NEW_IMAGE' : 'NEW_AND_OLD_IMAGES';
    watermark = await sync.load(world, table, { kind: 'incremental', window, view }, 1);
    expect(watermark).toBe(window.to);
    expect(await lakeItems(store, 'orders')).toEqual(model.stateAt(watermark));
  }
  return `${model.writes} writes, ${sync.retries} failed calls`;
}

test.each(Array.from({ length: ROUNDS }, (_, i) => firstSeed + i))(
  'the lake is the table at each watermark (SEED=%i)',
  async (seed) => {
    const summary = await live(seed);
    process.stdout.write(`SEED=${seed}: ${summary}\n`);
  },
  120_000,
);

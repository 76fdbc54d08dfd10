/** Owns one table's sync in a world of its own, as tests tell what it meets and what it makes of it. */
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import type { WorkflowHandle } from '@temporalio/client';
import { expect } from '@jest/globals';
import type { RequestExportInput } from '../../activities/table/table-activities.js';
import type { DynamoDbFaults } from '../../src/local/dynamodb/dynamodb-faults.js';
import type { SyncSignal, TableSyncInput } from '../../src/sync/table-sync-input.js';
import type { TableSyncStatus } from '../../src/sync/table-sync-status.js';
import type { tableSync } from '../../workflows/table-sync.js';
import { makeTable } from './local-aws.js';
import { lakeItems, ModelledTable } from './modelled-table.js';
import {
  BUCKET,
  REGION,
  startSync,
  startSyncWorld,
  stopSync,
  type BeforeActivity,
  type SyncWorld,
  type WorldHook,
} from './sync-world.js';

export const TABLE = 'orders';

/** Minutes after which what a test waits for is not to come. */
const PATIENCE_MINUTES = 300;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** A table that is written to, its sync, and what goes wrong meanwhile. */
export class SyncStory {
  readonly world: SyncWorld;
  readonly model: ModelledTable;
  /** What goes wrong from now on. */
  readonly faults: Mutable<DynamoDbFaults>;
  /** Called before each activity. */
  readonly hook: WorldHook;
  /** Every export asked for, in order. */
  readonly asked: RequestExportInput[];
  #handle: WorkflowHandle<typeof tableSync> | undefined;

  private constructor(parts: Pick<SyncStory, 'world' | 'model' | 'faults' | 'hook' | 'asked'>) {
    this.world = parts.world;
    this.model = parts.model;
    this.faults = parts.faults;
    this.hook = parts.hook;
    this.asked = parts.asked;
  }

  /** Tells `story` with a worker at work, from a table with a few items on; stops the sync at its end. */
  static async tell(story: (sync: SyncStory) => Promise<void>): Promise<void> {
    const faults: Mutable<DynamoDbFaults> = {};
    const hook: WorldHook = {};
    const asked: RequestExportInput[] = [];
    const call: BeforeActivity = async (name, args) => {
      if (name === 'requestExport') asked.push(args[0] as RequestExportInput);
      await hook.call?.(name, args);
    };
    const world = await startSyncWorld(
      {
        call,
        get skewSeconds() {
          return hook.skewSeconds ?? 0;
        },
      },
      {
        refuse: (operation, request) => faults.refuse?.(operation, request),
        failExport: (order) => faults.failExport?.(order),
      },
    );
    try {
      await makeTable(world.dynamo.client, TABLE);
      const model = new ModelledTable(world.dynamo, TABLE, 1);
      const sync = new SyncStory({ world, model, faults, hook, asked });
      await sync.write();
      await world.withWorker(() => story(sync));
    } finally {
      await world.close();
    }
  }

  async start(overrides: Partial<TableSyncInput> = {}): Promise<void> {
    this.#handle = await startSync(this.world.env, { tableName: TABLE, ...overrides });
  }

  get handle(): WorkflowHandle<typeof tableSync> {
    if (this.#handle === undefined) throw new Error('the sync was not started');
    return this.#handle;
  }

  status(): Promise<TableSyncStatus> {
    return this.handle.query('status');
  }

  signal(signal: SyncSignal): Promise<void> {
    return this.handle.signal(signal);
  }

  async stop(): Promise<void> {
    await stopSync(this.handle);
  }

  async sleep(time: string): Promise<void> {
    await this.world.env.sleep(time);
    await this.world.catchUp();
  }

  /** Lets minutes pass until `is` holds of the status, which it answers. */
  async until(is: (status: TableSyncStatus) => boolean): Promise<TableSyncStatus> {
    for (let minutes = 0; ; minutes += 3) {
      const status = await this.status();
      if (is(status)) return status;
      if (minutes > PATIENCE_MINUTES) throw new Error(`never: ${JSON.stringify(status)}`);
      await this.sleep('3 minutes');
    }
  }

  /** Until the sync has followed its first full load by a window. */
  async follow(overrides: Partial<TableSyncInput> = {}): Promise<TableSyncStatus> {
    await this.start(overrides);
    return this.until(({ totals }) => totals.windows > 0);
  }

  /** Until `more` windows were committed from now on. */
  async windows(more: number): Promise<TableSyncStatus> {
    const before = (await this.status()).totals.windows;
    return this.until(({ totals }) => totals.windows >= before + more);
  }

  /** A few writes, in the present. */
  async write(): Promise<void> {
    await this.world.catchUp();
    const now = this.world.dynamo.clock.nowMicros();
    for (let n = 1n; n <= 5n; n++) await this.model.writeAt(now + n);
  }

  /** Deletes the table and makes another one of its name. */
  async replaceTable(keyName = 'pk', { isDeleted = false } = {}): Promise<void> {
    const { client } = this.world.dynamo;
    if (!isDeleted) await this.deleteTable();
    for (;;) {
      try {
        await makeTable(client, TABLE, { keyName });
        return;
      } catch (error) {
        if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
      }
    }
  }

  async deleteTable(): Promise<void> {
    await this.world.catchUp();
    await this.world.dynamo.client.send(new DeleteTableCommand({ TableName: TABLE }));
    this.model.reset();
  }

  /** Loads follow one another without a gap, and the lake is the table at the last one's end. */
  async expectWhole(): Promise<TableSyncStatus> {
    const status = await this.status();
    const loads = status.recentLoads;
    for (const [index, { from }] of loads.entries()) {
      const previous = loads[index + 1];
      if (from !== undefined && previous !== undefined) expect(from).toBe(previous.to);
    }
    const lake = this.world.ports.objectStore(REGION, BUCKET);
    expect(await lakeItems(lake, TABLE)).toEqual(this.model.stateAt(status.watermark!));
    return status;
  }
}

/** Owns the table of a simulation: its lives, and the writes of the script at their very microseconds. */
import { DeleteTableCommand, DescribeTableCommand } from '@aws-sdk/client-dynamodb';
import type { Instant } from '../../src/core/instant.js';
import type { Item } from '../../src/export/attribute-value.js';
import { makeTable, type TestDynamoDb } from '../support/local-aws.js';
import { ModelledTable } from '../support/modelled-table.js';
import type { SimulationScript } from './simulation-script.js';
import type { Tally } from './tally.js';

const MICROS_PER_SECOND = 1_000_000;

/** A table under one name, and the model of each life it had. */
export class SimulatedTable {
  readonly tableName: string;
  readonly #dynamo: TestDynamoDb;
  readonly #script: SimulationScript;
  readonly #startMicros: bigint;
  readonly #tally: Tally;
  /** By tableId. */
  readonly #lives = new Map<string, ModelledTable>();
  #now: ModelledTable | undefined;
  #written = 0;
  #queue: Promise<void> = Promise.resolve();

  constructor(
    tableName: string,
    world: {
      readonly dynamo: TestDynamoDb;
      readonly script: SimulationScript;
      readonly startMicros: bigint;
      readonly tally: Tally;
    },
  ) {
    this.tableName = tableName;
    this.#dynamo = world.dynamo;
    this.#script = world.script;
    this.#startMicros = world.startMicros;
    this.#tally = world.tally;
  }

  /** Makes it, if it is not there. */
  create(pitr: boolean): Promise<void> {
    return this.#inTurn(() => this.#create(pitr));
  }

  remove(): Promise<void> {
    return this.#inTurn(() => this.#remove());
  }

  async #create(pitr: boolean): Promise<void> {
    if (this.#now !== undefined) return;
    for (;;) {
      try {
        await makeTable(this.#dynamo.client, this.tableName, { pitr });
        break;
      } catch (error) {
        // The one before is still being deleted.
        if (!(error instanceof Error) || error.name !== 'ResourceInUseException') throw error;
      }
    }
    const command = new DescribeTableCommand({ TableName: this.tableName });
    const { Table } = await this.#dynamo.client.send(command);
    const seed = this.#script.seed + this.#lives.size * 1_000_003;
    this.#now = new ModelledTable(this.#dynamo, this.tableName, seed);
    this.#lives.set(String(Table?.TableId), this.#now);
    if (this.#lives.size > 1) this.#tally.add('table re-created');
  }

  async #remove(): Promise<void> {
    if (this.#now === undefined) return;
    this.#now = undefined;
    await this.#dynamo.client.send(new DeleteTableCommand({ TableName: this.tableName }));
    this.#tally.add('table deleted');
  }

  get exists(): boolean {
    return this.#now !== undefined;
  }

  /** The items that the life `tableId` had as of `instant`, exclusive. */
  stateAt(tableId: string, instant: Instant): readonly Item[] | undefined {
    return this.#lives.get(tableId)?.stateAt(instant);
  }

  /** Sets the service's clock to `micros`, and writes what the script has until then on the way. */
  bringTo(micros: bigint): Promise<void> {
    return this.#inTurn(() => this.#bring(micros));
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    this.#queue = this.#queue.then(work);
    return this.#queue;
  }

  async #bring(micros: bigint): Promise<void> {
    const { clock } = this.#dynamo;
    for (;;) {
      const offset = this.#script.writes[this.#written];
      if (offset === undefined) break;
      const due = this.#startMicros + BigInt(offset);
      if (due > micros) break;
      this.#written += 1;
      // One that the clock has passed already, at the start, is no write of its time.
      if (due < clock.nowMicros() || this.#now === undefined) continue;
      await this.#now.writeAt(due);
      const windowMicros = this.#script.settings.windowSeconds * MICROS_PER_SECOND;
      if ([0, 1, windowMicros - 1].includes(offset % windowMicros)) {
        this.#tally.add('write at a boundary');
      }
    }
    if (micros > clock.nowMicros()) clock.set(micros);
  }
}

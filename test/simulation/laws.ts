/** Owns the laws of a simulation: the lake is the table, windows tile time, no export is taken twice. */
import { isDeepStrictEqual } from 'node:util';
import type { LoadOrder, LoadReceipt } from '../../activities/table/load-order.js';
import type {
  AskedExport,
  NotAsked,
  RequestExportInput,
} from '../../activities/table/table-activities.js';
import type { Instant } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { LakeFormat } from '../../src/lake/lake-format.js';
import { openLakeQuery } from '../../src/processing/lake-query.js';
import { openLake } from '../../src/processing/open-lake-tables.js';
import { lakeItems } from '../support/modelled-table.js';
import type { AwsTroubles } from './aws-troubles.js';
import type { SimulatedTable } from './simulated-table.js';
import { LawBroken } from './simulated-workers.js';
import type { Tally } from './tally.js';

/** As `Instant` writes it; windows begin and end on whole seconds. */
const ISO = '%Y-%m-%dT%H:%M:%SZ';

/** How long DynamoDB knows a client token. */
const TOKEN_SECONDS = 8 * 3600;

interface LawsWorld {
  readonly table: SimulatedTable;
  readonly troubles: AwsTroubles;
  readonly lake: ObjectStore;
  readonly lakeFormat: LakeFormat;
  readonly tally: Tally;
}

/** Looks on, and throws {@link LawBroken}. */
export class Laws {
  readonly #world: LawsWorld;
  /** Loads that were told of, by life, epoch and end: a commit is told of by whoever finds it done. */
  readonly #told = new Set<string>();
  /** The highest watermark seen of each life of the table. */
  readonly #highest = new Map<string, Instant>();
  /** By scope, in the order of the answers: the exports that were taken for it. */
  readonly #taken = new Map<string, { readonly exportArn: string; readonly atMs: number }[]>();
  /** By the ARN of an export: the life of the table that it is of. */
  readonly #tableIds = new Map<string, string>();
  #checks: Promise<void> = Promise.resolve();

  constructor(world: LawsWorld) {
    this.#world = world;
  }

  /** After an activity that succeeded. */
  async after(
    activity: string,
    args: readonly unknown[],
    result: unknown,
    nowMs: number,
  ): Promise<void> {
    if (activity === 'requestExport') {
      const { exportArn } = result as AskedExport | NotAsked;
      if (exportArn !== undefined) this.#asked(args[0] as RequestExportInput, exportArn, nowMs);
    }
    if (activity !== 'commitLoad') return;
    this.#committed(args[0] as LoadOrder, result as LoadReceipt);
    // One look at a time.
    this.#checks = this.#checks.then(() => this.lakeIsTable());
    await this.#checks;
  }

  /** Every row as of the lake's watermark, and none besides. */
  async lakeIsTable(): Promise<void> {
    const { lake, table } = this.#world;
    for (;;) {
      const before = await this.#state();
      if (before === undefined) return;
      const items = await lakeItems(lake, table.tableName);
      const after = await this.#state();
      // Committed meanwhile, by one that was believed dead.
      if (after?.watermark !== before.watermark || after.epoch !== before.epoch) continue;
      const expected = table.stateAt(before.tableId, before.watermark);
      if (expected === undefined)
        throw new LawBroken(`the lake is of ${before.tableId}, no table of ours`);
      if (!isDeepStrictEqual(items, expected)) {
        throw new LawBroken(
          `the lake is not the table as of ${before.watermark} (epoch ${before.epoch}): ` +
            differences(items, expected),
        );
      }
      return;
    }
  }

  /**
   * The lake's own list of its loads: a base, then windows without gap or overlap, and so on with each
   * base. What it says of old ones may have expired; and a load that it lists shows the table as of then.
   */
  async windowsTile(random: (below: number) => number): Promise<void> {
    if ((await this.#state()) === undefined) return;
    const loads = await this.#listedLoads();
    loads.forEach(({ from, to }, index) => {
      const previous = loads[index - 1];
      if (previous === undefined) return;
      if ((from === null || from === previous.to) && to > previous.to) return;
      throw new LawBroken(
        `a load from ${from ?? 'the beginning'} to ${to} follows the watermark ${previous.to}`,
      );
    });
    const looked = loads[random(loads.length)];
    if (looked !== undefined) await this.#pastIsTable(looked);
  }

  async #pastIsTable(load: { readonly to: Instant; readonly exportArn: string }): Promise<void> {
    const { lake, lakeFormat, table } = this.#world;
    // Directories cannot be asked for their past.
    if (lakeFormat === 'parquet') return;
    const items = await lakeItems(lake, table.tableName, { at: load.to });
    const expected = table.stateAt(this.#tableIds.get(load.exportArn) ?? '', load.to) ?? [];
    if (isDeepStrictEqual(items, expected)) return;
    throw new LawBroken(
      `the lake as of ${load.to} is not what the table was: ${differences(items, expected)}`,
    );
  }

  async #listedLoads(): Promise<
    readonly { readonly from: Instant | null; readonly to: Instant; readonly exportArn: string }[]
  > {
    const { lake, table } = this.#world;
    const query = await openLakeQuery({ store: lake, lakePrefix: 'lake' });
    try {
      const { rows } = await query.run(
        `SELECT strftime(window_from, '${ISO}'), strftime(window_to, '${ISO}'), export_arn
         FROM "${table.tableName}_windows"`,
      );
      return rows.map(([from, to, exportArn]) => ({
        from: from as Instant | null,
        to: to as Instant,
        exportArn: exportArn as string,
      }));
    } finally {
      await query.close();
    }
  }

  /** One export an attempt: another only for one that was of no use, or that DynamoDB has forgotten. */
  exportsAreTakenOnce(): void {
    const { troubles } = this.#world;
    for (const [scope, taken] of this.#taken) {
      taken.forEach(({ exportArn, atMs }, index) => {
        const next = taken[index + 1];
        if (next === undefined || troubles.dead.has(exportArn)) return;
        if (next.atMs - atMs >= TOKEN_SECONDS * 1000) return;
        throw new LawBroken(`${scope} was exported again though ${exportArn} is good`);
      });
    }
  }

  #asked(input: RequestExportInput, exportArn: string, atMs: number): void {
    const { table, epoch, scope } = input;
    this.#tableIds.set(exportArn, table.tableId);
    const key = JSON.stringify([table.tableId, epoch, scope]);
    const taken = this.#taken.get(key) ?? [];
    this.#taken.set(key, taken);
    if (!taken.some((known) => known.exportArn === exportArn)) taken.push({ exportArn, atMs });
  }

  #committed({ table, epoch, scope }: LoadOrder, receipt: LoadReceipt): void {
    const { tableId } = table;
    const to = scope.kind === 'full' ? scope.exportTime : scope.window.to;
    const highest = this.#highest.get(tableId);
    if (highest === undefined || highest < receipt.watermark) {
      this.#highest.set(tableId, receipt.watermark);
    }
    if (receipt.outcome === 'committed' && highest !== undefined && to < highest) {
      throw new LawBroken(`a load to ${to} was committed after one to ${highest}`);
    }
    const name = `${tableId} ${epoch} ${to}`;
    if (receipt.watermark !== to || this.#told.has(name)) return;
    this.#told.add(name);
    this.#world.tally.add(scope.kind === 'full' ? 'full load committed' : 'window committed');
  }

  async #state(): Promise<
    { readonly watermark: Instant; readonly epoch: number; readonly tableId: string } | undefined
  > {
    const { lake, lakeFormat, table } = this.#world;
    return openLake({ store: lake, lakePrefix: 'lake', format: lakeFormat })
      .table(table.tableName)
      .readState();
  }
}

function differences(found: readonly unknown[], expected: readonly unknown[]): string {
  const text = (items: readonly unknown[]): Set<string> =>
    new Set(items.map((item) => JSON.stringify(item)));
  const [lake, model] = [text(found), text(expected)];
  const only = (left: Set<string>, right: Set<string>): string[] =>
    [...left].filter((item) => !right.has(item)).slice(0, 3);
  return (
    `${found.length} rows for ${expected.length}; ` +
    `only in the lake: ${only(lake, model).join(', ') || 'nothing'}; ` +
    `only in the table: ${only(model, lake).join(', ') || 'nothing'}`
  );
}

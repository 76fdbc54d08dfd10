/** Owns the lake of Iceberg tables: the way of a load from export files to one commit. */
import { randomBytes, randomUUID } from 'node:crypto';
import { createFileCatalog } from '../../catalogs/file-catalog.js';
import { createObjectFileIo } from '../../catalogs/object-file-io.js';
import { assert } from '../../core/assert.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { Instant } from '../../core/instant.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { Catalog } from '../../iceberg/catalog.js';
import type { FileIo } from '../../iceberg/file-io.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { pinnedKeyOutgrown } from '../../lake/column-choices.js';
import { CHANGE_KINDS } from '../../lake/column-type.js';
import {
  checkBatches,
  decideCommit,
  noCounts,
  notWritten,
  sumCounts,
} from '../../lake/commit-rules.js';
import { requireNoOverlap } from '../../lake/earlier-exports.js';
import { historyName } from '../../lake/history-name.js';
import type { BatchSource, BatchSummary, CommitOutcome, Lake, LakeTable } from '../../lake/lake.js';
import { reportKey, tableLayout, type TableLayout } from '../../lake/layout.js';
import type { Batch, Load } from '../../lake/load.js';
import type { TableOptions } from '../../lake/table-options.js';
import { getText, putText } from '../text-objects.js';
import { CARE_DEFAULTS, type CareOptions } from './care/care-options.js';
import type { CareEvent } from './care/care-ports.js';
import { careForTable } from './care/care-for-table.js';
import { timedUuid } from './care/timed-uuid.js';
import { formatBatchReport, parseBatchReport, type IcebergBatchReport } from './batch-report.js';
import { parseChangeLog, type ChangeLog } from './change-log.js';
import { choicesFor } from './choices-for.js';
import { commitLoad, type WrittenLoad } from './commit-load.js';
import { lakeTableNames, requireHistoryOf, requireNoHistory } from './history/history-table.js';
import { lakeStateOf } from './load-facts.js';
import type { RestartedTable } from './own-spec.js';
import type { RowFinder } from './row-finder.js';
import { requireRowsOfSchema } from './one-schema.js';
import { draftBatch, writeBatch, type BatchPorts } from './write-batch.js';

export interface IcebergLakeOptions {
  readonly store: ObjectStore;
  /** The folder of its tables, and of what loads leave there until they are committed. */
  readonly lakePrefix: string;
  /** By default the file catalog of the same folder. */
  readonly catalog?: Catalog;
  /** Finds the rows that changes replace. */
  readonly openFinder: (tableName: string) => RowFinder;
  /** For the hashes of personal data; loads of tables that have any are refused without it. */
  readonly hashKey?: string | undefined;
  /** Where the care of tables after their loads is to differ from `CARE_DEFAULTS`. */
  readonly care?: Partial<CareOptions>;
  /** Told of what the care did, and of what it could not do. */
  readonly onCare?: (tableName: string, event: CareEvent) => void;
}

/** The lake whose tables `catalog` has. */
export function createIcebergLake(options: IcebergLakeOptions): Lake {
  const { store, lakePrefix, openFinder, hashKey, onCare } = options;
  const care = { ...CARE_DEFAULTS, ...options.care };
  const catalog = options.catalog ?? createFileCatalog({ store, lakePrefix });
  const io = createObjectFileIo(store);
  return {
    table: (tableName, options = {}) => {
      const layout = tableLayout(lakePrefix, tableName);
      const careFor = (name: string): Promise<void> => {
        const own = tableLayout(lakePrefix, name);
        const ports = { store, catalog, io, tableName: name, layout: own, nowMs: Date.now };
        const report = (event: CareEvent): void => onCare?.(name, event);
        return careForTable({ ...ports, newSnapshotId }, care, report);
      };
      const place = { store, layout, catalog, io, tableName, options, hashKey, openFinder };
      return new IcebergTable({ ...place, careFor });
    },
    tableNames: async () => (await lakeTableNames(catalog)).tables,
  };
}

interface TablePlace {
  readonly store: ObjectStore;
  readonly layout: TableLayout;
  readonly catalog: Catalog;
  readonly io: FileIo;
  readonly tableName: string;
  /** For full loads; windows go by what the table records. */
  readonly options: TableOptions;
  readonly hashKey: string | undefined;
  readonly openFinder: IcebergLakeOptions['openFinder'];
  /** Looks after a table of the lake. */
  readonly careFor: (tableName: string) => Promise<void>;
}

class IcebergTable implements LakeTable {
  readonly #place: TablePlace;

  constructor(place: TablePlace) {
    this.#place = place;
  }

  async readState(): ReturnType<LakeTable['readState']> {
    const { catalog, tableName, options } = this.#place;
    const found = await catalog.loadTable(tableName);
    if (found !== undefined) requireNoHistory(tableName, found.metadata);
    if (options.changes === true) {
      const history = await catalog.loadTable(historyName(tableName));
      if (history !== undefined) requireHistoryOf(tableName, history.metadata);
    }
    return found && lakeStateOf(found.metadata);
  }

  async profileBatch(load: Load, batch: Batch, source: BatchSource): Promise<void> {
    // Before the window it follows is committed, the schema to write with is not known.
    if (decideCommit(await this.readState(), load) === 'already-committed') return;
    await draftBatch(await this.#portsFor(load), load, batch, source);
  }

  async writeBatch(load: Load, batch: Batch, source: BatchSource): Promise<BatchSummary> {
    // Before the window it follows is committed, the schema to write with is not known.
    if (decideCommit(await this.readState(), load) === 'already-committed') return nothing(batch);
    const ports = await this.#portsFor(load);
    let report: IcebergBatchReport;
    try {
      report = await writeBatch(ports, load, batch, source);
    } catch (error) {
      // Staging is tidied away, if the load was committed meanwhile.
      if (decideCommit(await this.readState(), load) === 'already-committed') return nothing(batch);
      throw keyFailure(this.#place.tableName, load, ports.prepare.choices.options, error);
    }
    await putText(ports.store, reportKey(ports.staging, batch), formatBatchReport(report));
    const { rows, counts, restRows, sizeBytes } = report;
    return { batch, rows, counts, restRows, sizeBytes };
  }

  async commit(load: Load, batchCount: number, committedAt: Instant): Promise<CommitOutcome> {
    const { catalog, io, tableName, options, openFinder, careFor } = this.#place;
    const written = [tableName];
    const finder = openFinder(tableName);
    try {
      const outcome = await commitLoad(
        {
          catalog,
          io,
          tableName,
          finder,
          tableOptions: options,
          nowMs: Date.now,
          newSnapshotId,
          newUuid: () => timedUuid(Date.now()),
        },
        load,
        committedAt,
        async () => {
          const all = await this.#readWritten(load, batchCount);
          if (all.historyFiles !== undefined) written.push(historyName(tableName));
          return all;
        },
      );
      await this.#tidy(load);
      if (outcome.outcome === 'committed') {
        for (const name of written) await careFor(name);
      }
      return outcome;
    } finally {
      await finder.close();
    }
  }

  async #portsFor(load: Load): Promise<BatchPorts> {
    const { store, layout, catalog, io, tableName, options, hashKey } = this.#place;
    const found = await catalog.loadTable(tableName);
    if (found !== undefined && load.scope.kind === 'incremental') {
      requireRowsOfSchema(tableName, found.metadata);
    }
    const choices = choicesFor(load, options, { tableName, metadata: found?.metadata, hashKey });
    requireNoOverlap(load, 'iceberg', choices.options);
    const prepare = { catalog, tableName, choices, newUuid: randomUUID, nowMs: Date.now };
    return { store, io, hashKey, prepare, staging: layout.stagingOf(load) };
  }

  async #readWritten(load: Load, batchCount: number): Promise<WrittenLoad> {
    const { store, layout } = this.#place;
    const staging = layout.stagingOf(load);
    const reports: IcebergBatchReport[] = [];
    const batches: WrittenLoad['batches'][number][] = [];
    for (let index = 0; index < batchCount; index++) {
      const key = reportKey(staging, { index, batchCount });
      const text = await getText(store, key);
      if (text === undefined) throw notWritten(load, 'a batch has left no report of what it wrote');
      const report = parseBatchReport(text, key);
      reports.push(report);
      if (report.changeLog === undefined) continue;
      const log = await store.get(report.changeLog);
      if (log === undefined) throw notWritten(load, `${report.changeLog} is not there`);
      const paths = report.dataFiles.map(({ file_path: path }) => path);
      const keys = parseChangeLog(log.body, report.changeLog);
      assert(
        keys.files.every((file, place) => isPlace(keys, report.dataFiles[file], place)),
        `${report.changeLog} is of the files of ${key}`,
      );
      batches.push({ log: keys, paths });
    }
    checkBatches(load, reports);
    return {
      totals: {
        counts: sumCounts(reports.map(({ counts }) => counts)),
        restRows: sum(reports.map(({ restRows }) => restRows)),
        sizeBytes: sum(reports.map(({ sizeBytes }) => sizeBytes)),
      },
      dataFiles: reports.flatMap(({ dataFiles }) => dataFiles),
      historyFiles: historyFilesOf(load, reports),
      batches,
      options: [...new Set(reports.map(({ options }) => options))],
      keyIds: [...new Set(reports.flatMap(({ keyIds }) => keyIds))],
      restarted: oneSchema(load, reports),
    };
  }

  /** What the load left for its commit. Left over, it only takes space. */
  async #tidy(load: Load): Promise<void> {
    const { store, layout } = this.#place;
    try {
      const strays: string[] = [];
      for await (const { key } of store.list(layout.stagingOf(load))) strays.push(key);
      await store.delete(strays);
    } catch {
      // The load is committed: to fail now would only have it tried again for nothing.
    }
  }
}

/** No full load mends what a user pinned a key to, so nothing shall wait for one. */
function keyFailure(
  tableName: string,
  { keyAttributes }: Load,
  { columns = {} }: TableOptions,
  error: unknown,
): unknown {
  if (!(error instanceof TidemarkError) || !keyAttributes.includes(error.subject)) return error;
  const pinned = columns[error.subject];
  return pinned === undefined ? error : pinnedKeyOutgrown(tableName, error.subject, pinned);
}

const DELETE = CHANGE_KINDS.indexOf('delete');

function isPlace({ kinds, positions }: ChangeLog, file: DataFile | undefined, at: number): boolean {
  if (kinds[at] === DELETE) return true;
  return file !== undefined && (positions[at] as number) < file.record_count;
}

function oneSchema(load: Load, reports: readonly IcebergBatchReport[]): RestartedTable | undefined {
  const [first] = reports;
  const schemas = new Set(reports.map(({ restarted }) => JSON.stringify(restarted)));
  if (schemas.size > 1) throw schemasOfTwoMakes(load);
  return first?.restarted;
}

/** For a person to mend: a load begun again would end the same way. */
function schemasOfTwoMakes(load: Load): TidemarkError {
  return new TidemarkError(
    `The load of ${load.exportArn} cannot be committed: its batches were written with different schemas.`,
    {
      code: ErrorCode.InvalidConfig,
      subject: load.exportArn,
      hint: 'See that all workers have one TIDEMARK_HASH_KEY, and that nobody else changes the schema, then resync.',
    },
  );
}

/** Undefined where no history is kept. */
function historyFilesOf(
  load: Load,
  reports: readonly IcebergBatchReport[],
): readonly DataFile[] | undefined {
  const kept = reports.flatMap(({ historyFiles }) => (historyFiles ? [historyFiles] : []));
  if (kept.length === 0) return undefined;
  if (kept.length < reports.length) throw notWritten(load, 'some batches have left no changes');
  return kept.flat();
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function nothing(batch: Batch): BatchSummary {
  return { batch, rows: 0, counts: noCounts(), restRows: 0, sizeBytes: 0 };
}

/** 63 bits at random, never 0: so do Iceberg's own writers. */
function newSnapshotId(): bigint {
  const id = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
  assert(id > 0n, 'a snapshot id is above zero');
  return id;
}

/** Owns a table of made rows, and windows of made changes that are committed to it as ours are. */
import { randomBytes } from 'node:crypto';
import { appendFileSync, rmSync } from 'node:fs';
import { compactInstant, instantOfMillis } from '../../src/core/instant.js';
import type { ObjectStore } from '../../src/core/object-store.js';
import type { CarePorts } from '../../src/processing/iceberg/care/care-ports.js';
import type { ChangeLog } from '../../src/processing/iceberg/change-log.js';
import type { CommitOptions, WrittenLoad } from '../../src/processing/iceberg/commit-load.js';
import type { PreparedTable } from '../../src/processing/iceberg/prepare-table.js';
import { builtParts } from '../processing/built-parts.js';
import { countedStore } from './counted-store.js';
import { isDelete, LiveRows, type MadeChange } from './made-changes.js';
import { committedAtMs, endOf, loadOf, writtenAtMicros } from './made-loads.js';
import { columnsOf, EXAMPLE, hashesOf, KEY_ATTRIBUTES } from './made-rows.js';

const parts = await builtParts();

const FILE_ROWS = 1_000_000;
const GROUP_ROWS = 128 * 1024;
const TABLE = 'orders';
const LAKE_PREFIX = 'lake/';

/** What one window took, the writing of its rows left out, and the care of the table after it. */
export interface WindowCost {
  readonly commitSeconds: number;
  readonly cpuSeconds: number;
  /** Written to the lake: rows, deletes, manifests, metadata. */
  readonly writtenBytes: number;
  /** Of these, what is not rows: deletes, manifests, metadata. */
  readonly commitBytes: number;
  readonly careCpuSeconds: number;
  readonly careBytes: number;
}

type DataFile = WrittenLoad['dataFiles'][number];

/** Where the table's time stands, in milliseconds since 1970: a window lasts as long as it does. */
interface Clock {
  nowMs: number;
}

/** Makes a table of `rows` rows in a folder that is not there, with room for `windows` windows. */
export async function makeTable(folder: string, rows: number, windows: number): Promise<MadeTable> {
  const { store, written } = countedStore(parts.createFileObjectStore({ directory: folder }));
  const clock = { nowMs: committedAtMs(0) };
  const options = commitOptions(store, folder, clock);
  const evidence = parts.newTableEvidence();
  parts.addItem(evidence, EXAMPLE, KEY_ATTRIBUTES);
  const choices = { options: {}, columns: parts.NO_CHOICES };
  const prepared = await parts.prepareTable({ ...options, choices }, loadOf(0, rows), evidence);
  const live = new LiveRows(rows, windows);
  const table = new MadeTable({ folder, store, clock, options, prepared, live, written });
  await table.commitBase(rows);
  return table;
}

function commitOptions(store: ObjectStore, folder: string, clock: Clock): CommitOptions {
  const io = parts.createObjectFileIo(store);
  const nowMs = (): number => clock.nowMs;
  return {
    catalog: parts.createFileCatalog({ store, lakePrefix: LAKE_PREFIX, now: nowMs }),
    io,
    tableName: TABLE,
    tableOptions: {},
    finder: parts.createIndexFinder({
      openIndex: (tableUuid) =>
        parts.openPositionIndex({ directory: `${folder}-positions`, tableUuid }),
      read: (location) => io.read(location),
      localPathsIn: (copies) =>
        parts.localPathsIn(
          parts.createPartCache(store, copies),
          parts.storeLocations(store.url).keyOf,
        ),
    }),
    nowMs,
    newSnapshotId,
    newUuid: () => parts.timedUuid(clock.nowMs),
  };
}

function newSnapshotId(): bigint {
  return BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
}

interface TablePlace {
  readonly folder: string;
  readonly store: ObjectStore;
  readonly clock: Clock;
  readonly options: CommitOptions;
  readonly prepared: PreparedTable;
  readonly live: LiveRows;
  /** Bytes written to the lake so far. */
  readonly written: () => number;
}

/** A table that windows are committed to. */
export class MadeTable {
  readonly #place: TablePlace;

  constructor(place: TablePlace) {
    this.#place = place;
  }

  async commitBase(rows: number): Promise<void> {
    const dataFiles: DataFile[] = [];
    for (let from = 0; from < rows; from += FILE_ROWS) {
      const count = Math.min(FILE_ROWS, rows - from);
      const file = { number: 0, part: dataFiles.length };
      dataFiles.push(await this.#writeFile(file, count, (row) => from + row));
    }
    await this.#commit(0, rows, dataFiles, []);
  }

  /** Seconds to build the index from the table alone. */
  async buildIndex(): Promise<number> {
    const { catalog, finder, tableName } = this.#place.options;
    const found = await catalog.loadTable(tableName);
    if (found === undefined) throw new Error('the table was committed and is not there');
    const begun = performance.now();
    await finder.find(found.metadata, hashesOf([1]));
    return (performance.now() - begun) / 1000;
  }

  /** Changes 15,000 random rows. Windows follow one another from 1. */
  async commitWindow(number: number): Promise<WindowCost> {
    const { clock, live, written } = this.#place;
    clock.nowMs = committedAtMs(number);
    const before = written();
    const changes = live.nextWindow();
    const places = changes.flatMap((change) => (isDelete(change) ? [] : [change.place]));
    const placeAt = (row: number): number => places[row] as number;
    const file = await this.#writeFile({ number, part: 0 }, places.length, placeAt);
    const batch = { log: logOf(changes, writtenAtMicros(number)), paths: [file.file_path] };
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await this.#commit(number, changes.length, [file], [batch]);
    const commitSeconds = (performance.now() - begun) / 1000;
    const cpuSeconds = cpuSince(cpu);
    const writtenBytes = written() - before;
    return {
      commitSeconds,
      cpuSeconds,
      writtenBytes,
      commitBytes: writtenBytes - file.file_size_in_bytes,
      ...(await this.#care()),
    };
  }

  close(): Promise<void> {
    return this.#place.options.finder.close();
  }

  /** As after every load, without compaction: that is of the rows. */
  async #care(): Promise<Pick<WindowCost, 'careCpuSeconds' | 'careBytes'>> {
    const { store, options, written } = this.#place;
    const { catalog, io, nowMs } = options;
    const layout = parts.tableLayout(LAKE_PREFIX, TABLE);
    const ports: CarePorts = { catalog, io, nowMs, store, layout, tableName: TABLE, newSnapshotId };
    const before = written();
    const cpu = process.cpuUsage();
    const limits = { ...parts.CARE_DEFAULTS, everyLoads: Infinity };
    await parts.careForTable(ports, limits, (event) => {
      if (event.kind === 'failed') throw event.error;
      if (event.kind === 'gave-up') throw new Error(event.reason);
    });
    return { careCpuSeconds: cpuSince(cpu), careBytes: written() - before };
  }

  async #commit(
    number: number,
    itemCount: number,
    dataFiles: readonly DataFile[],
    batches: WrittenLoad['batches'],
  ): Promise<void> {
    const { options, clock } = this.#place;
    const load = loadOf(number, itemCount);
    const totals = {
      counts: countsOf(number, itemCount),
      restRows: 0,
      sizeBytes: dataFiles.reduce((sum, file) => sum + file.file_size_in_bytes, 0),
    };
    const written = { totals, dataFiles, batches, options: ['{}'], keyIds: [] };
    const committedAt = instantOfMillis(clock.nowMs);
    await parts.commitLoad(options, load, committedAt, () =>
      Promise.resolve({ ...written, restarted: undefined }),
    );
  }

  /** The rows at `count` places as one data file, which is named as those of loads are. */
  async #writeFile(
    { number, part }: { readonly number: number; readonly part: number },
    count: number,
    placeOf: (row: number) => number,
  ): Promise<DataFile> {
    const { folder, options, prepared } = this.#place;
    const fields = parts.parquetFieldsOf(prepared.known);
    // Rows of the full load are never read again, but for their keys.
    const made = { withNotes: number > 0, writtenAtMicros: writtenAtMicros(number) };
    const attempt = randomBytes(8).toString('hex');
    const place = String(part).padStart(5, '0');
    const name = `${compactInstant(endOf(number))}-00000-${place}-${attempt}.parquet`;
    const local = `${folder}-${name}`;
    const compression = parts.BEST_COMPRESSION;
    const writer = parts.createParquetWriter({ fields, compression }, (bytes) => {
      appendFileSync(local, bytes);
    });
    for (let from = 0; from < count; from += GROUP_ROWS) {
      const length = Math.min(GROUP_ROWS, count - from);
      const places = Array.from({ length }, (_, row) => placeOf(from + row));
      await writer.writeRowGroup(columnsOf(fields, places, made), length);
    }
    const facts = await writer.close();
    const location = `${parts.dataFolder(prepared.metadata)}/${name}`;
    await options.io.writeFile(location, local);
    rmSync(local);
    const specId = prepared.spec['spec-id'];
    return parts.parquetDataFile({ location, specId }, facts);
  }
}

function cpuSince(begun: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e6;
}

function countsOf(number: number, items: number): WrittenLoad['totals']['counts'] {
  const none = { load: 0, insert: 0, update: 0, delete: 0, upsert: 0 };
  if (number === 0) return { ...none, load: items };
  return { ...none, insert: 0.15 * items, update: 0.7 * items, delete: 0.15 * items };
}

function logOf(changes: readonly MadeChange[], micros: number): ChangeLog {
  const log = new parts.ChangeLogBuilder();
  let row = 0;
  log.add({
    hashes: hashesOf(changes.map(({ place }) => place)),
    kinds: Uint8Array.from(changes, ({ kind }) => kind),
    writtenAtMicros: () => micros,
    rowNumbers: Int32Array.from(changes, (change) => (isDelete(change) ? -1 : row++)),
    places: { fileOf: () => 0, positionOf: (row) => row },
  });
  return log.build();
}

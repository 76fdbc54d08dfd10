/** Owns a table of made rows, and windows of made changes that are committed to it as ours are. */
import { randomBytes, randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { appendFileSync, rmSync } from 'node:fs';
import type { ObjectStore } from '../../src/core/object-store.js';
import { instantOfSeconds } from '../../src/core/instant.js';
import { CHANGE_KINDS } from '../../src/lake/column-type.js';
import type { Load } from '../../src/lake/load.js';
import type { ChangeLog } from '../../src/processing/iceberg/change-log.js';
import type { CommitOptions, WrittenLoad } from '../../src/processing/iceberg/commit-load.js';
import type { PreparedTable } from '../../src/processing/iceberg/prepare-table.js';
import { builtParts } from '../processing/built-parts.js';
import { columnsOf, EXAMPLE, hashesOf, KEY_ATTRIBUTES } from './made-rows.js';

const parts = await builtParts();

const FILE_ROWS = 1_000_000;
const GROUP_ROWS = 128 * 1024;
const START_SECONDS = 1_764_000_000;
const MICROS_AT_START = START_SECONDS * 1e6;
const WINDOW_SECONDS = 900;
/** A prime, so that it has no divisor in common with a number of rows. */
const STRIDE = 7_368_787;

/** What one window's commit took, the writing of its rows left out. */
export interface WindowCost {
  readonly commitSeconds: number;
  readonly cpuSeconds: number;
  /** Written to the lake: rows, deletes, manifests, metadata. */
  readonly writtenBytes: number;
  /** Of these, what is not rows: deletes, manifests, metadata. */
  readonly commitBytes: number;
}

export const WINDOW_CHANGES = 15_000;

type DataFile = WrittenLoad['dataFiles'][number];

/** Makes a table of `rows` rows in a folder that is not there. */
export async function makeTable(folder: string, rows: number): Promise<MadeTable> {
  const { store, written } = counted(parts.createFileObjectStore({ directory: folder }));
  const options = commitOptions(store, folder);
  const evidence = parts.newTableEvidence();
  parts.addItem(evidence, EXAMPLE, KEY_ATTRIBUTES);
  const choices = { options: {}, columns: parts.NO_CHOICES };
  const prepared = await parts.prepareTable({ ...options, choices }, loadOf(0, rows), evidence);
  const table = new MadeTable({ folder, rows, options, prepared, written });
  await table.commitBase();
  return table;
}

function commitOptions(store: ObjectStore, folder: string): CommitOptions {
  const io = parts.createObjectFileIo(store);
  return {
    catalog: parts.createFileCatalog({ store, lakePrefix: 'lake/' }),
    io,
    tableName: 'orders',
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
    nowMs: Date.now,
    newSnapshotId: () => BigInt.asUintN(63, randomBytes(8).readBigUInt64BE()),
    newUuid: randomUUID,
  };
}

interface TablePlace {
  readonly folder: string;
  readonly rows: number;
  readonly options: CommitOptions;
  readonly prepared: PreparedTable;
  /** Bytes written to the lake so far. */
  readonly written: () => number;
}

/** A table that windows are committed to. */
export class MadeTable {
  readonly #place: TablePlace;

  constructor(place: TablePlace) {
    this.#place = place;
  }

  async commitBase(): Promise<void> {
    const { rows } = this.#place;
    const dataFiles: DataFile[] = [];
    for (let from = 0; from < rows; from += FILE_ROWS) {
      const count = Math.min(FILE_ROWS, rows - from);
      const name = `base-${String(dataFiles.length)}.parquet`;
      dataFiles.push(await this.#writeFile(name, count, (row) => from + row, MICROS_AT_START));
    }
    await this.#commit(loadOf(0, rows), dataFiles, []);
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

  /** Changes 15,000 random rows: 70% updates, 15% deletes, 15% inserts. */
  async commitWindow(number: number): Promise<WindowCost> {
    const { rows, written } = this.#place;
    const before = written();
    const changes = changesOf(number, rows);
    const micros = MICROS_AT_START + number * WINDOW_SECONDS * 1e6;
    const places = changes.flatMap(({ kind, place }) => (kind === DELETE ? [] : [place]));
    const name = `window-${String(number)}.parquet`;
    const placeAt = (row: number): number => places[row] as number;
    const file = await this.#writeFile(name, places.length, placeAt, micros);
    const batch = { log: logOf(changes, micros), paths: [file.file_path] };
    const cpu = process.cpuUsage();
    const begun = performance.now();
    await this.#commit(loadOf(number, changes.length), [file], [batch]);
    const commitSeconds = (performance.now() - begun) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    const writtenBytes = written() - before;
    return {
      commitSeconds,
      cpuSeconds: (user + system) / 1e6,
      writtenBytes,
      commitBytes: writtenBytes - file.file_size_in_bytes,
    };
  }

  close(): Promise<void> {
    return this.#place.options.finder.close();
  }

  async #commit(
    load: Load,
    dataFiles: readonly DataFile[],
    batches: WrittenLoad['batches'],
  ): Promise<void> {
    const counts = { load: load.itemCount, insert: 0, update: 0, delete: 0, upsert: 0 };
    const totals = { counts, restRows: 0, sizeBytes: 0 };
    await parts.commitLoad(this.#place.options, load, instantOfSeconds(START_SECONDS), () =>
      Promise.resolve({
        totals,
        dataFiles,
        batches,
        options: ['{}'],
        keyIds: [],
        restarted: undefined,
      }),
    );
  }

  /** The rows at `count` places as one data file. */
  async #writeFile(
    name: string,
    count: number,
    placeOf: (row: number) => number,
    micros: number,
  ): Promise<DataFile> {
    const { folder, options, prepared } = this.#place;
    const fields = parts.parquetFieldsOf(prepared.known);
    const local = `${folder}-${name}`;
    const compression = parts.BEST_COMPRESSION;
    const writer = parts.createParquetWriter({ fields, compression }, (bytes) => {
      appendFileSync(local, bytes);
    });
    for (let from = 0; from < count; from += GROUP_ROWS) {
      const length = Math.min(GROUP_ROWS, count - from);
      const places = Array.from({ length }, (_, row) => placeOf(from + row));
      await writer.writeRowGroup(columnsOf(fields, places, micros), length);
    }
    const facts = await writer.close();
    const location = `${parts.dataFolder(prepared.metadata)}/${name}`;
    await options.io.writeFile(location, local);
    rmSync(local);
    const specId = prepared.spec['spec-id'];
    return parts.parquetDataFile({ location, specId }, facts);
  }
}

const [INSERT, UPDATE, DELETE] = (['insert', 'update', 'delete'] as const).map((kind) =>
  CHANGE_KINDS.indexOf(kind),
) as [number, number, number];

interface MadeChange {
  readonly kind: number;
  readonly place: number;
}

/** No row is changed twice until all were: a row that was deleted is not updated after. */
function changesOf(number: number, rows: number): readonly MadeChange[] {
  return Array.from({ length: WINDOW_CHANGES }, (_, index) => {
    const nth = (number - 1) * WINDOW_CHANGES + index;
    const kind = index % 20 < 14 ? UPDATE : index % 20 < 17 ? DELETE : INSERT;
    return { kind, place: kind === INSERT ? rows + nth : (nth * STRIDE) % rows };
  });
}

function logOf(changes: readonly MadeChange[], micros: number): ChangeLog {
  const log = new parts.ChangeLogBuilder();
  let row = 0;
  log.add({
    hashes: hashesOf(changes.map(({ place }) => place)),
    kinds: Uint8Array.from(changes, ({ kind }) => kind),
    writtenAtMicros: () => micros,
    rowNumbers: Int32Array.from(changes, ({ kind }) => (kind === DELETE ? -1 : row++)),
    places: { fileOf: () => 0, positionOf: (row) => row },
  });
  return log.build();
}

/** The full load for 0, and windows after it. */
function loadOf(number: number, itemCount: number): Load {
  const at = (edge: number): Load['scope'] & { kind: 'full' } => ({
    kind: 'full',
    exportTime: instantOfSeconds(START_SECONDS + edge * WINDOW_SECONDS),
  });
  return {
    scope:
      number === 0
        ? at(0)
        : {
            kind: 'incremental',
            view: 'NEW_AND_OLD_IMAGES',
            window: { from: at(number - 1).exportTime, to: at(number).exportTime },
          },
    tableId: 'table-1',
    epoch: 1,
    exportArn: `arn:export/${String(number)}`,
    manifestMd5: 'q+/=',
    itemCount,
    keyAttributes: KEY_ATTRIBUTES,
  };
}

/** The store, and how many bytes were written to it. */
function counted(inner: ObjectStore): {
  readonly store: ObjectStore;
  readonly written: () => number;
} {
  let bytes = 0;
  const store: ObjectStore = {
    url: inner.url,
    get: (key) => inner.get(key),
    openRead: (key) => inner.openRead(key),
    put: (key, body, condition) => {
      bytes += body.length;
      return inner.put(key, body, condition);
    },
    putFile: async (key, localPath) => {
      bytes += (await stat(localPath)).size;
      await inner.putFile(key, localPath);
    },
    list: (prefix, options) => inner.list(prefix, options),
    delete: (keys) => inner.delete(keys),
  };
  return { store, written: () => bytes };
}

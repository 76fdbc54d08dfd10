/** Owns the writing of a batch's rows as Parquet files of an Iceberg table, and the log of its keys. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { assert } from '../../core/assert.js';
import { compactInstant } from '../../core/instant.js';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ExportScope } from '../../export/table-exports.js';
import type { FileIo } from '../../iceberg/file-io.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import { parquetDataFile } from '../../iceberg/parquet-data-file.js';
import { parquetFieldsOf } from '../../iceberg/parquet-fields.js';
import { tableSchemaOf } from '../../iceberg/table-columns.js';
import { dataFolder, unpartitionedSpecId } from '../../iceberg/table-state.js';
import { CHANGE_KINDS, type TableSchema } from '../../lake/column-type.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import { noCounts } from '../../lake/commit-rules.js';
import type { BatchSource } from '../../lake/lake.js';
import { watermarkOf, type Batch, type Load } from '../../lake/load.js';
import { createParquetWriter, type ParquetWriter } from '../../parquet/parquet-writer.js';
import type { LongVector } from '../../parquet/vector.js';
import { hashKeys } from '../../positions/key-hashes.js';
import { md5Hex } from '../write-parquet-batch.js';
import { withTemporaryDirectory } from '../parquet-file.js';
import { checkCount } from '../profile-batch.js';
import { scanFile } from '../scan/scan-file.js';
import type { ScannedRows } from '../scan/row-scanner.js';
import { ChangeLogBuilder, type ChangeLog } from './change-log.js';
import type { PreparedTable } from './prepare-table.js';

/** What a batch wrote. */
export interface WrittenBatch {
  /** Records, deletes among them. */
  readonly rows: number;
  readonly counts: ChangeCounts;
  readonly restRows: number;
  readonly sizeBytes: number;
  readonly dataFiles: readonly DataFile[];
  /** Of a window; a full load has none. */
  readonly log: ChangeLog | undefined;
}

/** A file is ended when it has reached this size, which suits readers. */
const FILE_BYTES = 256 * 1024 * 1024;

/**
 * Writes the rows. The same batch gives files of the same bytes under the same names, so that writing
 * it again changes nothing that a commit may already name.
 */
export async function writeDataFiles(
  io: FileIo,
  table: PreparedTable,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<WrittenBatch> {
  const { metadata, known } = table;
  const schema = tableSchemaOf(known);
  const fields = parquetFieldsOf(known);
  const { scope } = load;
  const isFull = scope.kind === 'full';
  const log = isFull ? undefined : new ChangeLogBuilder();
  const counts = noCounts();
  let records = 0;
  let restRows = 0;
  const dataFiles = await withTemporaryDirectory(async (directory) => {
    const written: DataFile[] = [];
    const path = join(directory, 'part.parquet');
    let file: OpenFile | undefined;
    const end = async (): Promise<void> => {
      if (file === undefined) return;
      const facts = await file.close();
      const name = fileName(load, batch, written.length, await md5Hex(path));
      const location = `${dataFolder(metadata)}/${name}`;
      await io.writeFile(location, path);
      written.push(parquetDataFile({ location, specId: unpartitionedSpecId(metadata) }, facts));
      file = undefined;
    };
    for await (const scanned of scanBatch(schema, scope, source)) {
      records += scanned.keys?.length ?? scanned.rows;
      restRows += scanned.rest.values;
      count(counts, scanned);
      requireKeys(schema, scanned);
      file ??= openFile(fields, path);
      logKeys(log, scanned, written.length, file.rows);
      await file.write(scanned);
      if (file.sizeBytes >= FILE_BYTES) await end();
    }
    await end();
    return written;
  });
  checkCount(load, batch, records);
  const sizeBytes = dataFiles.reduce((sum, file) => sum + file.file_size_in_bytes, 0);
  return { rows: records, counts, restRows, sizeBytes, dataFiles, log: log?.build() };
}

/** The rows of all files, one after the other; nothing made of them may be kept before the last. */
async function* scanBatch(
  schema: TableSchema,
  format: ExportScope,
  source: BatchSource,
): AsyncGenerator<ScannedRows, void, undefined> {
  const options = { format, withKeys: format.kind === 'incremental' };
  for (const file of source.files) {
    for await (const rows of scanFile(await source.open(file), file, schema, options)) {
      source.onRecords(rows.keys?.length ?? rows.rows);
      yield rows;
    }
  }
}

function count(counts: Record<keyof ChangeCounts, number>, { rows, keys }: ScannedRows): void {
  if (keys === undefined) {
    counts.load += rows;
    return;
  }
  for (let index = 0; index < keys.length; index++) {
    const kind = CHANGE_KINDS[keys.kinds[index] as number];
    assert(kind !== undefined, 'a scanned record is of a kind');
    counts[kind]++;
  }
}

function logKeys(
  log: ChangeLogBuilder | undefined,
  { keys }: ScannedRows,
  file: number,
  firstPosition: number,
): void {
  if (log === undefined || keys === undefined) return;
  const micros = microsOf(keys.writtenAtMicros);
  const { kinds, rowNumbers } = keys;
  const hashes = hashKeys(keys.keys);
  log.add({ hashes, kinds, writtenAtMicros: micros, rowNumbers, file, firstPosition });
}

/** Exact as a double: microseconds since 1970 reach 53 bits in the year 2255. */
function microsOf({ words }: LongVector): (index: number) => number {
  return (index) =>
    (words[2 * index + 1] as number) * 2 ** 32 + ((words[2 * index] as number) >>> 0);
}

/** The type of a key's column is settled for good, and there is no other place for a key's value. */
function requireKeys({ keyAttributes, columns: names }: TableSchema, rows: ScannedRows): void {
  for (const attribute of keyAttributes) {
    const column = rows.columns[names.findIndex((column) => column.attribute === attribute)];
    if (column?.values === rows.rows || rows.rows === 0) continue;
    throw new TidemarkError(
      `Key attribute "${attribute}" has a value that its column in the lake cannot hold.`,
      {
        code: ErrorCode.KeyOutgrown,
        subject: attribute,
        hint: 'Load a new full export: it finds the type that all keys need.',
      },
    );
  }
}

function fileName(load: Load, batch: Batch, part: number, md5: string): string {
  const stamp = compactInstant(watermarkOf(load.scope));
  const padded = (number: number): string => String(number).padStart(5, '0');
  return `${stamp}-${padded(batch.index)}-${padded(part)}-${md5.slice(0, 16)}.parquet`;
}

/** A local Parquet file that rows are added to. */
interface OpenFile {
  /** Rows so far. */
  readonly rows: number;
  readonly sizeBytes: number;
  write(rows: ScannedRows): Promise<void>;
  close(): ReturnType<ParquetWriter['close']>;
}

function openFile(
  fields: Parameters<typeof createParquetWriter>[0]['fields'],
  path: string,
): OpenFile {
  const stream = createWriteStream(path);
  const failed = finished(stream);
  failed.catch(() => undefined);
  const writer = createParquetWriter({ fields, compression: BEST_COMPRESSION }, async (bytes) => {
    if (stream.write(bytes)) return;
    await Promise.race([once(stream, 'drain'), failed]);
  });
  let rows = 0;
  return {
    get rows() {
      return rows;
    },
    get sizeBytes() {
      return writer.sizeBytes;
    },
    write: async (scanned) => {
      const { columns, writtenAtMicros, rest } = scanned;
      await writer.writeRowGroup([...columns, writtenAtMicros, rest], scanned.rows);
      rows += scanned.rows;
    },
    close: async () => {
      const facts = await writer.close();
      stream.end();
      await failed;
      assert((await stat(path)).size === facts.sizeBytes, 'a file is as large as was written');
      return facts;
    },
  };
}

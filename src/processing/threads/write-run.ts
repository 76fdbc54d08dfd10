/** Owns the writing of a run of data files as Parquet files on local disk, and the log of their keys. */
import { join } from 'node:path';
import { assert } from '../../core/assert.js';
import { CHANGE_KINDS, type TableSchema } from '../../lake/column-type.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import { noCounts } from '../../lake/commit-rules.js';
import { formatTableEvidence } from '../../lake/evidence.js';
import type { LongVector } from '../../parquet/vector.js';
import { hashKeys } from '../../positions/key-hashes.js';
import { ChangeLogBuilder, type ChangeLog } from '../iceberg/change-log.js';
import { historyRows, type HistoryTask } from '../iceberg/history/history-vectors.js';
import { scanFiles, type OpenFile, type ScanFilesOptions } from '../scan/scan-file.js';
import type { ScannedRows } from '../scan/row-scanner.js';
import type { PartitionField } from '../partition/partition-column.js';
import { createPartitionedFiles } from '../partition/partitioned-files.js';
import type { FileRun } from './file-runs.js';
import { LocalFiles, type LocalFile } from './local-files.js';
import { createRowFiles, type FilesPlace, type RowFiles, type RowPlaces } from './row-files.js';

/** What is to be written, and where. */
export interface WriteTask extends FileRun, FilesPlace {
  readonly kind: 'write';
  readonly schema: TableSchema;
  /** For the columns of hashes; there when the schema has any. */
  readonly hashKey?: string | undefined;
  /** By which rows are parted; none where they are not. */
  readonly partitionFields: readonly PartitionField[];
  /** Where the table's history is to have the changes, too. */
  readonly history?: HistoryTask;
}

/** What a run has come to. */
export interface WrittenRun {
  /** Records, deletes and those that were passed over among them. */
  readonly records: number;
  readonly counts: ChangeCounts;
  readonly restRows: number;
  readonly files: readonly LocalFile[];
  /** Of a window; a full load has none. Its files are counted from 0. */
  readonly log?: ChangeLog;
  /** Text of the evidence of all records. */
  readonly evidence: string;
  /** A key attribute with a value that its column cannot hold: nothing was written then. */
  readonly unheldKey?: string;
  /** None unless they were asked for. */
  readonly historyFiles: readonly LocalFile[];
}

/** Writes the rows, as long as there is a column for each key; the same data files give files of the same bytes. */
export async function writeRun(
  task: WriteTask,
  open: OpenFile,
  onRecords: (count: number) => void,
): Promise<WrittenRun> {
  const { files, format, schema, hashKey, directory, fileBytes, history } = task;
  const isFull = format.kind === 'full';
  const log = isFull ? undefined : new ChangeLogBuilder();
  const counts = noCounts();
  const rowFiles = rowFilesOf(task);
  const historyFiles = new LocalFiles(history?.fields ?? [], join(directory, 'history'), fileBytes);
  const withChanges = history !== undefined && !isFull;
  let records = 0;
  let restRows = 0;
  let evidence = '';
  let unheldKey: string | undefined;
  const options: ScanFilesOptions = {
    format,
    hashKey,
    withKeys: !isFull,
    withChanges,
    onEvidence: (seen) => {
      evidence = formatTableEvidence(seen);
    },
  };
  try {
    for await (const scanned of scanFiles(files, open, schema, options)) {
      const { rest } = scanned;
      const read = recordsOf(scanned);
      records += read;
      restRows += rest.values;
      count(counts, scanned);
      onRecords(read);
      unheldKey ??= unheldKeyOf(schema, scanned);
      if (unheldKey !== undefined) continue;
      logKeys(log, scanned, await rowFiles.add(scanned));
      if (history === undefined) continue;
      const made = historyRows(schema, history, scanned);
      await historyFiles.write(made.vectors, made.rows);
    }
    const [ended, endedHistory] = [await rowFiles.end(), await historyFiles.end()];
    return {
      records,
      counts,
      restRows,
      files: unheldKey === undefined ? ended : [],
      historyFiles: unheldKey === undefined ? endedHistory : [],
      ...(log === undefined ? {} : { log: log.build() }),
      evidence,
      ...(unheldKey === undefined ? {} : { unheldKey }),
    };
  } catch (error) {
    rowFiles.abandon();
    throw error;
  } finally {
    historyFiles.close();
  }
}

/**
 * A full load that parts its rows into more has terms that were not meant so. A window's new
 * partitions are written, however many they are: to stop there would keep rows from the lake.
 */
const MAX_PARTITIONS = 10_000;

function rowFilesOf({ partitionFields, format, ...place }: WriteTask): RowFiles {
  if (partitionFields.length === 0) return createRowFiles(place);
  const maxPartitions = format.kind === 'full' ? MAX_PARTITIONS : Infinity;
  return createPartitionedFiles({ ...place, partitionFields, maxPartitions });
}

/** The memory of a result that can be handed over rather than copied. */
export function transferablesOf({ log }: WrittenRun): readonly ArrayBuffer[] {
  if (log === undefined) return [];
  const { hashes, kinds, writtenAtMicros, files, positions, passedOver } = log;
  return [hashes.words, kinds, writtenAtMicros, files, positions, passedOver.words].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
}

function recordsOf({ rows, keys, passedOver }: ScannedRows): number {
  return (keys?.length ?? rows) + (passedOver?.length ?? 0);
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
  { keys, passedOver }: ScannedRows,
  places: RowPlaces,
): void {
  if (log === undefined || keys === undefined) return;
  if (passedOver !== undefined) log.passOver(hashKeys(passedOver));
  const writtenAtMicros = microsOf(keys.writtenAtMicros);
  const { kinds, rowNumbers } = keys;
  log.add({ hashes: hashKeys(keys.keys), kinds, writtenAtMicros, rowNumbers, places });
}

/** Exact as a double: microseconds since 1970 reach 53 bits in the year 2255. */
function microsOf({ words }: LongVector): (index: number) => number {
  return (index) =>
    (words[2 * index + 1] as number) * 2 ** 32 + ((words[2 * index] as number) >>> 0);
}

/** There is no other place for a key's value than its column. */
function unheldKeyOf(
  { keyAttributes, columns: names }: TableSchema,
  { rows, columns, changes }: ScannedRows,
): string | undefined {
  return keyAttributes.find((attribute, index) => {
    const column = columns[names.findIndex((column) => column.attribute === attribute)];
    // A history has the keys of deletes, too.
    const inHistory = changes?.keys[index];
    return (rows > 0 && column?.values !== rows) || inHistory?.values !== inHistory?.length;
  });
}

/** Owns the writing of a batch's rows as Parquet files of an Iceberg table, and the log of its keys. */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../core/assert.js';
import { compactInstant, microsOf } from '../../core/instant.js';
import type { FileIo } from '../../iceberg/file-io.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { parquetDataFile } from '../../iceberg/parquet-data-file.js';
import { parquetFieldsOf } from '../../iceberg/parquet-fields.js';
import { tableSchemaOf } from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { dataFolder } from '../../iceberg/table-state.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import { sumCounts } from '../../lake/commit-rules.js';
import {
  mergeTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../../lake/evidence.js';
import type { BatchSource } from '../../lake/lake.js';
import { watermarkOf, type Batch, type Load } from '../../lake/load.js';
import { withTemporaryDirectory } from '../parquet-file.js';
import { inParallel, PUTS_AT_ONCE } from '../in-parallel.js';
import { partitionFieldsOf } from '../partition/partition-fields.js';
import { checkCount } from '../profile-batch.js';
import type { LocalFile } from '../threads/local-files.js';
import { runFiles } from '../threads/run-files.js';
import type { WrittenRun } from '../threads/write-run.js';
import { timedUuid } from './care/timed-uuid.js';
import { joinChangeLogs, type ChangeLog } from './change-log.js';
import type { HistoryTask } from './history/history-vectors.js';
import type { PreparedHistory } from './history/prepare-history.js';
import { lakeStateOf } from './load-facts.js';
import { ownSpec } from './own-spec.js';
import type { PreparedTable } from './prepare-table.js';

/** What a batch wrote. */
export interface WrittenBatch {
  /** Records, deletes among them. */
  readonly rows: number;
  readonly counts: ChangeCounts;
  readonly restRows: number;
  readonly sizeBytes: number;
  readonly dataFiles: readonly DataFile[];
  /** Of the table's history, where it has one. */
  readonly historyFiles?: readonly DataFile[];
  /** Of a window; a full load has none. */
  readonly log: ChangeLog | undefined;
  /** What the batch's values are evidence of. */
  readonly evidence: TableEvidence;
  /** A key attribute with a value that its column cannot hold: what was written lacks rows then. */
  readonly unheldKey: string | undefined;
}

/** A file is ended when it has reached this size, which suits readers. */
const FILE_BYTES = 256 * 1024 * 1024;

/**
 * Writes the rows. Each attempt writes files of its own, under names that never come again: one that
 * is late, or comes after a rollback, cannot touch what a commit names or an expiry deletes.
 */
export async function writeDataFiles(
  io: FileIo,
  table: PreparedTable & { readonly history?: PreparedHistory },
  hashKey: string | undefined,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<WrittenBatch> {
  const { metadata, known, spec, history } = table;
  const { scope: format } = load;
  const schema = tableSchemaOf(known);
  const fields = parquetFieldsOf(known);
  const partitionFields = partitionFieldsOf(spec, fields);
  const task = history && { history: historyTask(history, load, metadata) };
  return await withTemporaryDirectory(async (temporary) => {
    const runs = await runFiles('write', source, async (files, index) => {
      const directory = join(temporary, String(index));
      await mkdir(directory);
      const place = { fields, partitionFields, directory, fileBytes: FILE_BYTES };
      return { files, format, schema, hashKey, ...place, ...task };
    });
    const rows = sum(runs.map(({ records }) => records));
    checkCount(load, batch, rows);
    const dataFiles = await upload(
      io,
      { metadata, spec },
      runs.flatMap(({ files }) => files),
      (part) => fileName(load, batch, part),
    );
    // Which loads end before a history's watermark says nothing of those that it will take: by their
    // names, its files tell when they were made.
    const attempt = timedUuid(Date.now());
    const historyFiles =
      history &&
      (await upload(
        io,
        { metadata: history.metadata, spec: ownSpec(history.metadata) },
        runs.flatMap((run) => run.historyFiles),
        (part) => `${attempt}-${padded(part)}.parquet`,
      ));
    return {
      rows,
      counts: sumCounts(runs.map(({ counts }) => counts)),
      restRows: sum(runs.map(({ restRows }) => restRows)),
      sizeBytes: sum(dataFiles.map((file) => file.file_size_in_bytes)),
      dataFiles,
      ...(historyFiles === undefined ? {} : { historyFiles }),
      log: format.kind === 'full' ? undefined : logOf(runs),
      evidence: evidenceOf(runs),
      unheldKey: runs.find(({ unheldKey }) => unheldKey !== undefined)?.unheldKey,
    };
  });
}

function evidenceOf(runs: readonly WrittenRun[]): TableEvidence {
  const merged = newTableEvidence();
  for (const { evidence } of runs) mergeTableEvidence(merged, parseTableEvidence(evidence));
  return merged;
}

/** Puts local files into a table's data folder, under the names of their parts. */
async function upload(
  io: FileIo,
  { metadata, spec }: Pick<PreparedTable, 'metadata' | 'spec'>,
  files: readonly LocalFile[],
  nameOf: (part: number) => string,
): Promise<readonly DataFile[]> {
  const specId = spec['spec-id'];
  return await inParallel([...files.entries()], PUTS_AT_ONCE, async ([part, file]) => {
    const location = `${dataFolder(metadata)}/${nameOf(part)}`;
    await io.writeFile(location, file.path);
    return parquetDataFile({ location, specId, partition: file.partition }, file.facts);
  });
}

function historyTask(
  { known }: PreparedHistory,
  { scope }: Load,
  metadata: TableMetadata,
): HistoryTask {
  const isFull = scope.kind === 'full';
  const base = isFull ? scope.exportTime : lakeStateOf(metadata)?.baseExportTime;
  assert(base !== undefined, 'a window follows a base');
  return {
    fields: parquetFieldsOf(known),
    columns: tableSchemaOf(known).columns,
    baseMicros: microsOf(base),
    fromMicros: isFull ? undefined : microsOf(scope.window.from),
    toMicros: microsOf(watermarkOf(scope)),
  };
}

function logOf(runs: readonly WrittenRun[]): ChangeLog {
  let filesBefore = 0;
  const parts = runs.map(({ log, files }) => {
    const part = { log, firstFile: filesBefore };
    filesBefore += files.length;
    return part;
  });
  return joinChangeLogs(
    parts.flatMap(({ log, firstFile }) => (log === undefined ? [] : [{ log, firstFile }])),
  );
}

function fileName(load: Load, batch: Batch, part: number): string {
  const stamp = compactInstant(watermarkOf(load.scope));
  const attempt = randomBytes(8).toString('hex');
  return `${stamp}-${padded(batch.index)}-${padded(part)}-${attempt}.parquet`;
}

function padded(number: number): string {
  return String(number).padStart(5, '0');
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

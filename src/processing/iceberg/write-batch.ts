/** Owns the way of a batch into data files: in one pass by guessed columns, in a second if they were wrong. */
import { createHash, randomUUID } from 'node:crypto';
import { ErrorCode, TidemarkError } from '../../core/errors.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { FileIo } from '../../iceberg/file-io.js';
import { parquetFieldsOf } from '../../iceberg/parquet-fields.js';
import { ownSpec } from './own-spec.js';
import { tableSchemaOf } from '../../iceberg/table-columns.js';
import { dataFolder } from '../../iceberg/table-state.js';
import {
  formatTableEvidence,
  newTableEvidence,
  parseTableEvidence,
  type TableEvidence,
} from '../../lake/evidence.js';
import { unseenAttributes } from '../../lake/column-choices.js';
import type { TableSchema } from '../../lake/column-type.js';
import type { BatchSource } from '../../lake/lake.js';
import { draftKey, evidenceKey, reportKey } from '../../lake/layout.js';
import type { Batch, Load } from '../../lake/load.js';
import { mergedEvidence } from '../profile-batch.js';
import { getText, putText } from '../text-objects.js';
import { runInThread } from '../threads/thread-pool.js';
import {
  formatBatchReport,
  parseBatchDraft,
  type BatchDraft,
  type IcebergBatchReport,
} from './batch-report.js';
import { formatChangeLog } from './change-log.js';
import { guessHistory, prepareHistory, type PreparedHistory } from './history/prepare-history.js';
import { keyIdsOf } from './one-schema.js';
import { optionsText } from './recorded-options.js';
import {
  guessTable,
  prepareTable,
  type PrepareOptions,
  type PreparedTable,
} from './prepare-table.js';
import { writeDataFiles } from './write-data-files.js';

/** What a batch is written with. */
export interface BatchPorts {
  readonly store: ObjectStore;
  readonly io: FileIo;
  /** For the columns of hashes; there when the table has any. */
  readonly hashKey: string | undefined;
  readonly prepare: PrepareOptions;
  /** The load's folder in `store`, where its batches leave word for one another. */
  readonly staging: string;
}

/** A guess by fewer values too often lacks a rare attribute; by more it costs what it is to save. */
const SAMPLE_TEXT_BYTES = 32 * 1024 * 1024;

/**
 * Leaves the evidence of one of several batches, and its rows by guessed columns: what
 * {@link writeBatch} finds written if all batches together need the same ones.
 */
export async function draftBatch(
  ports: BatchPorts,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<void> {
  const { store, staging } = ports;
  const { draft, evidence } = await writeDraft(ports, load, batch, source);
  await putText(store, draftKey(staging, batch), formatBatchReport(draft));
  await putText(store, evidenceKey(staging, batch), formatTableEvidence(evidence));
}

/** Writes a batch by the columns that the whole load needs. */
export async function writeBatch(
  ports: BatchPorts,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<IcebergBatchReport> {
  const { store, io, staging, prepare } = ports;
  const isWhole = batch.batchCount === 1;
  const { draft, evidence } = isWhole
    ? await writeDraft(ports, load, batch, source)
    : {
        evidence: await mergedEvidence(store, staging, load, batch.batchCount),
        draft: await readDraft(ports, batch),
      };
  const table = await withHistory(prepare, await prepareTable(prepare, load, evidence), (schema) =>
    prepareHistory(prepare, prepare.tableName, load, schema),
  );
  const isOfUse =
    draft?.columnsKey === columnsKeyOf(table) &&
    draft.options === optionsText(prepare.choices.options);
  if (isOfUse) return reportOf(draft, table, load);
  // Nobody else can have read of a draft that was not left in staging.
  if (isWhole && draft !== undefined) {
    const files = [...draft.dataFiles, ...(draft.historyFiles ?? [])];
    await io.delete(files.map(({ file_path: location }) => location));
  }
  const written = await writeTo(ports, table, load, batch, source);
  return reportOf(written.draft, table, load);
}

/** A table, and its history where it is to have one. */
type WritableTable = PreparedTable & { readonly history?: PreparedHistory };

async function withHistory(
  { choices }: PrepareOptions,
  table: PreparedTable,
  historyOf: (schema: TableSchema) => Promise<PreparedHistory>,
): Promise<WritableTable> {
  if (choices.options.changes !== true) return table;
  return { ...table, history: await historyOf(tableSchemaOf(table.known)) };
}

async function readDraft(
  { store, staging }: BatchPorts,
  batch: Batch,
): Promise<BatchDraft | undefined> {
  const key = draftKey(staging, batch);
  const text = await getText(store, key);
  return text === undefined ? undefined : parseBatchDraft(text, key);
}

interface Drafted {
  readonly draft: BatchDraft;
  readonly evidence: TableEvidence;
}

/** A window is likely to have what the table has, and a full load what its first values are. */
async function writeDraft(
  ports: BatchPorts,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<Drafted> {
  const sample =
    load.scope.kind === 'full' ? await sampleOf(ports, load, source) : newTableEvidence();
  const { prepare } = ports;
  const guessed = await withHistory(prepare, await guessTable(prepare, load, sample), (schema) =>
    guessHistory(prepare, prepare.tableName, schema),
  );
  return await writeTo(ports, guessed, load, batch, source);
}

async function sampleOf(
  { prepare }: BatchPorts,
  { scope: format, keyAttributes }: Load,
  source: BatchSource,
): Promise<TableEvidence> {
  const { files } = source;
  const unseen = unseenAttributes(prepare.choices.columns);
  const task = { files, format, keyAttributes, unseen, textBytes: SAMPLE_TEXT_BYTES };
  return parseTableEvidence(await runInThread('sample', task, source));
}

async function writeTo(
  { store, io, hashKey, staging, prepare }: BatchPorts,
  table: WritableTable,
  load: Load,
  batch: Batch,
  source: BatchSource,
): Promise<Drafted> {
  const { log, evidence, unheldKey, ...written } = await writeDataFiles(
    io,
    table,
    hashKey,
    load,
    batch,
    source,
  );
  // Of this attempt alone: a report must not be read with the log of another.
  const changeLog = `${reportKey(staging, batch)}-${randomUUID()}.keys`;
  if (log !== undefined) await store.put(changeLog, formatChangeLog(log));
  const draft: BatchDraft = {
    batch,
    options: optionsText(prepare.choices.options),
    ...written,
    ...(log === undefined ? {} : { changeLog }),
    keyIds: keyIdsOf(table.known),
    columnsKey: columnsKeyOf(table),
    ...(unheldKey === undefined ? {} : { unheldKey }),
  };
  return { draft, evidence };
}

/** Equal for tables whose rows are written in the same way to the same place. */
function columnsKeyOf({ history, ...table }: WritableTable): string {
  const own = history && { ...history, spec: ownSpec(history.metadata) };
  const tables = own === undefined ? [table] : [table, own];
  const how = tables.map(({ metadata, known, spec }) => [
    tableSchemaOf(known),
    parquetFieldsOf(known),
    spec,
    dataFolder(metadata),
  ]);
  return createHash('sha256').update(JSON.stringify(how, sorted)).digest('hex');
}

/** Members in one order, whoever made the object. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function reportOf(
  { columnsKey: _columnsKey, unheldKey, ...report }: BatchDraft,
  { restarted }: PreparedTable,
  load: Load,
): IcebergBatchReport {
  if (unheldKey !== undefined) throw unheld(unheldKey, load);
  return { ...report, ...(restarted === undefined ? {} : { restarted }) };
}

/** The type of a key's column is settled for good, and there is no other place for a key's value. */
function unheld(attribute: string, { scope }: Load): TidemarkError {
  return new TidemarkError(
    `Key attribute "${attribute}" has a value that its column in the lake cannot hold.`,
    {
      // A full load has just settled the type from all keys: another one could not do better.
      code: scope.kind === 'full' ? ErrorCode.CorruptExport : ErrorCode.KeyOutgrown,
      subject: attribute,
      hint: 'Load a new full export: it finds the type that all keys need.',
    },
  );
}

/** Owns the report of a batch: the data files it wrote, kept in staging until they are committed. */
import { z } from 'zod';
import { ErrorCode, messageOf, TidemarkError } from '../../core/errors.js';
import type { DataFile } from '../../iceberg/manifest.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import type { Batch } from '../../lake/load.js';
import type { RestartedTable } from './own-spec.js';

/** What one batch wrote. */
export interface IcebergBatchReport {
  readonly batch: Batch;
  /** By which choices its rows were made: see `optionsText`. */
  readonly options: string;
  /** Records, deletes among them. */
  readonly rows: number;
  readonly counts: ChangeCounts;
  /** Rows with something in `_rest`. */
  readonly restRows: number;
  readonly sizeBytes: number;
  /** None for a batch without rows. */
  readonly dataFiles: readonly DataFile[];
  /** Where the table's history is kept. */
  readonly historyFiles?: readonly DataFile[];
  /** Key of the batch's change log in staging; a full load has none. */
  readonly changeLog?: string;
  /** Of the schema that its files are written with; see `WrittenSchema`. */
  readonly keyIds: readonly number[];
  /** That schema, where the load brings a new one. */
  readonly restarted?: RestartedTable;
}

/** What a batch wrote before the types of the whole load were known. */
export interface BatchDraft extends Omit<IcebergBatchReport, 'restarted'> {
  /** By which columns its rows were written: see `columnsKeyOf`. */
  readonly columnsKey: string;
  /** A key attribute with a value that its column cannot hold: rows are missing then. */
  readonly unheldKey?: string;
}

/** JSON in which bytes and integers of 64 bits are text behind a mark. */
export function formatBatchReport(report: IcebergBatchReport | BatchDraft): string {
  return JSON.stringify(report, (_key, value: unknown) => {
    if (value instanceof Uint8Array) return BYTES + Buffer.from(value).toString('base64');
    if (typeof value === 'bigint') return LONG + value.toString();
    return typeof value === 'string' && MARKED.test(value) ? TEXT + value : value;
  });
}

/** Reads {@link formatBatchReport}'s text; CorruptLake names the key when it is none. */
export function parseBatchReport(text: string, key: string): IcebergBatchReport {
  return parsed(REPORT, text, key);
}

/** As {@link parseBatchReport}, of a draft. */
export function parseBatchDraft(text: string, key: string): BatchDraft {
  return parsed(DRAFT, text, key);
}

function parsed<T>(schema: z.ZodType<T>, text: string, key: string): T {
  try {
    return schema.parse(
      JSON.parse(text, (_key, value: unknown) => {
        if (typeof value !== 'string' || !MARKED.test(value)) return value;
        const content = value.slice(BYTES.length);
        if (value.startsWith(TEXT)) return content;
        return value.startsWith(LONG)
          ? BigInt(content)
          : new Uint8Array(Buffer.from(content, 'base64'));
      }),
    );
  } catch (cause) {
    throw new TidemarkError(`The report ${key} cannot be read: ${messageOf(cause)}.`, {
      code: ErrorCode.CorruptLake,
      subject: key,
      hint: 'Delete it, and let the load be written again.',
      cause,
    });
  }
}

/** Marks of one length; a text that begins like one, as a partition's value may, gets one, too. */
const BYTES = 'base64:';
const LONG = 'bigint:';
const TEXT = 'string:';
const MARKED = /^(base64|bigint|string):/;

function isDataFile(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'file_path' in value;
}

const count = z.number().int().nonnegative();
const REPORT = z.object({
  batch: z.object({
    index: count,
    batchCount: count,
    firstFile: count,
    fileCount: count,
    itemCount: count,
  }),
  options: z.string(),
  rows: count,
  counts: z.object({ load: count, insert: count, update: count, delete: count, upsert: count }),
  restRows: count,
  sizeBytes: count,
  dataFiles: z.array(z.custom<DataFile>(isDataFile)),
  historyFiles: z.array(z.custom<DataFile>(isDataFile)).exactOptional(),
  changeLog: z.string().exactOptional(),
  keyIds: z.array(count),
  restarted: z.custom<RestartedTable>((value) => typeof value === 'object').exactOptional(),
});
const DRAFT = REPORT.omit({ restarted: true }).extend({
  columnsKey: z.string(),
  unheldKey: z.string().exactOptional(),
});

/** Owns the content of `_SUCCESS`, the record of a committed load. */
import { z } from 'zod';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import { parseInstant, type Instant } from '../core/instant.js';
import type { ColumnType, TableSchema } from './column-type.js';

const instant = z.string().transform((text, context): Instant => {
  const parsed = parseInstant(text);
  if (parsed !== undefined) return parsed;
  context.addIssue({ code: 'custom', message: 'is not an instant' });
  return z.NEVER;
});
const count = z.number().int().nonnegative();

const columnType: z.ZodType<ColumnType> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.enum(['string', 'long', 'numeral', 'boolean', 'binary', 'json']) }),
    z.object({ kind: z.literal('decimal'), integerDigits: count, scale: count }),
    z.object({ kind: z.literal('list'), element: columnType }),
    z.object({ kind: z.literal('set'), element: columnType }),
    z.object({ kind: z.literal('struct'), fields: z.array(column) }),
  ]),
);
const column = z.object({ attribute: z.string(), name: z.string(), type: columnType });
const tableSchema: z.ZodType<TableSchema> = z.object({
  keyAttributes: z.array(z.string()),
  columns: z.array(column),
});

const part = z.object({
  /** Within the directory of the `_SUCCESS`. */
  file: z.string(),
  rows: count,
  sizeBytes: count,
});

/** How many rows of each kind of change. */
const changeCounts = z.object({
  load: count,
  insert: count,
  update: count,
  delete: count,
  upsert: count,
});

/** How many values were written, and which of them no column could hold. */
const report = z.object({
  batch: z.object({
    index: count,
    batchCount: count,
    firstFile: count,
    fileCount: count,
    itemCount: count,
  }),
  rows: count,
  counts: changeCounts,
  /** Rows with something in `_rest`. */
  restRows: count,
  /** None for a batch without rows. */
  parts: z.array(part),
  schema: tableSchema,
});

const record = z.object({
  formatVersion: z.literal(1),
  scope: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('full'),
      exportTime: instant,
      takenAt: z.string().exactOptional(),
    }),
    z.object({
      kind: z.literal('incremental'),
      window: z.object({ from: instant, to: instant }),
      view: z.enum(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE']),
    }),
  ]),
  /** Exclusive end of what the lake has with this load. */
  watermark: instant,
  tableId: z.string(),
  epoch: count,
  exportArn: z.string(),
  manifestMd5: z.string(),
  itemCount: count,
  counts: changeCounts,
  restRows: count,
  /** The files that count; anything else in the directory does not. */
  parts: z.array(part),
  /** Of every part. */
  schema: tableSchema,
  committedAt: instant,
});

/** One Parquet file of a load. */
export type Part = z.infer<typeof part>;
/** Rows by kind of change. */
export type ChangeCounts = z.infer<typeof changeCounts>;
/** What one batch wrote. */
export type BatchReport = z.infer<typeof report>;
/** The JSON in `_SUCCESS`. It is never rewritten; `formatVersion` counts its incompatible changes. */
export type CommitRecord = z.infer<typeof record>;

/** Reads a `_SUCCESS`; CorruptExport names its key when it is not one of ours. */
export function parseCommitRecord(text: string, key: string): CommitRecord {
  return parse(record, text, key);
}

/** Reads the report of a batch from staging. */
export function parseBatchReport(text: string, key: string): BatchReport {
  return parse(report, text, key);
}

/** Reads a schema from staging; null is for a table that has none yet. */
export function parsePreviousSchema(text: string, key: string): TableSchema | undefined {
  return parse(z.nullable(tableSchema), text, key) ?? undefined;
}

function parse<T>(schema: z.ZodType<T>, text: string, key: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    const problem = cause instanceof z.ZodError ? z.prettifyError(cause) : messageOf(cause);
    throw new TidemarkError(`Lake object ${key} cannot be read: ${problem}.`, {
      code: ErrorCode.CorruptLake,
      subject: key,
      hint: 'Restore the object, or let a resync write a new base.',
      cause,
    });
  }
}

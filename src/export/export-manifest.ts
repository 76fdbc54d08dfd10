/** Owns an export's two manifests: what they say, and whether that is what was asked for. */
import { z } from 'zod';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import { millisOf, parseInstant, type Instant } from '../core/instant.js';
import { exportedWindow, type ExportScope, type ExportView } from './table-exports.js';

/** What an export covers, times as the manifest writes them (a full one may have milliseconds). */
export type ManifestScope =
  | { readonly kind: 'full'; readonly exportTime: string }
  | {
      readonly kind: 'incremental';
      readonly from: string;
      readonly to: string;
      readonly view: ExportView;
    };

/** The content of `manifest-summary.json`. */
export interface ExportManifest {
  readonly exportArn: string;
  readonly tableArn: string;
  readonly tableId: string;
  readonly scope: ManifestScope;
  /** Bucket-relative key of `manifest-files.json`. */
  readonly manifestFilesKey: string;
  readonly billedSizeBytes: number;
  readonly itemCount: number;
}

/** One line of `manifest-files.json`: one data file. */
export interface ExportFile {
  /** Bucket-relative, prefix included. */
  readonly key: string;
  readonly itemCount: number;
  /** Base64, of the gzip bytes. */
  readonly md5: string;
}

/** What an export was asked to be. */
export interface ExpectedExport {
  readonly exportArn: string;
  readonly tableArn: string;
  readonly tableId: string;
  readonly scope: ExportScope;
}

const count = z.number().int().nonnegative();
const time = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'is not a time');
const common = {
  exportArn: z.string(),
  tableArn: z.string(),
  tableId: z.string(),
  manifestFilesS3Key: z.string(),
  billedSizeBytes: count,
  itemCount: count,
  outputFormat: z.literal('DYNAMODB_JSON'),
};
const kindSchema = z.object({ exportFromTime: z.unknown().optional() });
const fullSchema = z.object({ ...common, exportTime: time });
const windowSchema = z.object({
  ...common,
  exportFromTime: time,
  exportToTime: time,
  outputView: z.enum(['NEW_AND_OLD_IMAGES', 'NEW_IMAGE']),
});
const fileSchema = z.object({
  itemCount: count,
  md5Checksum: z.string(),
  dataFileS3Key: z.string().min(1),
});

/** Reads `manifest-summary.json`; CorruptExport names `key` when it is none. */
export function parseManifestSummary(text: string, key: string): ExportManifest {
  // A full export's summary has no exportType (seen in real exports); an incremental one has.
  const { exportFromTime } = parse(kindSchema, text, key);
  if (exportFromTime === undefined) {
    const { exportTime, ...summary } = parse(fullSchema, text, key);
    return manifestOf(summary, { kind: 'full', exportTime });
  }
  const summary = parse(windowSchema, text, key);
  const { exportFromTime: from, exportToTime: to, outputView: view } = summary;
  return manifestOf(summary, { kind: 'incremental', from, to, view });
}

function manifestOf(
  summary: Omit<z.infer<typeof fullSchema>, 'exportTime'>,
  scope: ManifestScope,
): ExportManifest {
  return {
    exportArn: summary.exportArn,
    tableArn: summary.tableArn,
    tableId: summary.tableId,
    scope,
    manifestFilesKey: summary.manifestFilesS3Key,
    billedSizeBytes: summary.billedSizeBytes,
    itemCount: summary.itemCount,
  };
}

/** Reads the JSON lines of `manifest-files.json`, in their order, which need not mean anything. */
export function parseManifestFiles(text: string, key: string): readonly ExportFile[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line, index) => {
      const file = parse(fileSchema, line, `${key} line ${index + 1}`);
      return { key: file.dataFileS3Key, itemCount: file.itemCount, md5: file.md5Checksum };
    });
}

/**
 * What the export covers, in whole seconds. A full export's time may have a part of a second
 * (`takenAt`), which is cut off: it holds every write before the second, and some after it.
 * CorruptExport, naming `key`, when a time is of no use or a window ends before it begins.
 */
export function scopeOf({ scope }: ExportManifest, key: string): ExportScope {
  const instantOf = (field: string, text: string): Instant => {
    const instant = parseInstant(text);
    if (instant !== undefined) return instant;
    throw corrupt(key, `has ${field} ${text}, which is no time in whole seconds with its zone`);
  };
  if (scope.kind === 'full') {
    const seconds = scope.exportTime.replace(/\.\d+(?=Z|[+-]\d{2}:\d{2}$)/, '');
    const exportTime = instantOf('exportTime', seconds);
    const isWhole = Date.parse(scope.exportTime) === millisOf(exportTime);
    return { kind: 'full', exportTime, ...(isWhole ? {} : { takenAt: scope.exportTime }) };
  }
  const from = instantOf('exportFromTime', scope.from);
  const to = instantOf('exportToTime', scope.to);
  if (from >= to) throw corrupt(key, `is of a window that ends at ${to}, not after ${from}`);
  return { kind: 'incremental', window: { from, to }, view: scope.view };
}

/**
 * CorruptExport, naming `key` and the field, unless the manifest is of the export asked for.
 * TableReplaced when the table's id is another: the name was given to a new table meanwhile.
 */
export function checkManifestSummary(
  manifest: ExportManifest,
  expected: ExpectedExport,
  key: string,
): void {
  const must = (field: string, is: string, was: string): void => {
    if (is !== was) throw corrupt(key, `has ${field} ${is} where ${was} was asked for`);
  };
  must('exportArn', manifest.exportArn, expected.exportArn);
  must('tableArn', manifest.tableArn, expected.tableArn);
  if (manifest.tableId !== expected.tableId) throw replaced(manifest, expected, key);
  const { scope } = manifest;
  const asked = expected.scope;
  must('export type', scope.kind, asked.kind);
  const mustBeAt = (field: string, is: string, was: Parameters<typeof millisOf>[0]): void => {
    if (Date.parse(is) !== millisOf(was)) must(field, is, was);
  };
  if (scope.kind === 'full' && asked.kind === 'full') {
    mustBeAt('exportTime', scope.exportTime, asked.exportTime);
  }
  if (scope.kind === 'incremental' && asked.kind === 'incremental') {
    const { from, to } = exportedWindow(asked);
    mustBeAt('exportFromTime', scope.from, from);
    mustBeAt('exportToTime', scope.to, to);
    must('outputView', scope.view, asked.view);
  }
}

/** CorruptExport, naming `key`, unless the files' itemCounts add up and no file is named twice. */
export function checkManifestFiles(
  manifest: ExportManifest,
  files: readonly ExportFile[],
  key: string,
): void {
  const sum = files.reduce((total, file) => total + file.itemCount, 0);
  if (sum !== manifest.itemCount) {
    throw corrupt(key, `lists ${sum} items where the summary counts ${manifest.itemCount}`);
  }
  if (new Set(files.map((file) => file.key)).size !== files.length) {
    throw corrupt(key, 'names a data file twice');
  }
}

function parse<T>(schema: z.ZodType<T>, text: string, subject: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw corrupt(subject, `is not JSON (${messageOf(cause)})`, cause);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  throw corrupt(subject, `is not a manifest as known: ${z.prettifyError(result.error)}`);
}

function replaced(
  { tableId }: ExportManifest,
  expected: ExpectedExport,
  key: string,
): TidemarkError {
  return new TidemarkError(
    `Manifest ${key} is of table id ${tableId} where ${expected.tableId} was asked for.`,
    {
      code: ErrorCode.TableReplaced,
      subject: expected.tableArn,
      hint: 'The table was re-created; resync to load it anew.',
    },
  );
}

function corrupt(subject: string, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`Manifest ${subject} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
    cause,
  });
}

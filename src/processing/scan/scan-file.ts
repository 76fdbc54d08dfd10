/** Owns the scan and the profile of data files as they lie in their bucket. */
import type { ExportFile } from '../../export/export-manifest.js';
import type { TableSchema } from '../../lake/column-type.js';
import { mergeTableEvidence, newTableEvidence, type TableEvidence } from '../../lake/evidence.js';
import { createProfiler } from './profiler.js';
import type { RecordFormat } from './record-reader.js';
import {
  createRowScanner,
  type RowScanner,
  type ScanOptions,
  type ScannedRows,
} from './row-scanner.js';
import { corruptFile, unzipFile } from './unzip-file.js';

/** Opens a data file: its gzip bytes, in pieces. */
export type OpenFile = (file: ExportFile) => Promise<AsyncIterable<Uint8Array>>;

export interface ScanFilesOptions extends Omit<ScanOptions, 'file'> {
  /** Told at the end what all records were evidence of. */
  readonly onEvidence?: (evidence: TableEvidence) => void;
}

/**
 * The rows of data files, batch by batch; a batch may hold rows of several files, and is good until
 * the next is asked for. MD5 and count are known only at the end of a file: nothing made of the rows
 * may be kept before the generator has returned. CorruptExport names the file, and the line and byte
 * where it is one.
 */
export async function* scanFiles(
  files: readonly ExportFile[],
  open: OpenFile,
  schema: TableSchema,
  { onEvidence, ...options }: ScanFilesOptions,
): AsyncGenerator<ScannedRows, void, undefined> {
  const scanner = createRowScanner(schema, { ...options, file: '' });
  for (const file of files) {
    scanner.nextFile(file.key);
    for await (const chunk of unzipFile(await open(file), file)) {
      scanner.push(chunk);
      yield* taken(scanner);
    }
    scanner.endFile();
    yield* taken(scanner);
    checkCount(file, scanner.records);
  }
  scanner.end();
  yield* taken(scanner);
  onEvidence?.(scanner.evidence());
  scanner.leave();
}

function* taken(scanner: RowScanner): Generator<ScannedRows, void, undefined> {
  for (let rows = scanner.take(); rows !== undefined; rows = scanner.take()) yield rows;
}

/** The evidence of the first of data files, up to about so many bytes of text; nothing is verified. */
export async function sampleFiles(
  files: readonly ExportFile[],
  open: OpenFile,
  { keyAttributes, unseen, format, textBytes }: SampleOptions,
): Promise<TableEvidence> {
  const evidence = newTableEvidence();
  let left = textBytes;
  for (const file of files) {
    if (left <= 0) break;
    const profiler = createProfiler(keyAttributes, { format, file: file.key, unseen });
    for await (const chunk of unzipFile(await open(file), file)) {
      profiler.push(chunk);
      left -= chunk.length;
      if (left <= 0) break;
    }
    mergeTableEvidence(evidence, profiler.evidence());
  }
  return evidence;
}

export interface SampleOptions {
  readonly keyAttributes: readonly string[];
  /** Attributes whose values leave no evidence. */
  readonly unseen: readonly string[];
  readonly format: RecordFormat;
  readonly textBytes: number;
}

/** The evidence of a data file, verified whole. */
export async function profileFile(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
  keyAttributes: readonly string[],
  format: RecordFormat,
  unseen: readonly string[] = [],
): Promise<TableEvidence> {
  const profiler = createProfiler(keyAttributes, { format, file: file.key, unseen });
  for await (const chunk of unzipFile(source, file)) profiler.push(chunk);
  const evidence = profiler.end();
  checkCount(file, profiler.records);
  return evidence;
}

function checkCount(file: ExportFile, records: number): void {
  if (records === file.itemCount) return;
  throw corruptFile(file, `has ${records} items where the manifest counts ${file.itemCount}`);
}

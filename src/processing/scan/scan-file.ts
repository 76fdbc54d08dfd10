/** Owns the scan and the profile of a data file as it lies in its bucket. */
import type { ExportFile } from '../../export/export-manifest.js';
import type { TableSchema } from '../../lake/column-type.js';
import type { TableEvidence } from '../../lake/evidence.js';
import { createProfiler } from './profiler.js';
import type { RecordFormat } from './record-reader.js';
import { createRowScanner, type ScanOptions, type ScannedRows } from './row-scanner.js';
import { corruptFile, unzipFile } from './unzip-file.js';

/**
 * The rows of a data file, batch by batch; a batch is good until the next is asked for. MD5 and
 * count are known only at the end: nothing made of the rows may be kept before the generator has
 * returned. CorruptExport names the file, and the line and byte where it is one.
 */
export async function* scanFile(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
  schema: TableSchema,
  options: Omit<ScanOptions, 'file'>,
): AsyncGenerator<ScannedRows, void, undefined> {
  const scanner = createRowScanner(schema, { ...options, file: file.key });
  for await (const chunk of unzipFile(source, file)) {
    scanner.push(chunk);
    for (let rows = scanner.take(); rows !== undefined; rows = scanner.take()) yield rows;
  }
  scanner.end();
  for (let rows = scanner.take(); rows !== undefined; rows = scanner.take()) yield rows;
  checkCount(file, scanner.records);
}

/** The evidence of a data file, verified whole. */
export async function profileFile(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
  keyAttributes: readonly string[],
  format: RecordFormat,
): Promise<TableEvidence> {
  const profiler = createProfiler(keyAttributes, { format, file: file.key });
  for await (const chunk of unzipFile(source, file)) profiler.push(chunk);
  const evidence = profiler.end();
  checkCount(file, profiler.records);
  return evidence;
}

function checkCount(file: ExportFile, records: number): void {
  if (records === file.itemCount) return;
  throw corruptFile(file, `has ${records} items where the manifest counts ${file.itemCount}`);
}

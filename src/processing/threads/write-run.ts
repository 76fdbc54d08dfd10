/** Owns the writing of a run of data files as Parquet files on local disk, and the log of their keys. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../../core/assert.js';
import { CHANGE_KINDS, type TableSchema } from '../../lake/column-type.js';
import type { ChangeCounts } from '../../lake/commit-record.js';
import { noCounts } from '../../lake/commit-rules.js';
import { formatTableEvidence } from '../../lake/evidence.js';
import { BEST_COMPRESSION } from '../../parquet/compression.js';
import type { ParquetFileFacts } from '../../parquet/file-facts.js';
import type { ParquetField } from '../../parquet/parquet-field.js';
import { createParquetWriter } from '../../parquet/parquet-writer.js';
import type { LongVector } from '../../parquet/vector.js';
import { hashKeys } from '../../positions/key-hashes.js';
import { ChangeLogBuilder, type ChangeLog } from '../iceberg/change-log.js';
import { scanFiles, type OpenFile, type ScanFilesOptions } from '../scan/scan-file.js';
import type { ScannedRows } from '../scan/row-scanner.js';
import type { FileRun } from './file-runs.js';

/** What is to be written, and where. */
export interface WriteTask extends FileRun {
  readonly kind: 'write';
  readonly schema: TableSchema;
  /** For the columns of hashes; there when the schema has any. */
  readonly hashKey?: string | undefined;
  /** The columns of the schema, and after them those of write time and rest. */
  readonly fields: readonly ParquetField[];
  /** An empty directory. */
  readonly directory: string;
  /** A file is ended when it has reached this size. */
  readonly fileBytes: number;
}

/** What a run has come to. */
export interface WrittenRun {
  /** Records, deletes among them. */
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
}

export interface LocalFile {
  readonly path: string;
  readonly facts: ParquetFileFacts;
}

/** Writes the rows, as long as there is a column for each key; the same data files give files of the same bytes. */
export async function writeRun(
  { files, format, schema, hashKey, fields, directory, fileBytes }: WriteTask,
  open: OpenFile,
  onRecords: (count: number) => void,
): Promise<WrittenRun> {
  const isFull = format.kind === 'full';
  const log = isFull ? undefined : new ChangeLogBuilder();
  const counts = noCounts();
  const written: LocalFile[] = [];
  let records = 0;
  let restRows = 0;
  let file: OpenedFile | undefined;
  let evidence = '';
  let unheldKey: string | undefined;
  const options: ScanFilesOptions = {
    format,
    hashKey,
    withKeys: !isFull,
    onEvidence: (seen) => {
      evidence = formatTableEvidence(seen);
    },
  };
  try {
    for await (const scanned of scanFiles(files, open, schema, options)) {
      records += scanned.keys?.length ?? scanned.rows;
      restRows += scanned.rest.values;
      count(counts, scanned);
      onRecords(scanned.keys?.length ?? scanned.rows);
      unheldKey ??= unheldKeyOf(schema, scanned);
      if (unheldKey !== undefined) continue;
      file ??= openFile(fields, join(directory, `${written.length}.parquet`));
      logKeys(log, scanned, written.length, file.rows);
      await file.write(scanned);
      if (file.sizeBytes < fileBytes) continue;
      written.push(await file.end());
      file = undefined;
    }
    if (file !== undefined) written.push(await file.end());
    if (unheldKey !== undefined) written.length = 0;
  } catch (error) {
    file?.abandon();
    throw error;
  }
  return {
    records,
    counts,
    restRows,
    files: written,
    ...(log === undefined ? {} : { log: log.build() }),
    evidence,
    ...(unheldKey === undefined ? {} : { unheldKey }),
  };
}

/** The memory of a result that can be handed over rather than copied. */
export function transferablesOf({ log }: WrittenRun): readonly ArrayBuffer[] {
  if (log === undefined) return [];
  const { hashes, kinds, writtenAtMicros, files, positions } = log;
  return [hashes.words, kinds, writtenAtMicros, files, positions].map(
    ({ buffer }) => buffer as ArrayBuffer,
  );
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
  const writtenAtMicros = microsOf(keys.writtenAtMicros);
  const { kinds, rowNumbers } = keys;
  log.add({
    hashes: hashKeys(keys.keys),
    kinds,
    writtenAtMicros,
    rowNumbers,
    file,
    firstPosition,
  });
}

/** Exact as a double: microseconds since 1970 reach 53 bits in the year 2255. */
function microsOf({ words }: LongVector): (index: number) => number {
  return (index) =>
    (words[2 * index + 1] as number) * 2 ** 32 + ((words[2 * index] as number) >>> 0);
}

/** There is no other place for a key's value than its column. */
function unheldKeyOf(
  { keyAttributes, columns: names }: TableSchema,
  { rows, columns }: ScannedRows,
): string | undefined {
  return keyAttributes.find((attribute) => {
    const column = columns[names.findIndex((column) => column.attribute === attribute)];
    return rows > 0 && column?.values !== rows;
  });
}

/** A local Parquet file that rows are added to. */
interface OpenedFile {
  /** Rows so far. */
  readonly rows: number;
  readonly sizeBytes: number;
  write(rows: ScannedRows): Promise<void>;
  end(): Promise<LocalFile>;
  /** Lets go of the file as it is. */
  abandon(): void;
}

function openFile(fields: readonly ParquetField[], path: string): OpenedFile {
  const descriptor = openSync(path, 'wx');
  // The thread has nothing else to do while it writes.
  const writer = createParquetWriter({ fields, compression: BEST_COMPRESSION }, (bytes) => {
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
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
    end: async () => {
      const facts = await writer.close();
      closeSync(descriptor);
      return { path, facts };
    },
    abandon: () => {
      closeSync(descriptor);
    },
  };
}

/** Owns the files of an export: names, gzip, checksums and manifests, byte for byte as AWS's. */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { ObjectStore } from '../../core/object-store.js';
import {
  exportIdOf,
  type ExportOrder,
  type ExportOutcome,
  type ExportRecord,
} from './export-record.js';

/** One record of an export file. */
export interface ExportRow {
  /** The item's key in the change log; decides the partition. */
  readonly key: string;
  readonly line: string;
  readonly sizeBytes: number;
}

interface DataFile {
  readonly objectKey: string;
  readonly itemCount: number;
  readonly body: Uint8Array;
}

/** A new on-demand table begins with four partitions, and every partition gives a file. */
const PARTITIONS = 4;
/** The least an incremental export is billed: 10 MB, decimal as AWS's BilledSizeBytes has it. */
const MIN_INCREMENTAL_BILLED_BYTES = 10_000_000;

/** The empty object that tells that an export has begun. */
export function startedKey(record: ExportRecord): string {
  return `${exportFolder(record)}/_started`;
}

/**
 * Writes the data files, then the manifests, each beside its MD5. The same record and rows give the
 * same objects, so writing them again after a crash changes nothing.
 */
export async function writeExportFiles(
  store: ObjectStore,
  record: ExportRecord,
  rows: readonly ExportRow[],
): Promise<ExportOutcome> {
  const files = dataFiles(record, rows);
  for (const file of files) await store.put(file.objectKey, file.body);

  const folder = exportFolder(record);
  const manifestFilesKey = `${folder}/manifest-files.json`;
  const manifestKey = `${folder}/manifest-summary.json`;
  const billedSizeBytes = billedSize(record.order, rows);
  const summary = manifestSummary(record, {
    manifestFilesKey,
    billedSizeBytes,
    itemCount: rows.length,
  });
  await putWithMd5(store, manifestFilesKey, files.map(manifestLine).join(''));
  await putWithMd5(store, manifestKey, `${JSON.stringify(summary)}\n`);
  return { status: 'COMPLETED', manifestKey, itemCount: rows.length, billedSizeBytes };
}

/** The prefix is kept as it was given and joined with one slash. */
function rootFolder({ prefix }: ExportOrder): string {
  if (prefix === undefined || prefix === '') return 'AWSDynamoDB';
  return prefix.endsWith('/') ? `${prefix}AWSDynamoDB` : `${prefix}/AWSDynamoDB`;
}

function exportFolder(record: ExportRecord): string {
  return `${rootFolder(record.order)}/${exportIdOf(record)}`;
}

/** Incremental exports share one data folder under their prefix; a full one has its own. */
function dataFolder(record: ExportRecord): string {
  return record.order.scope.kind === 'full'
    ? `${exportFolder(record)}/data`
    : `${rootFolder(record.order)}/data`;
}

function dataFiles(record: ExportRecord, rows: readonly ExportRow[]): DataFile[] {
  const partitions = Array.from({ length: PARTITIONS }, (): ExportRow[] => []);
  for (const row of rows) partitions[partitionOf(row.key)]?.push(row);
  const folder = dataFolder(record);
  const files = partitions.map((partition, index) => ({
    objectKey: `${folder}/${fileName(record, index)}.json.gz`,
    itemCount: partition.length,
    body: gzip(partition.map((row) => `${row.line}\n`).join('')),
  }));
  // AWS gives no order: a reader that trusts the first line to hold data must fail here too.
  return files.sort((left, right) => Math.sign(left.itemCount) - Math.sign(right.itemCount));
}

function partitionOf(key: string): number {
  return (md5(key)[0] ?? 0) % PARTITIONS;
}

/** 26 characters of base32, derived from the export, so that a restart writes the same names. */
function fileName(record: ExportRecord, partition: number): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';
  let bits = BigInt(`0x${md5(`${record.exportArn}#${partition}`).toString('hex')}`) << 2n;
  let name = '';
  for (let index = 0; index < 26; index += 1) {
    name = `${alphabet[Number(bits & 31n)] ?? ''}${name}`;
    bits >>= 5n;
  }
  return name;
}

function gzip(text: string): Uint8Array {
  const body = gzipSync(text);
  // The header's operating system byte: AWS writes "unknown", and checksums cover the gzip bytes.
  body[9] = 0xff;
  return body;
}

function manifestLine(file: DataFile): string {
  const checksum = md5(file.body);
  const line = {
    itemCount: file.itemCount,
    md5Checksum: checksum.toString('base64'),
    // S3's ETag of an object uploaded in one part: the MD5 of the parts' MD5s, and their number.
    etag: `${md5(checksum).toString('hex')}-1`,
    dataFileS3Key: file.objectKey,
  };
  return `${JSON.stringify(line)}\n`;
}

function manifestSummary(
  record: ExportRecord,
  totals: { manifestFilesKey: string; billedSizeBytes: number; itemCount: number },
): Record<string, unknown> {
  const { order } = record;
  const { scope } = order;
  const incremental = scope.kind === 'incremental';
  return {
    version: incremental ? '2023-08-01' : '2020-06-30',
    exportArn: record.exportArn,
    startTime: isoTime(record.startMicros),
    endTime: isoTime(record.endMicros),
    tableArn: order.tableArn,
    tableId: record.tableId,
    ...(incremental
      ? { exportFromTime: isoTime(scope.fromMicros), exportToTime: isoTime(scope.toMicros) }
      : { exportTime: isoTime(scope.timeMicros) }),
    s3Bucket: order.bucket,
    s3Prefix: order.prefix ?? null,
    s3SseAlgorithm: order.sseAlgorithm,
    s3SseKmsKeyId: order.sseKmsKeyId ?? null,
    manifestFilesS3Key: totals.manifestFilesKey,
    billedSizeBytes: totals.billedSizeBytes,
    itemCount: totals.itemCount,
    outputFormat: 'DYNAMODB_JSON',
    ...(incremental ? { outputView: scope.view, exportType: 'INCREMENTAL_EXPORT' } : {}),
  };
}

function billedSize(order: ExportOrder, rows: readonly ExportRow[]): number {
  const sizeBytes = rows.reduce((total, row) => total + row.sizeBytes, 0);
  if (order.scope.kind === 'full') return sizeBytes;
  return Math.max(sizeBytes, MIN_INCREMENTAL_BILLED_BYTES);
}

async function putWithMd5(store: ObjectStore, key: string, text: string): Promise<void> {
  const body = Buffer.from(text);
  // The checksum goes first: whoever sees a manifest can verify it.
  await store.put(key.replace(/\.json$/, '.md5'), Buffer.from(md5(body).toString('base64')));
  await store.put(key, body);
}

function md5(data: string | Uint8Array): Buffer {
  return createHash('md5').update(data).digest();
}

function isoTime(micros: bigint): string {
  return new Date(Number(micros / 1000n)).toISOString();
}

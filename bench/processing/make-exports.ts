/** Owns making export folders as DynamoDB lays them out: gzip data files, and manifests with their MD5s. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { Instant } from '../../src/core/instant.js';
import type { ExportFile } from '../../src/export/export-manifest.js';
import type { ExportScope } from '../../src/export/table-exports.js';
import { changeLine, fullLine, randomFrom, type ChangeOf } from './make-items.js';

/** An export on this machine's disk. */
export interface MadeExport {
  /** The folder that stands for the bucket. */
  readonly folder: string;
  readonly exportArn: string;
  readonly manifestKey: string;
  readonly scope: ExportScope;
  readonly files: readonly MadeFile[];
  readonly itemCount: number;
  /** Uncompressed. */
  readonly textBytes: number;
}

export interface MadeFile extends ExportFile {
  readonly textBytes: number;
  readonly gzipBytes: number;
}

export const KEY_ATTRIBUTES = ['pk', 'sk'] as const;
export const TABLE_ID = '00000000-0000-4000-8000-000000000001';
const TABLE_ARN = 'arn:aws:dynamodb:eu-west-1:000000000000:table/orders';
const FULL_AT = '2026-11-01T00:00:00Z' as Instant;

const compress = promisify(gzip);

/** A full export of `rows` items in files of `rowsPerFile`. */
export async function makeFullExport(
  folder: string,
  rows: number,
  rowsPerFile: number,
  report: (line: string) => void,
): Promise<MadeExport> {
  const files: MadeFile[] = [];
  for (let from = 0; from < rows; from += rowsPerFile) {
    const count = Math.min(rowsPerFile, rows - from);
    const lines = Array.from({ length: count }, (_, index) => fullLine(from + index));
    files.push(await makeFile(folder, `full/data/${String(files.length).padStart(4, '0')}`, lines));
    report(`made ${from + count} of ${rows} items`);
  }
  return await makeManifests(folder, 'full', { kind: 'full', exportTime: FULL_AT }, files);
}

/** A full export of the first `files` files of another; the files are the same. */
export async function firstFilesOf(full: MadeExport, files: number): Promise<MadeExport> {
  const some = full.files.slice(0, files);
  return await makeManifests(full.folder, `first-${files}`, full.scope, some);
}

/** Which window, and what of. */
export interface WindowOptions {
  /** Counted from 1; each begins where the one before ended. */
  readonly number: number;
  readonly changes: number;
  /** Rows of the table it changes. */
  readonly rows: number;
  readonly fileCount: number;
}

/** A window of 70% updates, 15% deletes and 15% inserts, of random keys, no key twice in all windows. */
export async function makeWindow(folder: string, options: WindowOptions): Promise<MadeExport> {
  const { number, changes, rows, fileCount } = options;
  const [from, to] = [windowEdge(number - 1), windowEdge(number)];
  const micros = Date.parse(from) * 1000;
  const random = randomFrom(number);
  const lines = Array.from({ length: changes }, (_, index) => {
    const kind: ChangeOf = index % 20 < 14 ? 'update' : index % 20 < 17 ? 'delete' : 'insert';
    // The stride goes once through all rows, so that a deleted row is not changed again.
    const nth = (number - 1) * changes + index;
    const place = kind === 'insert' ? rows + nth : (nth * STRIDE) % rows;
    return changeLine(kind, place, number, micros + Math.floor(random() * 900_000_000));
  });
  const each = Math.ceil(lines.length / fileCount);
  const files: MadeFile[] = [];
  for (let file = 0; file < fileCount; file++) {
    const some = lines.slice(file * each, (file + 1) * each);
    files.push(await makeFile(folder, `window-${number}/data/${file}`, some));
  }
  const scope: ExportScope = {
    kind: 'incremental',
    window: { from, to },
    view: 'NEW_AND_OLD_IMAGES',
  };
  return await makeManifests(folder, `window-${number}`, scope, files);
}

/** A prime, so that it has no divisor in common with a number of rows. */
const STRIDE = 7_368_787;

function windowEdge(number: number): Instant {
  const millis = Date.parse(FULL_AT) + number * 900_000;
  return new Date(millis).toISOString().replace('.000Z', 'Z') as Instant;
}

async function makeFile(folder: string, name: string, lines: readonly string[]): Promise<MadeFile> {
  const text = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const body = await compress(text, { level: 6 });
  const key = `${name}.json.gz`;
  await put(folder, key, body);
  return {
    key,
    itemCount: lines.length,
    md5: createHash('md5').update(body).digest('base64'),
    textBytes: text.length,
    gzipBytes: body.length,
  };
}

async function makeManifests(
  folder: string,
  name: string,
  scope: ExportScope,
  files: readonly MadeFile[],
): Promise<MadeExport> {
  const exportArn = `${TABLE_ARN}/export/${name}`;
  const itemCount = files.reduce((sum, file) => sum + file.itemCount, 0);
  const textBytes = files.reduce((sum, file) => sum + file.textBytes, 0);
  const manifestFilesS3Key = `${name}/manifest-files.json`;
  const manifestKey = `${name}/manifest-summary.json`;
  const summary = {
    version: '2023-08-01',
    exportArn,
    tableArn: TABLE_ARN,
    tableId: TABLE_ID,
    ...(scope.kind === 'full'
      ? { exportTime: scope.exportTime }
      : {
          exportFromTime: scope.window.from,
          exportToTime: scope.window.to,
          outputView: scope.view,
          exportType: 'INCREMENTAL_EXPORT',
        }),
    manifestFilesS3Key,
    billedSizeBytes: textBytes,
    itemCount,
    outputFormat: 'DYNAMODB_JSON',
  };
  const lines = files.map(({ key, itemCount: items, md5 }) =>
    JSON.stringify({ itemCount: items, md5Checksum: md5, dataFileS3Key: key }),
  );
  await putWithMd5(folder, manifestFilesS3Key, `${lines.join('\n')}\n`);
  await putWithMd5(folder, manifestKey, `${JSON.stringify(summary)}\n`);
  return { folder, exportArn, manifestKey, scope, files, itemCount, textBytes };
}

async function putWithMd5(folder: string, key: string, text: string): Promise<void> {
  const md5 = createHash('md5').update(text).digest('base64');
  await put(folder, key.replace(/\.json$/, '.md5'), Buffer.from(md5));
  await put(folder, key, Buffer.from(text));
}

async function put(folder: string, key: string, body: Uint8Array): Promise<void> {
  const path = join(folder, key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, body);
}

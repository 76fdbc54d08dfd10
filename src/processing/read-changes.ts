/** Owns the reading of data files: streamed, line by line, verified by the time they end. */
import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ErrorCode, TidemarkError, messageOf } from '../core/errors.js';
import type { ObjectReader } from '../core/object-store.js';
import { parseChange, type Change } from '../export/change.js';
import type { ExportFile } from '../export/export-manifest.js';
import type { BatchSource } from '../lake/lake.js';

/** How to read the lines of a data file. */
export interface ChangeFormat {
  readonly kind: 'full' | 'incremental';
  readonly keyAttributes: readonly string[];
}

/** An item is 400 KB at most, and a record two of them, each byte at most six as JSON. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** The changes of a batch, one file after the other; see {@link readChanges}. */
export async function* readAllChanges(
  source: BatchSource,
  format: ChangeFormat,
): AsyncGenerator<Change, void, undefined> {
  for (const file of source.files) {
    for await (const change of readChanges(await source.open(file), file, format)) {
      source.onRecords(1);
      yield change;
    }
  }
}

/** Files of an export as they lie in its bucket. */
export function storedFiles(
  store: ObjectReader,
  files: readonly ExportFile[],
  onRecords: BatchSource['onRecords'] = () => undefined,
): BatchSource {
  return {
    files,
    open: async (file) => {
      const body = await store.openRead(file.key);
      if (body === undefined) throw corrupt(file, 'does not exist');
      return body;
    },
    onRecords,
  };
}

/**
 * The changes of one data file. Its MD5 and item count are known only at its end: nothing made of
 * the changes may be kept before the generator has returned. CorruptExport names the file.
 */
export async function* readChanges(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
  format: ChangeFormat,
): AsyncGenerator<Change, void, undefined> {
  const md5 = createHash('md5');
  let lineNumber = 0;
  for await (const line of linesOf(gunzipped(source, md5), file)) {
    lineNumber++;
    yield parseChange(line, { ...format, file: file.key, lineNumber });
  }
  const found = md5.digest('base64');
  if (found !== file.md5)
    throw corrupt(file, `has MD5 ${found} where the manifest says ${file.md5}`);
  if (lineNumber !== file.itemCount) {
    throw corrupt(file, `has ${lineNumber} items where the manifest counts ${file.itemCount}`);
  }
}

type Hash = ReturnType<typeof createHash>;

function gunzipped(source: AsyncIterable<Uint8Array>, md5: Hash): Readable {
  async function* hashed(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of source) {
      md5.update(piece);
      yield piece;
    }
  }
  const gunzip = createGunzip();
  // The reader of gunzip gets the error; there is nobody else to tell.
  pipeline(Readable.from(hashed(), { objectMode: false }), gunzip, () => undefined);
  return gunzip;
}

async function* linesOf(
  bytes: Readable,
  file: ExportFile,
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let tail = '';
  try {
    for await (const piece of bytes) {
      const lines = (tail + decoder.decode(piece as Uint8Array, { stream: true })).split('\n');
      tail = lines.pop() ?? '';
      if (tail.length > MAX_LINE_CHARACTERS) throw corrupt(file, 'has a line without end');
      yield* lines;
    }
    tail += decoder.decode();
  } catch (cause) {
    throw readFailure(file, cause);
  }
  if (tail !== '') yield tail;
}

/** A bad file is one thing, a connection that broke while it was read another. */
function readFailure(file: ExportFile, cause: unknown): unknown {
  if (cause instanceof TidemarkError) return cause;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('Z_') || code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
    return corrupt(file, `is not gzip of UTF-8 text (${messageOf(cause)})`, cause);
  }
  return new TidemarkError(`Reading ${file.key} broke off: ${messageOf(cause)}.`, {
    code: ErrorCode.Unreachable,
    subject: file.key,
    retryable: true,
    cause,
  });
}

function corrupt(file: ExportFile, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`Data file ${file.key} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: file.key,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
    cause,
  });
}

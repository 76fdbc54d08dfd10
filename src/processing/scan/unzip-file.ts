/** Owns the unzipping of a data file as a stream, its MD5 verified by the time it ends. */
import { createHash } from 'node:crypto';
import { Readable, pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import type { ExportFile } from '../../export/export-manifest.js';

/** Of the chunks that come out: smaller ones cost calls, larger ones overlap less with the scan. */
const CHUNK_BYTES = 256 * 1024;

/**
 * The text of a data file, chunk by chunk, each left alone once it was given out. The MD5 is known
 * only at the end. CorruptExport names the file; Unreachable tells that reading `source` broke off.
 */
export async function* unzipFile(
  source: AsyncIterable<Uint8Array>,
  file: ExportFile,
): AsyncGenerator<Uint8Array, void, undefined> {
  const md5 = createHash('md5');
  async function* hashed(): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of source) {
      md5.update(piece);
      yield piece;
    }
  }
  const gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
  // The reader of gunzip gets the error; there is nobody else to tell.
  pipeline(Readable.from(hashed(), { objectMode: false }), gunzip, () => undefined);
  const chunks = gunzip[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  try {
    for (;;) {
      const chunk = await chunks.next().catch((cause: unknown) => {
        throw readFailure(file, cause);
      });
      if (chunk.done === true) break;
      yield chunk.value;
    }
  } finally {
    // Whoever stops reading early lets go of the source.
    gunzip.destroy();
  }
  const found = md5.digest('base64');
  if (found !== file.md5) {
    throw corruptFile(file, `has MD5 ${found} where the manifest says ${file.md5}`);
  }
}

/** CorruptExport; `problem` goes on after "Data file data/x.json.gz". */
export function corruptFile(file: ExportFile, problem: string, cause?: unknown): TidemarkError {
  return new TidemarkError(`Data file ${file.key} ${problem}.`, {
    code: ErrorCode.CorruptExport,
    subject: file.key,
    hint: 'Check that nobody changed the export, then let a new export be taken.',
    cause,
  });
}

/** A bad file is one thing, a connection that broke while it was read another. */
function readFailure(file: ExportFile, cause: unknown): unknown {
  if (cause instanceof TidemarkError) return cause;
  const code =
    typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (code.startsWith('Z_')) return corruptFile(file, `is not gzip (${messageOf(cause)})`, cause);
  return new TidemarkError(`Reading ${file.key} broke off: ${messageOf(cause)}.`, {
    code: ErrorCode.Unreachable,
    subject: file.key,
    retryable: true,
    cause,
  });
}

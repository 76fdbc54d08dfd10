/** Owns reading files of this machine by their paths, as a store of objects is read. */
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { ErrorCode, TidemarkError, messageOf } from '../../core/errors.js';
import type { ObjectReader } from '../../core/object-store.js';

/**
 * Files as they are: their names are not those that our own store in a folder would give to keys.
 * AccessDenied when one may not be read.
 */
export const localFiles: ObjectReader = {
  url: 'file:',
  get: async (path) => {
    const body = await readFile(path).catch(ifMissing(path));
    return body === undefined ? undefined : { body, etag: '' };
  },
  openRead: async (path) => {
    const file = await open(path).catch(ifMissing(path));
    return file && pieces(path, file);
  },
};

async function* pieces(path: string, file: FileHandle): AsyncGenerator<Uint8Array> {
  try {
    yield* file.createReadStream() as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

const MISSING = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG']);

/** Undefined for an error that says there is no such file. */
function ifMissing(path: string): (error: unknown) => undefined {
  return (error) => {
    if (MISSING.has((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw unreadable(path, error);
  };
}

function unreadable(path: string, cause: unknown): TidemarkError {
  return new TidemarkError(`${path} cannot be read: ${messageOf(cause)}.`, {
    code: ErrorCode.AccessDenied,
    subject: path,
    hint: 'Check the rights on the file and its folders.',
    cause,
  });
}

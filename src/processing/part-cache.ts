/** Owns local copies of committed Parquet files, for DuckDB to read. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
import { inParallel } from './in-parallel.js';

/** Local copies in one folder. */
export interface PartCache {
  /** Paths of local copies, in the order of `parts`. */
  fetchAll(parts: readonly RemotePart[]): Promise<readonly string[]>;
}

/** A committed file; it never changes, and its key carries its MD5. */
export interface RemotePart {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Downloads at a time. */
const PARALLEL = 8;
let downloads = 0;

/** A cache in `directory`, which several processes may share. */
export function createPartCache(store: ObjectStore, directory: string): PartCache {
  return {
    fetchAll: async (parts) => {
      await mkdir(directory, { recursive: true });
      return inParallel(parts, PARALLEL, (part) => fetchPart(store, directory, part));
    },
  };
}

async function fetchPart(
  store: ObjectStore,
  directory: string,
  { key, sizeBytes }: RemotePart,
): Promise<string> {
  const name = createHash('sha256').update(`${store.url}\n${key}\n${sizeBytes}`).digest('hex');
  const path = join(directory, `${name}.parquet`);
  if (await isWhole(path, sizeBytes)) return path;
  const source = await store.openRead(key);
  if (source === undefined) throw lost(store, key, 'is gone');
  const unfinished = `${path}.${process.pid}-${downloads++}`;
  try {
    await pipeline(Readable.from(source, { objectMode: false }), createWriteStream(unfinished));
    if (!(await isWhole(unfinished, sizeBytes))) throw lost(store, key, 'has another size');
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

async function isWhole(path: string, sizeBytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size === sizeBytes;
  } catch {
    return false;
  }
}

function lost(store: ObjectStore, key: string, problem: string): TidemarkError {
  return new TidemarkError(`Lake file ${store.url}/${key} ${problem}.`, {
    code: ErrorCode.CorruptLake,
    subject: key,
    hint: 'Restore the file, or let a resync write a new base.',
  });
}

/** Owns local copies of a table's files: deletion vectors come as Parquet files of position deletes. */
import { randomUUID } from 'node:crypto';
import { readFile, rename, stat, writeFile } from 'node:fs/promises';
import { readDeletionVector } from '../../iceberg/deletion-vector.js';
import { isDeletionVector, type DataFile } from '../../iceberg/manifest.js';
import type { PartCache } from '../part-cache.js';
import { readOnce } from '../read-once.js';
import { PositionDeletes } from './position-deletes.js';
import type { KeyFiles } from './read-keys.js';

/**
 * Local copies through `cache`; `keyOf` tells a location's key in the store. Whoever reads deletes
 * reads one form of them, that of POSITION_DELETE_FIELDS.
 */
export function localPathsIn(
  cache: PartCache,
  keyOf: (location: string) => string,
): KeyFiles['localPaths'] {
  return async (files) => {
    const byLocation = new Map(files.map(({ file }) => [file.file_path, file]));
    const fetched = await cache.fetchAll(
      [...byLocation.values()].map(({ file_path: location, file_size_in_bytes: sizeBytes }) => ({
        key: keyOf(location),
        sizeBytes,
      })),
    );
    const copies = new Map([...byLocation.keys()].map((key, at) => [key, fetched[at] ?? '']));
    // Vectors of many data files lie in one Puffin file.
    const readPuffin = readOnce((path) => readFile(path));
    const paths: string[] = [];
    for (const { file } of files) {
      const copy = copies.get(file.file_path) ?? '';
      paths.push(isDeletionVector(file) ? await asPositionDeletes(file, copy, readPuffin) : copy);
    }
    return paths;
  };
}

/** A Parquet file beside the copy of the Puffin file; other processes may be making the same one. */
async function asPositionDeletes(
  vector: DataFile,
  puffin: string,
  readPuffin: (path: string) => Promise<Uint8Array>,
): Promise<string> {
  const path = `${puffin}.${String(vector.content_offset)}.parquet`;
  if (await isThere(path)) return path;
  const deletes = new PositionDeletes();
  const dataFile = vector.referenced_data_file ?? '';
  for (const position of readDeletionVector(await readPuffin(puffin), vector)) {
    deletes.add(dataFile, position);
  }
  const { body } = await deletes.toParquet({ location: path, specId: vector.spec_id });
  const unfinished = `${path}.${randomUUID()}`;
  await writeFile(unfinished, body);
  await rename(unfinished, path);
  return path;
}

async function isThere(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

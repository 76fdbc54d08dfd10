/** Owns deleting an export that is no longer needed: what its manifests name, and nothing else. */
import { dirname } from 'node:path/posix';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { ObjectStore } from '../core/object-store.js';
import { readExport, readManifestSummary } from './read-export.js';

/**
 * Deletes the objects of an export: data first, then the list that names them, the summary last, so
 * that a deletion that died anywhere can be done again. Never by prefix: what else lies there is
 * somebody else's. CorruptExport where the manifests do not verify or are of another export; then
 * nothing is deleted. False where there is no export, or no longer one.
 */
export async function deleteExport(source: {
  readonly store: ObjectStore;
  /** Key of its `manifest-summary.json`. */
  readonly manifestKey: string;
  readonly exportArn: string;
}): Promise<boolean> {
  const { store, manifestKey, exportArn } = source;
  if ((await store.get(manifestKey)) === undefined) return false;
  const { manifestFilesKey, exportArn: found } = await readManifestSummary(source);
  if (found !== exportArn) {
    throw new TidemarkError(`Manifest ${manifestKey} is of ${found}, not of ${exportArn}.`, {
      code: ErrorCode.CorruptExport,
      subject: manifestKey,
      hint: 'Find out who changes the exports.',
    });
  }
  const hasList = (await store.get(manifestFilesKey)) !== undefined;
  if (hasList) {
    const { files } = await readExport(source);
    // A full export has its data in its own folder, a window in one beside it; all else is not its own.
    const place = `${dirname(dirname(manifestKey))}/`;
    await store.delete(files.map(({ key }) => key).filter((key) => key.startsWith(place)));
  }
  await store.delete([`${dirname(manifestKey)}/_started`, ...withChecksum(manifestFilesKey)]);
  await store.delete(withChecksum(manifestKey));
  return true;
}

function withChecksum(key: string): readonly [string, string] {
  return [key, key.replace(/\.json$/, '.md5')];
}

/** Owns deleting an export that is no longer needed: what its manifests name, and nothing else. */
import { dirname } from 'node:path/posix';
import type { ObjectStore } from '../core/object-store.js';
import { readExport, type ExportSource } from './read-export.js';

/**
 * Deletes the objects of a full export, its summary last, so that a deletion that died can be done
 * again. Never by prefix: what else lies there is somebody else's. CorruptExport where the manifests
 * do not verify; then nothing is deleted. An export that is gone is no error.
 */
export async function deleteExport(
  source: ExportSource & { readonly store: ObjectStore },
): Promise<void> {
  const { store, manifestKey } = source;
  if ((await store.get(manifestKey)) === undefined) return;
  const { files, manifest } = await readExport(source);
  const folder = `${dirname(manifestKey)}/`;
  // A full export has all its data in its own folder.
  const data = files.map(({ key }) => key).filter((key) => key.startsWith(folder));
  await store.delete(data);
  // The one list names the data files, so it stays until they are gone.
  await store.delete([`${folder}_started`, ...withChecksum(manifest.manifestFilesKey)]);
  await store.delete(withChecksum(manifestKey));
}

function withChecksum(key: string): readonly [string, string] {
  return [key.replace(/\.json$/, '.md5'), key];
}

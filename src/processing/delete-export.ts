/** Owns deleting an export that is no longer needed: what its manifests name, and nothing else. */
import { dirname } from 'node:path/posix';
import type { ObjectStore } from '../core/object-store.js';
import { readExport, readManifestSummary, type ExportSource } from './read-export.js';

/**
 * Deletes the objects of an export: data first, then the list that names them, the summary last, so
 * that a deletion that died anywhere can be done again. Never by prefix: what else lies there is
 * somebody else's. CorruptExport where the manifests do not verify; then nothing is deleted. An
 * export that is gone is no error.
 */
export async function deleteExport(
  source: ExportSource & { readonly store: ObjectStore },
): Promise<void> {
  const { store, manifestKey } = source;
  if ((await store.get(manifestKey)) === undefined) return;
  const { manifestFilesKey } = await readManifestSummary(source);
  const hasList = (await store.get(manifestFilesKey)) !== undefined;
  if (hasList) {
    const { files } = await readExport(source);
    // A full export has its data in its own folder, a window in one beside it; all else is not its own.
    const place = `${dirname(dirname(manifestKey))}/`;
    await store.delete(files.map(({ key }) => key).filter((key) => key.startsWith(place)));
  }
  await store.delete([`${dirname(manifestKey)}/_started`, ...withChecksum(manifestFilesKey)]);
  await store.delete(withChecksum(manifestKey));
}

function withChecksum(key: string): readonly [string, string] {
  return [key, key.replace(/\.json$/, '.md5')];
}

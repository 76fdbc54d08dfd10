/** Owns the numbered metadata files of a path-based table: their names, and which ones there are. */
import type { ObjectStore } from '../core/object-store.js';

/** A state of the table; the file with the highest number is the current one. */
export interface MetadataVersion {
  readonly version: number;
  readonly key: string;
  readonly gzipped: boolean;
}

/** Iceberg's TableMetadataParser has written both `v7.gz.metadata.json` and `v7.metadata.json.gz`. */
const NAME = /^v(\d{1,15})(?:\.metadata\.json|(\.gz\.metadata\.json|\.metadata\.json\.gz))$/;

/**
 * What Iceberg's HadoopTableOperations writes before it renames it to the next version: another writer
 * of the same table is at it, or was cut off. Catalogs put a number before the UUID.
 */
const UNRENAMED = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\./;

/** The file of `version` in the table's `metadataFolder`, as Iceberg's HadoopTableOperations names it. */
export function metadataVersion(
  metadataFolder: string,
  version: number,
  gzipped: boolean,
): MetadataVersion {
  const extension = gzipped ? '.gz.metadata.json' : '.metadata.json';
  return { version, gzipped, key: `${metadataFolder}/v${version}${extension}` };
}

/**
 * All versions there are, the current one last. One request to the store, since all but the last
 * hundred or so are deleted: manifests in the same folder do not begin with `v`.
 */
export async function listVersions(
  store: ObjectStore,
  metadataFolder: string,
): Promise<readonly MetadataVersion[]> {
  const found: MetadataVersion[] = [];
  for await (const version of versionsIn(store, metadataFolder)) found.push(version);
  return found.sort((a, b) => a.version - b.version || Number(b.gzipped) - Number(a.gzipped));
}

/** Whether there is a table at all. */
export async function hasVersions(store: ObjectStore, metadataFolder: string): Promise<boolean> {
  const { done } = await versionsIn(store, metadataFolder).next();
  return done !== true;
}

/** Whether the folder has metadata that is no version of a path-based table: catalogs name it otherwise. */
export async function hasOtherMetadata(
  store: ObjectStore,
  metadataFolder: string,
): Promise<boolean> {
  for await (const { key } of store.list(`${metadataFolder}/`)) {
    const name = key.slice(metadataFolder.length + 1);
    if (!/\.metadata\.json(\.gz)?$/.test(name)) continue;
    if (!NAME.test(name) && !UNRENAMED.test(name)) return true;
  }
  return false;
}

async function* versionsIn(
  store: ObjectStore,
  metadataFolder: string,
): AsyncGenerator<MetadataVersion> {
  for await (const { key } of store.list(`${metadataFolder}/v`)) {
    const [, version, gzip] = NAME.exec(key.slice(metadataFolder.length + 1)) ?? [];
    if (version !== undefined) yield { version: Number(version), key, gzipped: gzip !== undefined };
  }
}

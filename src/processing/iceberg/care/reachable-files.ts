/** Owns which files snapshots need. */
import { readManifestList } from '../../../iceberg/manifest-list.js';
import { EntryStatus, type ManifestFile } from '../../../iceberg/manifest.js';
import { readEntries, type ReadFile } from '../../../iceberg/plan-scan.js';
import type { Snapshot } from '../../../iceberg/table-metadata.js';
import { inParallel } from '../../in-parallel.js';

/** The manifest lists of snapshots, and the manifests they name. */
export interface ReachableManifests {
  readonly lists: ReadonlySet<string>;
  readonly manifests: ReadonlyMap<string, ManifestFile>;
}

/** How many manifest lists are read at a time, and how many manifests. */
const READ_AHEAD = 16;

/** NotFound when one is gone: then nobody knows what it named. */
export async function manifestsOf(
  snapshots: readonly Snapshot[],
  read: ReadFile,
): Promise<ReachableManifests> {
  const lists = [...new Set(snapshots.map((snapshot) => snapshot['manifest-list']))];
  const manifests = new Map<string, ManifestFile>();
  await inParallel(lists, READ_AHEAD, async (location) => {
    for (const manifest of readManifestList(await read(location), location)) {
      manifests.set(manifest.manifest_path, manifest);
    }
  });
  return { lists: new Set(lists), manifests };
}

/** Every file that `manifests` name, also those that they say were removed. */
export async function allFilesIn(
  manifests: readonly ManifestFile[],
  read: ReadFile,
): Promise<Set<string>> {
  const files = new Set<string>();
  for (const { entries } of await readEntries(manifests, read)) {
    for (const { data_file: file } of entries) files.add(file.file_path);
  }
  return files;
}

/** The files that are live in `manifests`, some at a time. */
export async function* liveFilesIn(
  manifests: readonly ManifestFile[],
  read: ReadFile,
): AsyncGenerator<readonly string[], void, undefined> {
  for (let at = 0; at < manifests.length; at += READ_AHEAD) {
    const some = await readEntries(manifests.slice(at, at + READ_AHEAD), read);
    yield some
      .flatMap(({ entries }) => entries)
      .filter(({ status }) => status !== EntryStatus.Deleted)
      .map(({ data_file: file }) => file.file_path);
  }
}

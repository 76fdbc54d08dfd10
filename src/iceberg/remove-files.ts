/** Owns taking files out of a snapshot: only the manifests that hold them are written anew. */
import { assert } from '../core/assert.js';
import type { ManifestWriter } from './manifest-writer.js';
import {
  EntryStatus,
  FileContent,
  fileKey,
  isDeletionVector,
  type DataFile,
  type KnownEntry,
  type ManifestFile,
} from './manifest.js';
import { readEntries, type ReadFile } from './plan-scan.js';

/** What is to go. */
export interface Removal {
  /** By `fileKey`; or all that there is. */
  readonly files: ReadonlySet<string> | 'all';
  /** Data files that get a new deletion vector, which takes the place of the one they have. */
  readonly newVectorsOf: ReadonlySet<string>;
}

export interface RemovedFiles {
  readonly manifests: readonly ManifestFile[];
  readonly removed: readonly DataFile[];
}

/**
 * The manifests that remain without what `removal` names. Deletes of a single data file go with it.
 * InvariantError when a file to be removed is not there: it was looked up in another snapshot.
 */
export async function removeFiles(
  manifests: readonly ManifestFile[],
  removal: Removal,
  writer: ManifestWriter,
  snapshotId: bigint,
  read: ReadFile,
): Promise<RemovedFiles> {
  if (removal.files !== 'all' && removal.files.size === 0 && removal.newVectorsOf.size === 0) {
    return { manifests, removed: [] };
  }
  const removed: DataFile[] = [];
  const remaining: ManifestFile[] = [];
  for (const { manifest, entries } of await readEntries(manifests, read)) {
    const live = entries.filter((entry) => entry.status !== EntryStatus.Deleted);
    if (!live.some(({ data_file: file }) => goes(file, removal))) {
      remaining.push(manifest);
      continue;
    }
    const rewritten = live.map((entry): KnownEntry => {
      if (!goes(entry.data_file, removal)) return { ...entry, status: EntryStatus.Existing };
      removed.push(entry.data_file);
      return { ...entry, status: EntryStatus.Deleted, snapshot_id: snapshotId };
    });
    // It would be there for the record alone, and engines would stumble over it.
    const isRecord = rewritten.every(({ status }) => status === EntryStatus.Deleted);
    if (isRecord && !writer.isReadable(manifest.partition_spec_id)) continue;
    remaining.push(writer.write(manifest.content, manifest.partition_spec_id, rewritten));
  }
  if (removal.files !== 'all') {
    const gone = new Set(removed.map(fileKey));
    for (const key of removal.files)
      assert(gone.has(key), `${key}, to be removed, is in the table`);
  }
  return { manifests: remaining, removed };
}

function goes(file: DataFile, { files, newVectorsOf }: Removal): boolean {
  if (files === 'all' || files.has(fileKey(file))) return true;
  const path = file.referenced_data_file ?? undefined;
  if (path === undefined || file.content === FileContent.Data) return false;
  return files.has(path) || (isDeletionVector(file) && newVectorsOf.has(path));
}

/** Owns which files a snapshot consists of, and which deletes apply to each of its data files. */
import { indexDeletes } from './delete-index.js';
import { inheritEntries, readManifest } from './manifest-file.js';
import type { LiveFile } from './live-file.js';
import { readManifestList } from './manifest-list.js';
import {
  EntryStatus,
  FileContent,
  hasLiveFiles,
  type KnownEntry,
  type ManifestFile,
} from './manifest.js';
import type { TableMetadata } from './table-metadata.js';
import { snapshotOf } from './table-state.js';

/** Reads the file at a location whole. */
export type ReadFile = (location: string) => Promise<Uint8Array>;

export interface ScanPlan {
  readonly dataFiles: readonly LiveFile[];
  /** All of them, those that apply to no data file any more too. */
  readonly deleteFiles: readonly LiveFile[];
  /** The deletes to apply to one of `dataFiles`. */
  readonly deletesOf: (dataFile: LiveFile) => readonly LiveFile[];
}

/** How many manifests are read at a time. */
const READ_AHEAD = 16;

/** All files of a snapshot. NotFound when the table has no such snapshot. */
export async function planScan(
  metadata: TableMetadata,
  snapshotId: bigint,
  read: ReadFile,
): Promise<ScanPlan> {
  const location = snapshotOf(metadata, snapshotId)['manifest-list'];
  const manifests = readManifestList(await read(location), location).filter(hasLiveFiles);
  const dataFiles: LiveFile[] = [];
  const deleteFiles: LiveFile[] = [];
  for (const { entries } of await readEntries(manifests, read)) {
    for (const entry of entries) {
      if (entry.status === EntryStatus.Deleted) continue;
      const { data_file: file, sequence_number: sequenceNumber, snapshot_id } = entry;
      const files = file.content === FileContent.Data ? dataFiles : deleteFiles;
      files.push({ file, sequenceNumber, snapshotId: snapshot_id });
    }
  }
  return { dataFiles, deleteFiles, deletesOf: indexDeletes(metadata, deleteFiles) };
}

/** The entries of each manifest, deleted ones too, with all that they inherit. */
export async function readEntries(
  manifests: readonly ManifestFile[],
  read: ReadFile,
): Promise<
  readonly { readonly manifest: ManifestFile; readonly entries: readonly KnownEntry[] }[]
> {
  const all: { manifest: ManifestFile; entries: readonly KnownEntry[] }[] = [];
  for (let at = 0; at < manifests.length; at += READ_AHEAD) {
    const some = manifests.slice(at, at + READ_AHEAD).map(async (manifest) => {
      const location = manifest.manifest_path;
      const entries = readManifest(await read(location), location);
      return { manifest, entries: inheritEntries(entries, manifest) };
    });
    all.push(...(await Promise.all(some)));
  }
  return all;
}

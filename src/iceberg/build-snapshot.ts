/** Owns what a commit of files consists of: the manifests to be written, and the updates to be asked. */
import { assert } from '../core/assert.js';
import type { TableCommit } from './catalog.js';
import { hasCounts, withCounts } from './manifest-file.js';
import { assignRowIds, readManifestList, writeManifestList } from './manifest-list.js';
import { ManifestWriter, type NewFile, type SnapshotNames } from './manifest-writer.js';
import {
  EntryStatus,
  FileContent,
  ManifestContent,
  fileKey,
  hasLiveFiles,
  isDeletionVector,
  type DataFile,
  type ManifestEntry,
  type ManifestFile,
} from './manifest.js';
import { MERGE_LIMITS, mergeManifests, type MergeLimits } from './merge-manifests.js';
import { readEntries, type ReadFile } from './plan-scan.js';
import { removeFiles } from './remove-files.js';
import { summaryOf } from './snapshot-summary.js';
import type { Snapshot, SnapshotOperation, TableMetadata } from './table-metadata.js';
import { MAIN, currentSnapshot, metadataFolder } from './table-state.js';

export interface NewSnapshot extends SnapshotNames {
  /** As it is when the snapshot is added: with the commit's schema updates applied. */
  readonly metadata: TableMetadata;
  /** `append` only when data files are added and nothing else; `replace` when no row changes. */
  readonly operation: SnapshotOperation;
  /** Data files, position deletes and deletion vectors, in any order. */
  readonly added: readonly DataFile[];
  /**
   * By `fileKey`, of the current snapshot; `all` for a table that is loaded anew. Deletes whose one
   * data file goes are removed by themselves, and a vector in whose place a new one comes.
   */
  readonly removed?: ReadonlySet<string> | 'all';
  /** Entries of the summary besides the numbers of files and rows. */
  readonly summary: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly read: ReadFile;
  readonly mergeLimits?: MergeLimits;
}

/** A snapshot that becomes the table's current one when its commit succeeds. */
export interface BuiltSnapshot extends TableCommit {
  readonly snapshot: Snapshot;
  /** To be written before the commit; strays if it does not take place. */
  readonly files: readonly NewFile[];
}

/**
 * The next snapshot of `main`. Manifests of the current one are reused; only those that hold a
 * removed file, and many small ones, are written anew.
 *
 * After a conflict it is to be built again, with a new `commitUuid`: a file that was written for one
 * attempt is never overwritten by another.
 */
export async function buildSnapshot(plan: NewSnapshot): Promise<BuiltSnapshot> {
  checkFiles(plan);
  const { metadata, snapshotId, read } = plan;
  const parent = currentSnapshot(metadata);
  const writer = new ManifestWriter(metadata, plan);
  const parents = await manifestsOf(parent, read);
  const newVectorsOf = new Set(plan.added.filter(isDeletionVector).map(referencedPath));
  const removal = { files: plan.removed ?? new Set<string>(), newVectorsOf };
  const remaining = await removeFiles(parents, removal, writer, snapshotId, read);
  const manifests = await mergeManifests(
    [...addedManifests(plan, writer), ...remaining.manifests],
    plan.mergeLimits ?? MERGE_LIMITS,
    { snapshotId, writer, read },
  );
  const isV3 = metadata['format-version'] >= 3;
  const firstRowId = metadata['next-row-id'] ?? 0;
  const numbered = isV3 ? assignRowIds(manifests, firstRowId) : { manifests, assigned: 0 };
  const list = manifestList(plan, parent, numbered.manifests, firstRowId);
  const snapshot: Snapshot = {
    'snapshot-id': snapshotId,
    ...(parent && { 'parent-snapshot-id': parent['snapshot-id'] }),
    'sequence-number': metadata['last-sequence-number'] + 1,
    'timestamp-ms': Math.max(plan.nowMs, metadata['last-updated-ms']),
    'manifest-list': list.location,
    summary: {
      ...plan.summary,
      ...summaryOf(parent, plan.added, remaining.removed),
      operation: plan.operation,
    },
    'schema-id': metadata['current-schema-id'],
    ...(isV3 ? { 'first-row-id': firstRowId, 'added-rows': numbered.assigned } : {}),
  };
  return {
    snapshot,
    files: [...writer.filesOf(manifests), list],
    ...commitOf(metadata, snapshot),
  };
}

function commitOf(metadata: TableMetadata, snapshot: Snapshot): TableCommit {
  const ref = metadata.refs[MAIN];
  return {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      {
        type: 'assert-ref-snapshot-id',
        ref: MAIN,
        'snapshot-id': ref?.['snapshot-id'] ?? null,
      },
    ],
    updates: [
      { action: 'add-snapshot', snapshot },
      {
        action: 'set-snapshot-ref',
        'ref-name': MAIN,
        ...ref,
        type: 'branch',
        'snapshot-id': snapshot['snapshot-id'],
      },
    ],
  };
}

function checkFiles({ metadata, operation, added, removed }: NewSnapshot): void {
  const keys = new Set(added.map(fileKey));
  assert(keys.size === added.length, 'every added file is added once');
  const removesNone = removed === undefined || (removed !== 'all' && removed.size === 0);
  const isAppend = removesNone && added.every((file) => file.content === FileContent.Data);
  assert(operation !== 'append' || isAppend, 'an append adds data files and removes nothing');
  const vectors = added.filter(isDeletionVector);
  const isV3 = metadata['format-version'] >= 3;
  assert(isV3 || vectors.length === 0, 'deletion vectors need format version 3');
  const deletes = added.filter((file) => file.content !== FileContent.Data);
  assert(
    !isV3 || deletes.length === vectors.length,
    'format version 3 takes deletion vectors in place of position delete files',
  );
  const paths = new Set(vectors.map(referencedPath));
  assert(paths.size === vectors.length, 'a data file has one deletion vector');
}

function referencedPath(vector: DataFile): string {
  const path = vector.referenced_data_file ?? undefined;
  assert(path !== undefined, 'a deletion vector names its data file');
  return path;
}

/** What the parent snapshot lists, without manifests of deleted files alone. */
async function manifestsOf(
  parent: Snapshot | undefined,
  read: ReadFile,
): Promise<readonly ManifestFile[]> {
  if (parent === undefined) return [];
  const location = parent['manifest-list'];
  const manifests = readManifestList(await read(location), location).filter(hasLiveFiles);
  if (manifests.every(hasCounts)) return manifests;
  const all = await readEntries(manifests, read);
  return all.map(({ manifest, entries }) => withCounts(manifest, entries));
}

/** One manifest for each kind of file and partition spec; data files first. */
function addedManifests(
  { added, snapshotId }: NewSnapshot,
  writer: ManifestWriter,
): readonly ManifestFile[] {
  const manifests: ManifestFile[] = [];
  for (const content of [ManifestContent.Data, ManifestContent.Deletes]) {
    const files = added.filter(
      (file) => (file.content === FileContent.Data) === (content === ManifestContent.Data),
    );
    for (const specId of new Set(files.map((file) => file.spec_id))) {
      const entries = files
        .filter((file) => file.spec_id === specId)
        .map((file): ManifestEntry => addedEntry(file, snapshotId));
      manifests.push(writer.write(content, specId, entries));
    }
  }
  return manifests;
}

function addedEntry(file: DataFile, snapshotId: bigint): ManifestEntry {
  return {
    status: EntryStatus.Added,
    snapshot_id: snapshotId,
    sequence_number: null,
    file_sequence_number: null,
    data_file: file,
  };
}

function manifestList(
  { metadata, snapshotId, commitUuid }: NewSnapshot,
  parent: Snapshot | undefined,
  manifests: readonly ManifestFile[],
  firstRowId: number,
): NewFile {
  return {
    location: `${metadataFolder(metadata)}/snap-${commitUuid}.avro`,
    bytes: writeManifestList(manifests, {
      formatVersion: metadata['format-version'],
      snapshotId,
      parentSnapshotId: parent?.['snapshot-id'],
      sequenceNumber: metadata['last-sequence-number'] + 1,
      firstRowId,
    }),
  };
}

/** Owns writing and reading manifest lists, and the row ids that manifests get in them. */
import { readAvroFile, writeAvroFile } from './avro-file.js';
import { likeOurs } from './foreign-manifests.js';
import { manifestFileType } from './manifest-types.js';
import { ManifestContent, type ManifestFile } from './manifest.js';

export interface ManifestListContext {
  readonly formatVersion: number;
  readonly snapshotId: bigint;
  readonly parentSnapshotId: bigint | undefined;
  readonly sequenceNumber: number;
  /** Version 3: the table's next row id. */
  readonly firstRowId: number;
}

/** The bytes of the list of a snapshot's manifests, which all have their counts. */
export function writeManifestList(
  manifests: readonly ManifestFile[],
  { formatVersion, snapshotId, parentSnapshotId, sequenceNumber, firstRowId }: ManifestListContext,
): Uint8Array {
  return writeAvroFile(manifestFileType(formatVersion), manifests, {
    'snapshot-id': snapshotId.toString(),
    'parent-snapshot-id': parentSnapshotId?.toString() ?? 'null',
    'sequence-number': String(sequenceNumber),
    'format-version': String(formatVersion),
    ...(formatVersion >= 3 ? { 'first-row-id': String(firstRowId) } : {}),
  });
}

/** A snapshot's manifests; CorruptLake, naming `location`. */
export function readManifestList(bytes: Uint8Array, location: string): readonly ManifestFile[] {
  const { records } = readAvroFile(bytes, location, (schema) => likeOurs(schema));
  return (records as readonly ListedManifest[]).map((manifest) => ({
    ...manifest,
    content: manifest.content ?? ManifestContent.Data,
    sequence_number: manifest.sequence_number ?? 0,
    min_sequence_number: manifest.min_sequence_number ?? 0,
  }));
}

/** Lists of version 1 lack what 0 stands for. */
type ListedManifest = Omit<ManifestFile, 'content' | 'sequence_number' | 'min_sequence_number'> & {
  readonly content?: ManifestContent | null;
  readonly sequence_number?: number | null;
  readonly min_sequence_number?: number | null;
};

/**
 * Manifests with row ids for those data manifests that have none yet, from `firstRowId` on. What
 * they might number is counted whole: ids may be left out, never given twice.
 */
export function assignRowIds(
  manifests: readonly ManifestFile[],
  firstRowId: number,
): { readonly manifests: readonly ManifestFile[]; readonly assigned: number } {
  let next = firstRowId;
  const numbered = manifests.map((manifest): ManifestFile => {
    if (manifest.content !== ManifestContent.Data) return manifest;
    if (typeof manifest.first_row_id === 'number') return manifest;
    const first_row_id = next;
    next += (manifest.added_rows_count ?? 0) + (manifest.existing_rows_count ?? 0);
    return { ...manifest, first_row_id };
  });
  return { manifests: numbered, assigned: next - firstRowId };
}

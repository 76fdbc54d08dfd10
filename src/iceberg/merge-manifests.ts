/** Owns joining many small manifests into few, so that a scan's planning does not grow by the commit. */
import type { ManifestWriter } from './manifest-writer.js';
import { EntryStatus, type KnownEntry, type ManifestEntry, type ManifestFile } from './manifest.js';
import { readEntries, type ReadFile } from './plan-scan.js';

/** When manifests are merged; the defaults are those of Iceberg's own writers. */
export interface MergeLimits {
  /** With this many of one content, the small ones are merged. */
  readonly minCount: number;
  /** A merged manifest is about this large at most. */
  readonly targetSizeBytes: number;
}

export const MERGE_LIMITS: MergeLimits = { minCount: 100, targetSizeBytes: 8 * 1024 * 1024 };

/** Manifests, newest first, with the small ones of a kind merged where there are many of them. */
export async function mergeManifests(
  manifests: readonly ManifestFile[],
  limits: MergeLimits,
  snapshot: {
    readonly snapshotId: bigint;
    readonly writer: ManifestWriter;
    readonly read: ReadFile;
  },
): Promise<readonly ManifestFile[]> {
  const merged: ManifestFile[] = [];
  for (const group of groupByKind(manifests)) {
    const [first] = group;
    if (first === undefined) continue;
    const { content, partition_spec_id: specId } = first;
    if (group.length < limits.minCount) {
      merged.push(...group);
      continue;
    }
    for (const bin of packFromEnd(group, limits.targetSizeBytes)) {
      if (bin.length === 1) {
        merged.push(...bin);
        continue;
      }
      const read = snapshot.writer.reading(snapshot.read);
      const entries = (await readEntries(bin, read)).flatMap((one) => one.entries);
      const kept = entries.flatMap((entry) => mergedEntry(entry, snapshot.snapshotId));
      merged.push(snapshot.writer.write(content, specId, kept));
    }
  }
  return merged;
}

function groupByKind(manifests: readonly ManifestFile[]): readonly ManifestFile[][] {
  const groups = new Map<string, ManifestFile[]>();
  for (const manifest of manifests) {
    const key = `${manifest.content}/${manifest.partition_spec_id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [manifest]);
    else group.push(manifest);
  }
  return [...groups.values()];
}

/**
 * Neighbours put together as far as they stay below the size. The oldest are packed first, so that
 * full ones stay as they are and the newest one has room for the next merge.
 */
function packFromEnd(
  manifests: readonly ManifestFile[],
  targetSizeBytes: number,
): readonly ManifestFile[][] {
  const bins: ManifestFile[][] = [];
  let sizeBytes = Infinity;
  for (const manifest of manifests.toReversed()) {
    sizeBytes += manifest.manifest_length;
    if (sizeBytes > targetSizeBytes) {
      bins.unshift([manifest]);
      sizeBytes = manifest.manifest_length;
    } else {
      bins[0]?.unshift(manifest);
    }
  }
  return bins;
}

/** What the snapshot itself did stays as it is; of what others did, only what lives is kept. */
function mergedEntry(entry: KnownEntry, snapshotId: bigint): readonly ManifestEntry[] {
  const isOwn = entry.snapshot_id === snapshotId;
  if (entry.status === EntryStatus.Deleted) return isOwn ? [entry] : [];
  if (entry.status === EntryStatus.Added && isOwn) {
    return [{ ...entry, sequence_number: null, file_sequence_number: null }];
  }
  return [{ ...entry, status: EntryStatus.Existing }];
}

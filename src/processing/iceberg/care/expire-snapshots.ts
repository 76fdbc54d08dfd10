/** Owns the expiry of snapshots, and of the files that nothing but they needed. */
import type { TableCommit } from '../../../iceberg/catalog.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { dataFolder, metadataFolder } from '../../../iceberg/table-state.js';
import { ORPHANS_LOOKED_FOR } from './care-due.js';
import type { CareOptions } from './care-options.js';
import type { CareOutcome, CarePorts } from './care-ports.js';
import { chooseExpired } from './choose-expired.js';
import { allFilesIn, liveFilesIn, manifestsOf } from './reachable-files.js';

/** Removes old snapshots of `metadata` from the table, then their files. */
export async function expireSnapshots(
  { catalog, tableName, io, nowMs }: CarePorts,
  metadata: TableMetadata,
  options: CareOptions,
): Promise<CareOutcome> {
  const ids = chooseExpired(metadata, options, nowMs());
  if (ids.length === 0) return undefined;
  const outcome = await catalog.commit(tableName, {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      // With its snapshot, a branch or tag would go too.
      ...Object.entries(metadata.refs).map(([ref, { 'snapshot-id': id }]) => ({
        type: 'assert-ref-snapshot-id' as const,
        ref,
        'snapshot-id': id,
      })),
    ],
    updates: [{ action: 'remove-snapshots', 'snapshot-ids': ids }, ...beganAt(metadata)],
  });
  if (outcome.outcome === 'conflict') return { kind: 'gave-up', reason: outcome.reason };
  // From here on nobody finds these snapshots; what is left of their files, should this not come to
  // its end, are orphans.
  const read = (location: string): Promise<Uint8Array> => io.read(location);
  const expired = metadata.snapshots.filter((snapshot) => ids.includes(snapshot['snapshot-id']));
  const gone = await manifestsOf(expired, read);
  const needed = await manifestsOf(outcome.table.metadata.snapshots, read);
  const manifests = [...gone.manifests.values()].filter(
    ({ manifest_path: path }) => !needed.manifests.has(path),
  );
  const files = await allFilesIn(manifests, read);
  for await (const live of liveFilesIn([...needed.manifests.values()], read)) {
    for (const location of live) files.delete(location);
    if (files.size === 0) break;
  }
  const unneeded = [
    ...files,
    ...manifests.map(({ manifest_path: path }) => path),
    ...[...gone.lists].filter((list) => !needed.lists.has(list)),
  ].filter(isInTable(metadata));
  await io.delete(unneeded);
  return { kind: 'expired', snapshots: ids.length, files: unneeded.length };
}

/** The table's log of snapshots, which tells how old it is, becomes shorter by them. */
function beganAt(metadata: TableMetadata): TableCommit['updates'] {
  const began = metadata['snapshot-log'][0]?.['timestamp-ms'];
  if (began === undefined || metadata.properties[ORPHANS_LOOKED_FOR] !== undefined) return [];
  return [{ action: 'set-properties', updates: { [ORPHANS_LOOKED_FOR]: String(began) } }];
}

/** Files that somebody added to the table from elsewhere are not the table's to delete. */
function isInTable(metadata: TableMetadata): (location: string) => boolean {
  const folders = [`${dataFolder(metadata)}/`, `${metadataFolder(metadata)}/`];
  return (location) => folders.some((folder) => location.startsWith(folder));
}

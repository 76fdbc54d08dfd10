/** Owns the removal of files that attempts left behind: no snapshot has them, and none will. */
import { storeLocations } from '../../../catalogs/store-locations.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { dataFolder, metadataFolder } from '../../../iceberg/table-state.js';
import { lakeStateOf } from '../load-facts.js';
import { ORPHANS_LOOKED_FOR } from './care-due.js';
import type { CareOptions } from './care-options.js';
import type { CareOutcome, CarePorts } from './care-ports.js';
import { abandonedStaging } from './abandoned-staging.js';
import { isAbandoned, type AgeLimits } from './our-files.js';
import { liveFilesIn, manifestsOf } from './reachable-files.js';

/** Looks through the folders of the table that `metadata` is of, and what its loads left in staging. */
export async function removeOrphans(
  ports: CarePorts,
  metadata: TableMetadata,
  { orphanAgeMs, maxOrphans }: CareOptions,
): Promise<CareOutcome> {
  const { catalog, tableName, store, io, nowMs } = ports;
  // Said beforehand, so that a look that fails is not repeated after each load.
  const claim = await catalog.commit(tableName, {
    requirements: [{ type: 'assert-table-uuid', uuid: metadata['table-uuid'] }],
    updates: [{ action: 'set-properties', updates: { [ORPHANS_LOOKED_FOR]: String(nowMs()) } }],
  });
  if (claim.outcome === 'conflict') return { kind: 'gave-up', reason: claim.reason };
  const madeBeforeMs = nowMs() - orphanAgeMs;
  const staged = await abandonedStaging(ports, metadata, madeBeforeMs);
  const files = await abandonedFiles(ports, metadata, madeBeforeMs);
  const orphans = [...files].slice(0, maxOrphans);
  const leftovers = [...staged].slice(0, maxOrphans - orphans.length);
  if (orphans.length + leftovers.length === 0) return undefined;
  await io.delete(orphans);
  await store.delete(leftovers);
  return { kind: 'removed-orphans', files: orphans.length + leftovers.length };
}

/** Locations of files that no snapshot of the table has, and none will. */
async function abandonedFiles(
  { catalog, tableName, store, io }: CarePorts,
  metadata: TableMetadata,
  madeBeforeMs: number,
): Promise<Iterable<string>> {
  const limitsBy = (of: TableMetadata): AgeLimits => {
    return { madeBeforeMs, watermark: lakeStateOf(of)?.watermark };
  };
  const limits = limitsBy(metadata);
  const { keyOf } = storeLocations(store.url);
  // By their names, which are never given twice: engines may spell the way to a file otherwise.
  const files = new Map<string, string>();
  for (const folder of new Set([dataFolder(metadata), metadataFolder(metadata)])) {
    const prefix = `${keyOf(folder)}/`;
    for await (const { location } of io.list(folder)) {
      const name = keyOf(location).slice(prefix.length);
      if (isAbandoned(name, limits)) files.set(name, location);
    }
  }
  if (files.size === 0) return [];
  // Read after the folders were, so that it has all that was committed until then.
  const now = await catalog.loadTable(tableName);
  if (now?.metadata['table-uuid'] !== metadata['table-uuid']) return [];
  const keep = (locations: Iterable<string>): void => {
    for (const location of locations) files.delete(location.slice(location.lastIndexOf('/') + 1));
  };
  // Somebody may have rolled the table back meanwhile: then loads come again.
  const limitsNow = limitsBy(now.metadata);
  keep([...files.keys()].filter((name) => !isAbandoned(name, limitsNow)));
  const read = (location: string): Promise<Uint8Array> => io.read(location);
  const needed = await manifestsOf(now.metadata.snapshots, read);
  keep(needed.lists);
  keep(needed.manifests.keys());
  for await (const live of liveFilesIn([...needed.manifests.values()], read)) {
    keep(live);
    if (files.size === 0) break;
  }
  return files.values();
}

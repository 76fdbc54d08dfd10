/** Owns bringing the files of a table's current snapshot here, for DuckDB to read. */
import { storeLocations } from '../../catalogs/store-locations.js';
import { createObjectFileIo } from '../../catalogs/object-file-io.js';
import type { ObjectStore } from '../../core/object-store.js';
import type { LiveFile } from '../../iceberg/live-file.js';
import { planScan, type ScanPlan } from '../../iceberg/plan-scan.js';
import { knownTableOf, type KnownTable } from '../../iceberg/table-columns.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { currentSnapshot } from '../../iceberg/table-state.js';
import type { PartCache } from '../part-cache.js';
import type { LocalFile, LocalSnapshot } from './iceberg-view.js';
import { localPathsIn } from './local-paths.js';

/** A snapshot that is here. */
export interface ReadSnapshot extends LocalSnapshot {
  /** Whether some row has something in `_rest`, as the files' metrics tell. */
  readonly hasRest: boolean;
}

/** The current snapshot; one without files for a table to which nothing was committed. */
export async function readSnapshot(
  metadata: TableMetadata,
  store: ObjectStore,
  cache: PartCache,
): Promise<ReadSnapshot> {
  const known = knownTableOf(metadata);
  const snapshot = currentSnapshot(metadata);
  if (snapshot === undefined) return { known, dataFiles: [], deleteFiles: [], hasRest: false };
  const io = createObjectFileIo(store);
  const plan = await planScan(metadata, snapshot['snapshot-id'], (location) => io.read(location));
  const localPaths = localPathsIn(cache, storeLocations(store.url).keyOf);
  const local = async (files: readonly LiveFile[]): Promise<readonly LocalFile[]> => {
    const paths = await localPaths(files);
    return files.map(({ file }, index) => ({
      location: file.file_path,
      path: paths[index] ?? '',
    }));
  };
  return {
    known,
    dataFiles: await local(plan.dataFiles),
    deleteFiles: await local(plan.deleteFiles),
    hasRest: hasRest(plan, known),
  };
}

function hasRest({ dataFiles }: Pick<ScanPlan, 'dataFiles'>, known: KnownTable): boolean {
  return dataFiles.some((file) => hasValues(file, known.columns.restId));
}

function hasValues({ file }: LiveFile, fieldId: number): boolean {
  const of = (counts: typeof file.value_counts): number | undefined =>
    counts?.find(({ key }) => key === fieldId)?.value;
  const nulls = of(file.null_value_counts);
  return nulls === undefined || nulls < (of(file.value_counts) ?? file.record_count);
}

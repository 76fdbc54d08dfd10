/** Owns writing a commit's position deletes: a file for each partition that their data files lie in. */
import type { FileIo } from '../../iceberg/file-io.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { partitionKey } from '../../iceberg/partition-key.js';
import { planScan } from '../../iceberg/plan-scan.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { currentSnapshot, dataFolder, unpartitionedSpecId } from '../../iceberg/table-state.js';
import type { PositionDeletes } from './position-deletes.js';

/** What position deletes must share with their data files, or no reader applies them. */
type Partition = Pick<DataFile, 'spec_id' | 'partition'>;

/** Writes them under names that begin with `commitUuid`; the files are to be added by the commit. */
export async function writeDeleteFiles(
  io: FileIo,
  metadata: TableMetadata,
  deletes: PositionDeletes,
  commitUuid: string,
): Promise<readonly DataFile[]> {
  const partitionOf = await partitions(io, metadata);
  const files: DataFile[] = [];
  for (const [index, { partition, some }] of groupsOf(deletes, partitionOf).entries()) {
    const suffix = index === 0 ? '' : `-${index}`;
    const location = `${dataFolder(metadata)}/${commitUuid}-deletes${suffix}.parquet`;
    const place = { location, specId: partition.spec_id, partition: partition.partition };
    const { body, file } = await some.toParquet(place);
    await io.write(location, body);
    files.push(file);
  }
  return files;
}

interface Group {
  readonly partition: Partition;
  readonly some: PositionDeletes;
}

function groupsOf(
  deletes: PositionDeletes,
  partitionOf: (path: string) => Partition,
): readonly Group[] {
  const partitionsByKey = new Map<string, Partition>();
  const split = deletes.split((path) => {
    const partition = partitionOf(path);
    const key = partitionKey(partition);
    partitionsByKey.set(key, partition);
    return key;
  });
  return [...split].flatMap(([key, some]) => {
    const partition = partitionsByKey.get(key);
    return partition === undefined ? [] : [{ partition, some }];
  });
}

/** Our own files are in no partition; only where others have partitioned the table, some may be. */
async function partitions(
  io: FileIo,
  metadata: TableMetadata,
): Promise<(path: string) => Partition> {
  const own: Partition = { spec_id: unpartitionedSpecId(metadata), partition: {} };
  const snapshot = currentSnapshot(metadata);
  if (snapshot === undefined || metadata['partition-specs'].length === 1) return () => own;
  const plan = await planScan(metadata, snapshot['snapshot-id'], (location) => io.read(location));
  const byPath = new Map(plan.dataFiles.map(({ file }) => [file.file_path, file]));
  return (path) => byPath.get(path) ?? own;
}

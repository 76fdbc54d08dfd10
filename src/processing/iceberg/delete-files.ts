/** Owns writing a commit's position deletes: a file for each partition that their data files lie in. */
import { assert } from '../../core/assert.js';
import type { FileIo } from '../../iceberg/file-io.js';
import type { DataFile } from '../../iceberg/manifest.js';
import { partitionKey } from '../../iceberg/partition-key.js';
import { planScan } from '../../iceberg/plan-scan.js';
import type { TableMetadata } from '../../iceberg/table-metadata.js';
import { currentSnapshot, dataFolder } from '../../iceberg/table-state.js';
import { inParallel, PUTS_AT_ONCE } from '../in-parallel.js';
import type { PositionDeletes } from './position-deletes.js';

/** What position deletes must share with their data files, or no reader applies them. */
type Partition = Pick<DataFile, 'spec_id' | 'partition'>;

/**
 * Writes them under names that begin with `commitUuid`; the files are to be added by the commit, as
 * are the data files `added`, of which rows may be taken out, too.
 */
export async function writeDeleteFiles(
  io: FileIo,
  metadata: TableMetadata,
  deletes: PositionDeletes,
  { added, commitUuid }: { readonly added: readonly DataFile[]; readonly commitUuid: string },
): Promise<readonly DataFile[]> {
  const partitionOf = await partitions(io, metadata, added);
  const groups = [...groupsOf(deletes, partitionOf).entries()];
  return inParallel(groups, PUTS_AT_ONCE, async ([index, { partition, some }]) => {
    const suffix = index === 0 ? '' : `-${index}`;
    const location = `${dataFolder(metadata)}/${commitUuid}-deletes${suffix}.parquet`;
    const place = { location, specId: partition.spec_id, partition: partition.partition };
    const { body, file } = await some.toParquet(place);
    await io.write(location, body);
    return file;
  });
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

/** Files of a table that was never parted are in no partition; else the manifests tell. */
async function partitions(
  io: FileIo,
  metadata: TableMetadata,
  added: readonly DataFile[],
): Promise<(path: string) => Partition> {
  const [spec, ...others] = metadata['partition-specs'];
  if (spec?.fields.length === 0 && others.length === 0) {
    const none: Partition = { spec_id: spec['spec-id'], partition: {} };
    return () => none;
  }
  const snapshot = currentSnapshot(metadata);
  const plan = snapshot && (await planScan(metadata, snapshot['snapshot-id'], (at) => io.read(at)));
  const live = plan?.dataFiles.map(({ file }) => file) ?? [];
  const byPath = new Map([...live, ...added].map((file) => [file.file_path, file]));
  return (path) => {
    const file = byPath.get(path);
    assert(file !== undefined, `${path}, of which rows are taken out, is in the table`);
    return file;
  };
}

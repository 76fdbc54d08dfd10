/** Owns a pass of compaction: live rows and deletes written anew, in a commit that changes no row. */
import { join } from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { storeLocations } from '../../../catalogs/store-locations.js';
import { buildSnapshot } from '../../../iceberg/build-snapshot.js';
import {
  FileContent,
  fileKey,
  isDeletionVector,
  type DataFile,
} from '../../../iceberg/manifest.js';
import { parquetDataFile, positionDeleteFile } from '../../../iceberg/parquet-data-file.js';
import { POSITION_DELETE_FIELDS } from '../../../iceberg/parquet-fields.js';
import { partitionKey } from '../../../iceberg/partition-key.js';
import type { LiveFile } from '../../../iceberg/live-file.js';
import { planScan, type ScanPlan } from '../../../iceberg/plan-scan.js';
import { knownTableOf } from '../../../iceberg/table-columns.js';
import type { TableMetadata } from '../../../iceberg/table-metadata.js';
import { currentSnapshot, dataFolder } from '../../../iceberg/table-state.js';
import { withTemporaryDirectory } from '../../parquet-file.js';
import { createPartCache } from '../../part-cache.js';
import { localPathsIn } from '../local-paths.js';
import { ownSpec } from '../own-spec.js';
import type { KeyFiles } from '../read-keys.js';
import { CARE_SUMMARY } from './care-due.js';
import type { CareOptions } from './care-options.js';
import type { CareOutcome, CarePorts } from './care-ports.js';
import {
  loadDeletes,
  mergedDeletesSql,
  type DeletableFile,
  type LocalDeletes,
} from './deletes-table.js';
import { mayNeedCompaction, planCompaction, type CompactionWork } from './plan-compaction.js';
import { keepsAllColumns, liveRowsSql, rowColumnsOf } from './rows-of-file.js';
import { timedUuid } from './timed-uuid.js';
import { writeQuery } from './write-query.js';

/** What a pass sees of the table and works with. */
interface Pass {
  readonly ports: CarePorts;
  readonly options: CareOptions;
  readonly metadata: TableMetadata;
  readonly plan: ScanPlan;
  readonly specId: number;
  /** One a data file, so that there is nothing to merge; and rows have ids, which they keep. */
  readonly usesVectors: boolean;
  /** In the names of all that the pass writes. */
  readonly uuid: string;
  readonly directory: string;
  readonly connection: DuckDBConnection;
  readonly localPaths: KeyFiles['localPaths'];
}

/** Looks at `metadata`'s current snapshot; what is worth it is written anew and committed. */
export async function compactTable(
  ports: CarePorts,
  metadata: TableMetadata,
  options: CareOptions,
): Promise<CareOutcome> {
  const snapshot = currentSnapshot(metadata);
  if (snapshot === undefined) return undefined;
  const plan = await planScan(metadata, snapshot['snapshot-id'], (at) => ports.io.read(at));
  const specId = ownSpec(metadata)['spec-id'];
  // What others delete by values, or in their way of another version, they compact.
  const usesVectors = metadata['format-version'] >= 3;
  const isOurs = ({ file }: LiveFile): boolean =>
    file.content === FileContent.PositionDeletes &&
    isDeletionVector(file) === usesVectors &&
    file.spec_id === specId;
  if (!plan.deleteFiles.every(isOurs)) return undefined;
  const sizes = plan.dataFiles.map(({ file }) => ({
    sizeBytes: file.file_size_in_bytes,
    partition: partitionKey(file),
  }));
  if (!mayNeedCompaction(sizes, plan.deleteFiles.length, options)) return undefined;
  return withTemporaryDirectory(async (directory) => {
    const instance = await DuckDBInstance.create(':memory:', {
      threads: '2',
      memory_limit: '1GB',
      temp_directory: join(directory, 'spill'),
    });
    try {
      const connection = await instance.connect();
      const cache = createPartCache(ports.store, join(directory, 'files'));
      const localPaths = localPathsIn(cache, storeLocations(ports.store.url).keyOf);
      const uuid = timedUuid(ports.nowMs());
      return await compact({
        ports,
        options,
        metadata,
        plan,
        specId,
        usesVectors,
        uuid,
        directory,
        connection,
        localPaths,
      });
    } finally {
      instance.closeSync();
    }
  });
}

async function compact(pass: Pass): Promise<CareOutcome> {
  const { plan, localPaths, specId, usesVectors } = pass;
  const deletePaths = await localPaths(plan.deleteFiles);
  const deletes = plan.deleteFiles.map((live, at) => ({ live, path: deletePaths[at] ?? '' }));
  const dataFiles = plan.dataFiles
    .filter(({ file }) => file.spec_id === specId)
    .map((live) => ({ live, canRewrite: live.file.file_format.toUpperCase() === 'PARQUET' }));
  const work = await chooseWork(pass, dataFiles, deletes);
  const { rewrite, dropDeletes } = work;
  const mergeDeletes = usesVectors ? [] : work.mergeDeletes;
  const removed = new Set([...rewrite, ...mergeDeletes, ...dropDeletes]);
  if (removed.size === 0) return undefined;
  const written: DataFile[] = [];
  const rewritten = plan.dataFiles.filter(({ file }) => rewrite.includes(file.file_path));
  for (const files of byPartition(rewritten, (live) => live)) {
    await rewriteRows(pass, files, written);
  }
  const writtenDataFiles = written.length;
  const merged = deletes.filter(({ live }) => mergeDeletes.includes(fileKey(live.file)));
  for (const files of byPartition(merged, ({ live }) => live)) {
    await writeDeletes(pass, files, rewrite, written);
  }
  const conflict = await commit(pass, written, removed);
  if (conflict !== undefined) return { kind: 'gave-up', reason: conflict };
  return {
    kind: 'compacted',
    rewrittenDataFiles: rewrite.length,
    writtenDataFiles,
    mergedDeleteFiles: mergeDeletes.length,
    droppedDeleteFiles: dropDeletes.length,
  };
}

/** What is written of files is of the same partition as they are: so those of each by themselves. */
function byPartition<T>(all: readonly T[], fileOf: (one: T) => LiveFile): Iterable<readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const key = partitionKey(fileOf(one).file);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups.values();
}

/** Files whose columns are not all ours turn out as such only once they are here. */
async function chooseWork(
  { metadata, plan, connection, localPaths, options }: Pass,
  dataFiles: readonly DeletableFile[],
  deletes: readonly LocalDeletes[],
): Promise<CompactionWork> {
  const facts = await loadDeletes(connection, dataFiles, deletes);
  const known = knownTableOf(metadata);
  const checked = new Map<string, boolean>();
  for (;;) {
    const work = planCompaction(
      {
        ...facts,
        dataFiles: facts.dataFiles.map((file) => ({
          ...file,
          canRewrite: checked.get(file.location) ?? file.canRewrite,
        })),
      },
      options,
    );
    const unknown = work.rewrite.filter((location) => !checked.has(location));
    if (unknown.length === 0) return work;
    const files = plan.dataFiles.filter(({ file }) => unknown.includes(file.file_path));
    const paths = await localPaths(files);
    for (const [at, { file }] of files.entries()) {
      checked.set(file.file_path, await keepsAllColumns(connection, known, paths[at] ?? ''));
    }
  }
}

async function rewriteRows(
  pass: Pass,
  rewritten: readonly LiveFile[],
  written: DataFile[],
): Promise<void> {
  const { ports, options, metadata, specId, uuid, directory, connection } = pass;
  const columns = rowColumnsOf(knownTableOf(metadata), pass.usesVectors);
  const files = rewritten.toSorted((a, b) => a.sequenceNumber - b.sequenceNumber);
  const partition = files[0]?.file.partition ?? {};
  const paths = await pass.localPaths(files);
  const queries = files.map((file, at) => liveRowsSql(columns, file, paths[at] ?? ''));
  const path = join(directory, 'rows.parquet');
  const { fields, types } = columns;
  const fileBytes = options.targetFileBytes;
  await writeQuery({ connection, queries, fields, types, fileBytes }, path, async (facts) => {
    const name = `${uuid}-${String(written.length).padStart(5, '0')}.parquet`;
    const location = `${dataFolder(metadata)}/${name}`;
    await ports.io.writeFile(location, path);
    written.push(parquetDataFile({ location, specId, partition }, facts));
  });
}

async function writeDeletes(
  { ports, metadata, specId, uuid, directory, connection }: Pass,
  merged: readonly LocalDeletes[],
  gone: readonly string[],
  written: DataFile[],
): Promise<void> {
  const partition = merged[0]?.live.file.partition ?? {};
  const sql = mergedDeletesSql(merged, gone);
  const result = await connection.runAndReadAll(
    `SELECT min(file_path), max(file_path) FROM (${sql})`,
  );
  const [firstPath, lastPath] = (result.getRows()[0] ?? []) as readonly string[];
  const path = join(directory, 'deletes.parquet');
  const query = {
    connection,
    queries: [sql],
    fields: POSITION_DELETE_FIELDS,
    types: [{ kind: 'string' }, { kind: 'long' }] as const,
    fileBytes: Infinity,
  };
  await writeQuery(query, path, async (facts) => {
    const location = `${dataFolder(metadata)}/${uuid}-deletes-${written.length}.parquet`;
    await ports.io.writeFile(location, path);
    const paths = { firstPath: firstPath ?? '', lastPath: lastPath ?? '' };
    written.push(positionDeleteFile({ location, specId, partition }, facts, paths));
  });
}

/** Why it conflicts; undefined when it is committed. */
async function commit(
  { ports, metadata, uuid }: Pass,
  added: readonly DataFile[],
  removed: ReadonlySet<string>,
): Promise<string | undefined> {
  const { catalog, io, tableName } = ports;
  const snapshotId = ports.newSnapshotId();
  const built = await buildSnapshot({
    metadata,
    snapshotId,
    commitUuid: uuid,
    operation: 'replace',
    added,
    removed,
    summary: { [CARE_SUMMARY]: 'compaction' },
    nowMs: ports.nowMs(),
    read: (location) => io.read(location),
  });
  await Promise.all(built.files.map(({ location, bytes }) => io.write(location, bytes)));
  // Requires the snapshot it was built on: whatever was committed meanwhile wins.
  const outcome = await catalog.commit(tableName, built);
  if (outcome.outcome === 'committed') return undefined;
  // A request that was sent twice may be answered with the conflict that it is to itself.
  const found = await catalog.loadTable(tableName);
  const isThere = found?.metadata.snapshots.some((each) => each['snapshot-id'] === snapshotId);
  if (isThere === true) return undefined;
  await io.delete([...built.files.map(({ location }) => location), ...added.map(locationOf)]);
  return outcome.reason;
}

function locationOf({ file_path: location }: DataFile): string {
  return location;
}

/** Owns records of files, and a storage in memory, for the tests of this folder. */
import {
  buildSnapshot,
  type BuiltSnapshot,
  type NewSnapshot,
} from '../../../src/iceberg/build-snapshot.js';
import { checkRequirements } from '../../../src/iceberg/check-requirements.js';
import { planScan, readEntries, type ReadFile } from '../../../src/iceberg/plan-scan.js';
import { readManifestList } from '../../../src/iceberg/manifest-list.js';
import {
  FileContent,
  fileKey,
  type DataFile,
  type KnownEntry,
  type ManifestFile,
} from '../../../src/iceberg/manifest.js';
import type { TableMetadata } from '../../../src/iceberg/table-metadata.js';
import { currentSnapshot } from '../../../src/iceberg/table-state.js';
import { CREATED_MS, apply, sampleMetadata } from './sample-metadata.js';

export function dataFile(name: string, changes: Partial<DataFile> = {}): DataFile {
  return {
    content: FileContent.Data,
    file_path: `s3://lake/orders/data/${name}.parquet`,
    file_format: 'PARQUET',
    spec_id: 0,
    partition: {},
    record_count: 10,
    file_size_in_bytes: 1000,
    ...changes,
  };
}

export function deleteFile(name: string, changes: Partial<DataFile> = {}): DataFile {
  return dataFile(name, { content: FileContent.PositionDeletes, record_count: 1, ...changes });
}

export function vectorOf(data: DataFile, offset: number, puffin = 'dv'): DataFile {
  return deleteFile(puffin, {
    file_path: `s3://lake/orders/data/${puffin}.puffin`,
    file_format: 'PUFFIN',
    referenced_data_file: data.file_path,
    content_offset: offset,
    content_size_in_bytes: 40,
  });
}

/** A table and its manifests, without a disk. */
export class MemoryTable {
  metadata: TableMetadata;
  readonly files = new Map<string, Uint8Array>();
  /** Locations read since the last commit began. */
  reads: string[] = [];
  #commits = 0;

  constructor(metadata = sampleMetadata()) {
    this.metadata = metadata;
  }

  readonly read: ReadFile = (location) => {
    this.reads.push(location);
    const bytes = this.files.get(location);
    return bytes ? Promise.resolve(bytes) : Promise.reject(new Error(`no ${location}`));
  };

  async build(
    snapshot: Pick<NewSnapshot, 'operation' | 'added'> & Partial<NewSnapshot>,
  ): Promise<BuiltSnapshot> {
    this.#commits += 1;
    this.reads = [];
    return await buildSnapshot({
      summary: {},
      metadata: this.metadata,
      nowMs: CREATED_MS + this.#commits,
      snapshotId: 9_007_199_254_740_993n + BigInt(this.#commits),
      commitUuid: `commit-${this.#commits}`,
      read: this.read,
      ...snapshot,
    });
  }

  async commit(
    snapshot: Pick<NewSnapshot, 'operation' | 'added'> & Partial<NewSnapshot>,
  ): Promise<BuiltSnapshot> {
    const built = await this.build(snapshot);
    for (const { location, bytes } of built.files) {
      if (this.files.has(location)) throw new Error(`${location} was written before`);
      this.files.set(location, bytes);
    }
    const conflict = checkRequirements(this.metadata, built.requirements, built.updates);
    if (conflict !== undefined) throw new Error(conflict);
    this.metadata = apply(this.metadata, built.updates);
    return built;
  }

  manifests(): readonly ManifestFile[] {
    const location = currentSnapshot(this.metadata)!['manifest-list'];
    return readManifestList(this.files.get(location)!, location);
  }

  /** Of all manifests of the current snapshot, in their order. */
  async entries(): Promise<readonly KnownEntry[]> {
    const read = await readEntries(this.manifests(), this.read);
    return read.flatMap(({ entries }) => entries);
  }
}

/** Three data files of ten rows. */
export const [A, B, C] = [dataFile('a'), dataFile('b'), dataFile('c')] as const;

export function summaryOf(table: MemoryTable): Readonly<Record<string, string>> {
  return currentSnapshot(table.metadata)!.summary;
}

/** Of all data and delete files of the current snapshot, the keys. */
export async function liveKeys(table: MemoryTable): Promise<readonly string[]> {
  const id = currentSnapshot(table.metadata)!['snapshot-id'];
  const plan = await planScan(table.metadata, id, table.read);
  return [...plan.dataFiles, ...plan.deleteFiles].map(({ file }) => fileKey(file)).toSorted();
}

/** A table that these files were appended to, in a commit each. */
export async function tableOf(...commits: readonly (readonly DataFile[])[]): Promise<MemoryTable> {
  const table = new MemoryTable();
  for (const added of commits) await table.commit({ operation: 'append', added });
  return table;
}

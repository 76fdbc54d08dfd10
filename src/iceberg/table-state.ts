/** Owns what is looked up in a table's metadata: its current snapshot, schema, specs and folders. */
import { assert } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import type { IcebergSchema } from './iceberg-schema.js';
import type { PartitionSpec, Snapshot, TableMetadata } from './table-metadata.js';

/** The branch that readers see by default. */
export const MAIN = 'main';

/** What `main` points at; undefined while nothing was committed. */
export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  const id = metadata.refs[MAIN]?.['snapshot-id'];
  return id === undefined ? undefined : snapshotOf(metadata, id);
}

/** A snapshot and those that led to it, the newest first, as far as they have not expired. */
export function* ancestorsOf(
  { snapshots }: Pick<TableMetadata, 'snapshots'>,
  snapshotId: bigint | undefined,
): Generator<Snapshot, void, undefined> {
  const byId = new Map(snapshots.map((each) => [each['snapshot-id'], each]));
  for (let id = snapshotId; id !== undefined;) {
    const snapshot = byId.get(id);
    if (snapshot === undefined) return;
    yield snapshot;
    id = snapshot['parent-snapshot-id'];
  }
}

/** NotFound when the snapshot is not in the table, or not any more. */
export function snapshotOf(metadata: TableMetadata, id: bigint): Snapshot {
  const found = metadata.snapshots.find((snapshot) => snapshot['snapshot-id'] === id);
  if (found !== undefined) return found;
  throw new TidemarkError(`Snapshot ${id.toString()} is not in ${metadata.location}.`, {
    code: ErrorCode.NotFound,
    subject: metadata.location,
    hint: 'Choose a snapshot that has not expired.',
  });
}

/** The schema that readers see. */
export function currentSchema(metadata: TableMetadata): IcebergSchema {
  const id = metadata['current-schema-id'];
  const found = metadata.schemas.find((schema) => schema['schema-id'] === id);
  assert(found !== undefined, `current schema ${id} is one of the table's`);
  return found;
}

/** The partition spec of an id that a manifest names. */
export function specOf(metadata: TableMetadata, specId: number): PartitionSpec {
  const found = metadata['partition-specs'].find((spec) => spec['spec-id'] === specId);
  if (found !== undefined) return found;
  throw new TidemarkError(`Partition spec ${specId} is not in ${metadata.location}.`, {
    code: ErrorCode.CorruptLake,
    subject: metadata.location,
    hint: 'Restore the metadata file of an earlier version of the table.',
  });
}

/** Where manifests and metadata files go, without a slash at its end. */
export function metadataFolder(metadata: TableMetadata): string {
  return folder(metadata, 'write.metadata.path', 'metadata');
}

/** Where data and delete files go, without a slash at its end. */
export function dataFolder(metadata: TableMetadata): string {
  return folder(metadata, 'write.data.path', 'data');
}

function folder(metadata: TableMetadata, property: string, name: string): string {
  const path = metadata.properties[property] ?? name;
  const absolute = /^[a-z][a-z0-9+.-]*:/i.test(path) || path.startsWith('/');
  const joined = absolute ? path : `${withoutSlash(metadata.location)}/${path}`;
  return withoutSlash(joined);
}

function withoutSlash(location: string): string {
  return location.replace(/\/+$/, '');
}

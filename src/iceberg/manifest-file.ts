/** Owns writing and reading manifests, and the values that entries inherit. */
import { assert } from '../core/assert.js';
import { ErrorCode, TidemarkError } from '../core/errors.js';
import { readAvroFile, writeAvroFile } from './avro-file.js';
import { likeOurs } from './foreign-manifests.js';
import type { IcebergSchema } from './iceberg-schema.js';
import { entryType } from './manifest-types.js';
import {
  EntryStatus,
  ManifestContent,
  type DataFile,
  type FieldBounds,
  type KnownEntry,
  type ManifestEntry,
  type ManifestFile,
} from './manifest.js';
import { formatLosslessJson } from './metadata-json.js';
import { partitionSummaries } from './partition-summary.js';
import { avroName, partitionFieldsOf, type Schemas } from './partition-type.js';
import type { PartitionSpec } from './table-metadata.js';

/** The first id that partition fields without one have, by their place. */
const FIRST_PARTITION_ID = 1000;

export interface ManifestContext {
  readonly formatVersion: number;
  readonly content: ManifestContent;
  /** The table's schema at the time. */
  readonly schema: IcebergSchema;
  readonly spec: PartitionSpec;
  /** Those that the columns of `spec` may be found in. */
  readonly schemas: Schemas;
}

/** The bytes of a manifest of `entries`, all of one partition spec. */
export function writeManifest(
  entries: readonly ManifestEntry[],
  { formatVersion, content, schema, spec, schemas }: ManifestContext,
): Uint8Array {
  const type = entryType(formatVersion, partitionFieldsOf(spec, schemas));
  return writeAvroFile(type, entries.map(encodable), {
    schema: formatLosslessJson(schema),
    'schema-id': String(schema['schema-id']),
    'partition-spec': formatLosslessJson(spec.fields),
    'partition-spec-id': String(spec['spec-id']),
    'format-version': String(formatVersion),
    content: content === ManifestContent.Data ? 'data' : 'deletes',
  });
}

/** The entries of a manifest as they lie in it; CorruptLake, naming `location`. */
export function readManifest(bytes: Uint8Array, location: string): readonly ManifestEntry[] {
  const { metadata, records } = readAvroFile(bytes, location, (schema, header) =>
    likeOurs(schema, partitionNames(header.get('partition-spec'))),
  );
  const specId = Number(metadata.get('partition-spec-id') ?? 0);
  return records.map((record) => {
    const entry = record as ManifestEntry;
    const file: DataFile = { ...entry.data_file, spec_id: specId };
    // Manifests of version 1 know of neither content nor sequence numbers.
    return {
      status: entry.status,
      snapshot_id: entry.snapshot_id ?? null,
      sequence_number: entry.sequence_number ?? null,
      file_sequence_number: entry.file_sequence_number ?? null,
      data_file:
        (file.content as number | undefined) === undefined ? { ...file, content: 0 } : file,
    };
  });
}

/**
 * The manifest's entries with what they inherit from `manifest` filled in: ids, sequence numbers
 * and, in version 3, row ids.
 */
export function inheritEntries(
  entries: readonly ManifestEntry[],
  manifest: ManifestFile,
): readonly KnownEntry[] {
  const assignsRowIds = manifest.content === ManifestContent.Data;
  let nextRowId = assignsRowIds ? (manifest.first_row_id ?? undefined) : undefined;
  return entries.map((entry) => {
    const { data_file: file, status } = entry;
    const takesRowId =
      nextRowId !== undefined &&
      status !== EntryStatus.Deleted &&
      (file.first_row_id ?? null) === null;
    const firstRowId = takesRowId ? nextRowId : undefined;
    if (firstRowId !== undefined) nextRowId = firstRowId + file.record_count;
    return {
      status,
      snapshot_id: entry.snapshot_id ?? manifest.added_snapshot_id,
      sequence_number: inherited(entry.sequence_number, status, manifest),
      file_sequence_number: inherited(entry.file_sequence_number, status, manifest),
      data_file: firstRowId === undefined ? file : { ...file, first_row_id: firstRowId },
    };
  });
}

function inherited(own: number | null, status: EntryStatus, manifest: ManifestFile): number {
  if (own !== null) return own;
  // What was written by version 1 has the number 0, its manifests too.
  if (status === EntryStatus.Added || manifest.sequence_number === 0) {
    return manifest.sequence_number;
  }
  throw new TidemarkError(
    `Manifest ${manifest.manifest_path} has a file without a sequence number that was not added by it.`,
    {
      code: ErrorCode.CorruptLake,
      subject: manifest.manifest_path,
      hint: 'Rewrite the table’s manifests with the engine that wrote this one.',
    },
  );
}

/** What a manifest list says of a manifest that was just written for a snapshot. */
export function manifestFileOf(
  entries: readonly ManifestEntry[],
  written: {
    readonly location: string;
    readonly sizeBytes: number;
    readonly content: ManifestContent;
    readonly spec: PartitionSpec;
    /** Those that the columns of `spec` may be found in. */
    readonly schemas: Schemas;
    readonly snapshotId: bigint;
    readonly sequenceNumber: number;
  },
): ManifestFile {
  assert(
    entries.every((entry) => entry.data_file.spec_id === written.spec['spec-id']),
    `all files of ${written.location} are of one partition spec`,
  );
  return {
    manifest_path: written.location,
    manifest_length: written.sizeBytes,
    partition_spec_id: written.spec['spec-id'],
    content: written.content,
    sequence_number: written.sequenceNumber,
    min_sequence_number: entries.reduce(
      (lowest, { status, sequence_number: number }) =>
        status === EntryStatus.Deleted || number === null ? lowest : Math.min(lowest, number),
      written.sequenceNumber,
    ),
    added_snapshot_id: written.snapshotId,
    ...countsOf(entries),
    partitions: partitionSummaries(
      entries.map((entry) => entry.data_file.partition),
      written.spec,
      written.schemas,
    ),
    key_metadata: null,
    first_row_id: null,
  };
}

/** Whether the writer of its list left no count out, as old ones do. */
export function hasCounts(manifest: ManifestFile): boolean {
  return Object.keys(countsOf([])).every(
    (name) => typeof manifest[name as keyof ManifestFile] === 'number',
  );
}

/** `manifest` with the counts that an old writer left out. */
export function withCounts(
  manifest: ManifestFile,
  entries: readonly ManifestEntry[],
): ManifestFile {
  return { ...manifest, ...countsOf(entries) };
}

function countsOf(
  entries: readonly ManifestEntry[],
): Pick<
  ManifestFile,
  | 'added_files_count'
  | 'existing_files_count'
  | 'deleted_files_count'
  | 'added_rows_count'
  | 'existing_rows_count'
  | 'deleted_rows_count'
> {
  const files = [0, 0, 0];
  const rows = [0, 0, 0];
  for (const { status, data_file: file } of entries) {
    files[status] = (files[status] ?? 0) + 1;
    rows[status] = (rows[status] ?? 0) + file.record_count;
  }
  const [existingFiles = 0, addedFiles = 0, deletedFiles = 0] = files;
  const [existingRows = 0, addedRows = 0, deletedRows = 0] = rows;
  return {
    added_files_count: addedFiles,
    existing_files_count: existingFiles,
    deleted_files_count: deletedFiles,
    added_rows_count: addedRows,
    existing_rows_count: existingRows,
    deleted_rows_count: deletedRows,
  };
}

function partitionNames(specJson: string | undefined): ReadonlyMap<number, string> {
  const fields = JSON.parse(specJson ?? '[]') as readonly {
    readonly name: string;
    readonly 'field-id'?: number;
  }[];
  return new Map(
    fields.map((field, index) => [
      field['field-id'] ?? FIRST_PARTITION_ID + index,
      avroName(field.name),
    ]),
  );
}

/** avsc takes bytes as Buffers only. */
function encodable(entry: ManifestEntry): unknown {
  const { data_file: file } = entry;
  return {
    ...entry,
    data_file: {
      ...file,
      partition: Object.fromEntries(
        Object.entries(file.partition).map(([key, value]) => [
          key,
          value instanceof Uint8Array ? bufferOf(value) : value,
        ]),
      ),
      lower_bounds: file.lower_bounds && boundBuffers(file.lower_bounds),
      upper_bounds: file.upper_bounds && boundBuffers(file.upper_bounds),
      key_metadata: file.key_metadata && bufferOf(file.key_metadata),
    },
  };
}

function boundBuffers(bounds: FieldBounds): FieldBounds {
  if (bounds.every(({ value }) => Buffer.isBuffer(value))) return bounds;
  return bounds.map(({ key, value }) => ({ key, value: bufferOf(value) }));
}

function bufferOf(bytes: Uint8Array): Buffer {
  if (Buffer.isBuffer(bytes)) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Owns what manifests and manifest lists say, in the specification's own names. */

/** A value of a partition: integers of 64 bits as bigints, dates and decimals as Avro has them. */
export type PartitionValue = null | boolean | number | bigint | string | Uint8Array;

/** The content of a file. */
export const FileContent = { Data: 0, PositionDeletes: 1, EqualityDeletes: 2 } as const;
/** One of {@link FileContent}. */
export type FileContent = (typeof FileContent)[keyof typeof FileContent];

/** Statistics by field id. */
export type FieldCounts = readonly { readonly key: number; readonly value: number }[];
/** Bounds by field id, in Iceberg's single-value serialization. */
export type FieldBounds = readonly { readonly key: number; readonly value: Uint8Array }[];

/** A data or delete file, or a deletion vector within a Puffin file. */
export interface DataFile {
  readonly content: FileContent;
  /** Its location. */
  readonly file_path: string;
  /** `PARQUET`, or `PUFFIN` for a deletion vector; others may write it in lower case. */
  readonly file_format: string;
  /** Not in the file's own record: the spec of the manifest that it is in. */
  readonly spec_id: number;
  /** Empty in an unpartitioned spec. */
  readonly partition: Readonly<Record<string, PartitionValue>>;
  /** Rows, deletes, or deleted positions. */
  readonly record_count: number;
  readonly file_size_in_bytes: number;
  /** Compressed bytes of each leaf column. */
  readonly column_sizes?: FieldCounts | null;
  /** Values of each leaf column, nulls included. */
  readonly value_counts?: FieldCounts | null;
  readonly null_value_counts?: FieldCounts | null;
  readonly nan_value_counts?: FieldCounts | null;
  readonly lower_bounds?: FieldBounds | null;
  readonly upper_bounds?: FieldBounds | null;
  readonly key_metadata?: Uint8Array | null;
  /** Where row groups begin, ascending. */
  readonly split_offsets?: readonly number[] | null;
  readonly equality_ids?: readonly number[] | null;
  /** Null for position deletes, which have an order of their own. */
  readonly sort_order_id?: number | null;
  /** Version 3: of a data file's first row; assigned by inheritance while null. */
  readonly first_row_id?: number | null;
  /** The one data file that all deletes are of; always there for a deletion vector. */
  readonly referenced_data_file?: string | null;
  /** Where a deletion vector's blob lies in its Puffin file. */
  readonly content_offset?: number | null;
  readonly content_size_in_bytes?: number | null;
}

/** What a manifest says of a file. */
export const EntryStatus = { Existing: 0, Added: 1, Deleted: 2 } as const;
/** One of {@link EntryStatus}. */
export type EntryStatus = (typeof EntryStatus)[keyof typeof EntryStatus];

/** Null where the value is inherited from the manifest, which only an added file's may be. */
export interface ManifestEntry {
  readonly status: EntryStatus;
  /** Where the file was added, or deleted if the status says so. */
  readonly snapshot_id: bigint | null;
  /** The age of the data, which decides what deletes apply. */
  readonly sequence_number: number | null;
  /** The age of the file. */
  readonly file_sequence_number: number | null;
  readonly data_file: DataFile;
}

/** An entry whose inherited values are filled in. */
export interface KnownEntry extends ManifestEntry {
  readonly snapshot_id: bigint;
  readonly sequence_number: number;
  readonly file_sequence_number: number;
}

/** What a manifest lists. */
export const ManifestContent = { Data: 0, Deletes: 1 } as const;
/** One of {@link ManifestContent}. */
export type ManifestContent = (typeof ManifestContent)[keyof typeof ManifestContent];

/** A manifest, as a manifest list has it. Counts are null where an old writer left them out. */
export interface ManifestFile {
  readonly manifest_path: string;
  readonly manifest_length: number;
  readonly partition_spec_id: number;
  readonly content: ManifestContent;
  /** Of the snapshot that added it. */
  readonly sequence_number: number;
  /** The lowest of its live files' sequence numbers. */
  readonly min_sequence_number: number;
  readonly added_snapshot_id: bigint;
  readonly added_files_count: number | null;
  readonly existing_files_count: number | null;
  readonly deleted_files_count: number | null;
  readonly added_rows_count: number | null;
  readonly existing_rows_count: number | null;
  readonly deleted_rows_count: number | null;
  /** One a partition field; null when unknown. */
  readonly partitions?: readonly PartitionSummary[] | null;
  readonly key_metadata?: Uint8Array | null;
  /** Version 3, data manifests: where the row ids of its files begin. */
  readonly first_row_id?: number | null;
}

export interface PartitionSummary {
  readonly contains_null: boolean;
  readonly contains_nan?: boolean | null;
  readonly lower_bound?: Uint8Array | null;
  readonly upper_bound?: Uint8Array | null;
}

/** Whether a manifest may hold a live file: one that a scan reads. */
export function hasLiveFiles(manifest: ManifestFile): boolean {
  return manifest.added_files_count !== 0 || manifest.existing_files_count !== 0;
}

/** Whether this is a deletion vector rather than a file of its own. */
export function isDeletionVector(file: DataFile): boolean {
  return file.file_format.toUpperCase() === 'PUFFIN';
}

/** Tells a file from all others of a snapshot: many deletion vectors may share a location. */
export function fileKey(file: DataFile): string {
  return isDeletionVector(file) ? `${file.file_path}#${file.content_offset ?? 0}` : file.file_path;
}

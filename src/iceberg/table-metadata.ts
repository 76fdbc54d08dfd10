/** Owns a table's metadata, as Iceberg's specification writes it in JSON. */
import type { IcebergSchema } from './iceberg-schema.js';

/** A committed state of the table. Ids have 63 bits, so they are bigints here and nowhere numbers. */
export interface Snapshot {
  readonly 'snapshot-id': bigint;
  readonly 'parent-snapshot-id'?: bigint;
  readonly 'sequence-number': number;
  readonly 'timestamp-ms': number;
  readonly 'manifest-list': string;
  readonly summary: Readonly<Record<string, string>> & { readonly operation: SnapshotOperation };
  readonly 'schema-id'?: number;
  /** Version 3. */
  readonly 'first-row-id'?: number;
  readonly 'added-rows'?: number;
}

export type SnapshotOperation = 'append' | 'replace' | 'overwrite' | 'delete';

/** What is not listed here is kept as it was read. */
export interface TableMetadata {
  readonly 'format-version': number;
  readonly 'table-uuid': string;
  /** Without a slash at its end. */
  readonly location: string;
  readonly 'last-sequence-number': number;
  readonly 'last-updated-ms': number;
  readonly 'last-column-id': number;
  readonly schemas: readonly IcebergSchema[];
  readonly 'current-schema-id': number;
  readonly 'partition-specs': readonly PartitionSpec[];
  readonly 'default-spec-id': number;
  readonly 'last-partition-id': number;
  readonly 'sort-orders': readonly SortOrder[];
  readonly 'default-sort-order-id': number;
  readonly properties: Readonly<Record<string, string>>;
  /** Absent or -1 while there is none. */
  readonly 'current-snapshot-id'?: bigint | null;
  readonly snapshots: readonly Snapshot[];
  readonly 'snapshot-log': readonly {
    readonly 'snapshot-id': bigint;
    readonly 'timestamp-ms': number;
  }[];
  readonly 'metadata-log': readonly {
    readonly 'metadata-file': string;
    readonly 'timestamp-ms': number;
  }[];
  readonly refs: Readonly<Record<string, SnapshotRef>>;
  readonly statistics?: readonly { readonly 'snapshot-id': bigint }[];
  readonly 'partition-statistics'?: readonly { readonly 'snapshot-id': bigint }[];
  /** Version 3. */
  readonly 'next-row-id'?: number;
}

/** Names a snapshot; the three limits are other people's wishes for its history. */
export interface SnapshotRef {
  readonly 'snapshot-id': bigint;
  readonly type: 'branch' | 'tag';
  readonly 'min-snapshots-to-keep'?: number;
  readonly 'max-snapshot-age-ms'?: number;
  readonly 'max-ref-age-ms'?: number;
}

export interface PartitionSpec {
  readonly 'spec-id': number;
  readonly fields: readonly {
    readonly 'source-id': number;
    readonly 'field-id': number;
    readonly name: string;
    readonly transform: string;
  }[];
}

export interface SortOrder {
  readonly 'order-id': number;
  readonly fields: readonly {
    readonly 'source-id': number;
    readonly transform: string;
    readonly direction: 'asc' | 'desc';
    readonly 'null-order': 'nulls-first' | 'nulls-last';
  }[];
}

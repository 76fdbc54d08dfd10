/** Owns changes to a table's metadata and what they rest on, as Iceberg's REST protocol names them. */
import type { IcebergSchema } from './iceberg-schema.js';
import type { PartitionSpec, Snapshot, SnapshotRef } from './table-metadata.js';

/** Must hold for a commit to take place. */
export type TableRequirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  | {
      readonly type: 'assert-ref-snapshot-id';
      readonly ref: string;
      /** Null: the ref does not exist. */
      readonly 'snapshot-id': bigint | null;
    }
  | { readonly type: 'assert-last-assigned-field-id'; readonly 'last-assigned-field-id': number }
  | { readonly type: 'assert-current-schema-id'; readonly 'current-schema-id': number }
  | {
      readonly type: 'assert-last-assigned-partition-id';
      readonly 'last-assigned-partition-id': number;
    }
  | { readonly type: 'assert-default-spec-id'; readonly 'default-spec-id': number };

/** One change; those of a commit take place in their order. */
export type TableUpdate =
  | {
      readonly action: 'add-schema';
      readonly schema: IcebergSchema;
      readonly 'last-column-id': number;
    }
  /** -1: the schema added last. */
  | { readonly action: 'set-current-schema'; readonly 'schema-id': number }
  | { readonly action: 'add-spec'; readonly spec: PartitionSpec }
  /** -1: the spec added last. */
  | { readonly action: 'set-default-spec'; readonly 'spec-id': number }
  | { readonly action: 'add-snapshot'; readonly snapshot: Snapshot }
  /** Replaces the ref whole: limits that are not given again are lost. */
  | ({ readonly action: 'set-snapshot-ref'; readonly 'ref-name': string } & SnapshotRef)
  | { readonly action: 'remove-snapshots'; readonly 'snapshot-ids': readonly bigint[] }
  | { readonly action: 'set-properties'; readonly updates: Readonly<Record<string, string>> }
  | { readonly action: 'remove-properties'; readonly removals: readonly string[] }
  | { readonly action: 'upgrade-format-version'; readonly 'format-version': number };

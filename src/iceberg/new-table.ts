/** Owns the first metadata of a new table. */
import type { IcebergSchema } from './iceberg-schema.js';
import { NO_PARTITION_ID } from './partition-spec.js';
import type { PartitionSpec, SortOrder, TableMetadata } from './table-metadata.js';

const UNSORTED: SortOrder = { 'order-id': 0, fields: [] };

export interface NewTable {
  /** Without a slash at its end. */
  readonly location: string;
  readonly schema: IcebergSchema;
  /** The highest field id of `schema`, nested ones included. */
  readonly lastColumnId: number;
  readonly properties: Readonly<Record<string, string>>;
  readonly formatVersion: 2 | 3;
  readonly nowMs: number;
  readonly uuid: string;
  /** Data files are sorted by these, ascending; unsorted when there are none. */
  readonly sortKeyFieldIds?: readonly number[];
  /** With the id 0; unpartitioned when left out. */
  readonly spec?: PartitionSpec;
}

/** Metadata of a table without a snapshot. */
export function newTableMetadata(table: NewTable): TableMetadata {
  const keys = table.sortKeyFieldIds ?? [];
  const spec = table.spec ?? { 'spec-id': 0, fields: [] };
  const sorted: SortOrder = {
    'order-id': 1,
    fields: keys.map((id) => ({
      'source-id': id,
      transform: 'identity',
      direction: 'asc',
      'null-order': 'nulls-first',
    })),
  };
  return {
    'format-version': table.formatVersion,
    'table-uuid': table.uuid,
    location: table.location,
    'last-sequence-number': 0,
    'last-updated-ms': table.nowMs,
    'last-column-id': table.lastColumnId,
    schemas: [table.schema],
    'current-schema-id': table.schema['schema-id'],
    'partition-specs': [spec],
    'default-spec-id': spec['spec-id'],
    'last-partition-id': Math.max(
      NO_PARTITION_ID,
      ...spec.fields.map((field) => field['field-id']),
    ),
    'sort-orders': keys.length === 0 ? [UNSORTED] : [UNSORTED, sorted],
    'default-sort-order-id': keys.length === 0 ? 0 : 1,
    properties: table.properties,
    // What every reader of version 2 takes for "none"; from version 3 on it is written as null.
    'current-snapshot-id': table.formatVersion === 2 ? -1n : null,
    snapshots: [],
    'snapshot-log': [],
    'metadata-log': [],
    refs: {},
    ...(table.formatVersion === 3 ? { 'next-row-id': 0 } : {}),
  };
}

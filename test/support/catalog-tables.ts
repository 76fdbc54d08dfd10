/** Owns tables and commits as tests of catalogs need them: right, and without any data. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { TableCommit } from '../../src/iceberg/catalog.js';
import type { IcebergSchema } from '../../src/iceberg/iceberg-schema.js';
import { newTableMetadata } from '../../src/iceberg/new-table.js';
import type { Snapshot, TableMetadata } from '../../src/iceberg/table-metadata.js';

/** Nested, and numbered as nobody would by himself: a catalog has to keep the ids. */
export const SCHEMA: IcebergSchema = {
  type: 'struct',
  'schema-id': 0,
  'identifier-field-ids': [7],
  fields: [
    { id: 7, name: 'pk', required: true, type: 'string', doc: 'the key' },
    { id: 3, name: 'price', required: false, type: 'decimal(38, 9)' },
    {
      id: 12,
      name: 'tags',
      required: false,
      type: { type: 'list', 'element-id': 11, 'element-required': false, element: 'string' },
    },
  ],
};

export function tableMetadata(location: string, formatVersion: 2 | 3 = 2): TableMetadata {
  return newTableMetadata({
    location,
    schema: SCHEMA,
    lastColumnId: 12,
    properties: { owner: 'contract', 'tidemark.rounds': '0' },
    formatVersion,
    nowMs: Date.now(),
    uuid: randomUUID(),
    sortKeyFieldIds: [7],
  });
}

/** The next snapshot of a table, its id beyond what a number holds. */
export function nextSnapshot(metadata: TableMetadata): Snapshot {
  const id = randomBytes(8).readBigUInt64BE() >> 1n;
  const parent = metadata.refs['main']?.['snapshot-id'];
  return {
    'snapshot-id': id | (1n << 60n) | 1n,
    ...(parent === undefined ? {} : { 'parent-snapshot-id': parent }),
    'sequence-number': metadata['last-sequence-number'] + 1,
    'timestamp-ms': Math.max(Date.now(), metadata['last-updated-ms']),
    'manifest-list': `${metadata.location}/metadata/snap-${id.toString()}.avro`,
    summary: { operation: 'append', 'tidemark.window': 'w' },
    'schema-id': metadata['current-schema-id'],
    ...(metadata['format-version'] < 3
      ? {}
      : { 'first-row-id': metadata['next-row-id'] ?? 0, 'added-rows': 10 }),
  };
}

/** Appends to `main` as it is in `metadata`, and sets `properties`, in one commit. */
export function appendCommit(
  metadata: TableMetadata,
  properties: Readonly<Record<string, string>>,
  snapshot: Snapshot = nextSnapshot(metadata),
): TableCommit {
  return {
    requirements: [
      { type: 'assert-table-uuid', uuid: metadata['table-uuid'] },
      {
        type: 'assert-ref-snapshot-id',
        ref: 'main',
        'snapshot-id': metadata.refs['main']?.['snapshot-id'] ?? null,
      },
    ],
    updates: [
      { action: 'add-snapshot', snapshot },
      {
        action: 'set-snapshot-ref',
        'ref-name': 'main',
        type: 'branch',
        'snapshot-id': snapshot['snapshot-id'],
      },
      { action: 'set-properties', updates: properties },
    ],
  };
}

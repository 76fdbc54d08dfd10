/** Owns a small table's metadata for the tests of this folder. */
import { applyUpdates } from '../../../src/iceberg/apply-updates.js';
import type { IcebergSchema } from '../../../src/iceberg/iceberg-schema.js';
import { newTableMetadata, type NewTable } from '../../../src/iceberg/new-table.js';
import type { Snapshot, TableMetadata } from '../../../src/iceberg/table-metadata.js';
import type { TableUpdate } from '../../../src/iceberg/table-update.js';

export const LOCATION = 's3://lake/orders';
export const CREATED_MS = 1_700_000_000_000;

export const SCHEMA: IcebergSchema = {
  type: 'struct',
  'schema-id': 0,
  'identifier-field-ids': [1],
  fields: [
    { id: 1, name: 'id', required: true, type: 'string' },
    { id: 2, name: 'amount', required: false, type: 'decimal(38, 2)' },
  ],
};

export function sampleMetadata(changes: Partial<NewTable> = {}): TableMetadata {
  return newTableMetadata({
    location: LOCATION,
    schema: SCHEMA,
    lastColumnId: 2,
    properties: {},
    formatVersion: 2,
    nowMs: CREATED_MS,
    uuid: '11111111-2222-4333-8444-555555555555',
    ...changes,
  });
}

/** A snapshot numbered `sequenceNumber`, of a 63-bit id that no double holds. */
export function sampleSnapshot(sequenceNumber: number, changes: Partial<Snapshot> = {}): Snapshot {
  return {
    'snapshot-id': 9_007_199_254_740_993n + BigInt(sequenceNumber),
    'sequence-number': sequenceNumber,
    'timestamp-ms': CREATED_MS + sequenceNumber,
    'manifest-list': `${LOCATION}/metadata/snap-${sequenceNumber}.avro`,
    summary: { operation: 'append' },
    ...changes,
  };
}

/** What makes `snapshot` the current one. */
export function commitOf(snapshot: Snapshot): readonly TableUpdate[] {
  return [
    { action: 'add-snapshot', snapshot },
    {
      action: 'set-snapshot-ref',
      'ref-name': 'main',
      type: 'branch',
      'snapshot-id': snapshot['snapshot-id'],
    },
  ];
}

export function apply(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
  nowMs = CREATED_MS + 1000,
): TableMetadata {
  return applyUpdates(metadata, updates, {
    nowMs,
    previousMetadataLocation: undefined,
    maxPreviousVersions: 100,
  });
}

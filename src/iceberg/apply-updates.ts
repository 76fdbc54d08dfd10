/** Owns what each update makes of a table's metadata, as catalogs of Iceberg's REST protocol do it. */
import { isDeepStrictEqual } from 'node:util';
import { assert, unreachable } from '../core/assert.js';
import type { IcebergSchema } from './iceberg-schema.js';
import { FORMAT_VERSIONS } from './metadata-json.js';
import { sameFields } from './partition-spec.js';
import type { PartitionSpec, Snapshot, TableMetadata } from './table-metadata.js';
import { MAIN } from './table-state.js';
import type { TableUpdate } from './table-update.js';

/** -1 in `set-current-schema` and `set-default-spec`: what was added last in the same commit. */
const LAST_ADDED = -1;

/** What a commit knows besides its updates. */
export interface UpdateContext {
  readonly nowMs: number;
  /** Where `metadata` lies; undefined when it lies nowhere yet. */
  readonly previousMetadataLocation: string | undefined;
  /** How many earlier metadata files are remembered, at least 1. */
  readonly maxPreviousVersions: number;
}

/** The metadata under way, and what the commit's updates so far leave for later ones to know. */
interface Draft {
  readonly metadata: TableMetadata;
  readonly lastAddedSchemaId?: number;
  readonly lastAddedSpecId?: number;
  readonly addedSnapshotIds: readonly bigint[];
}

/**
 * The metadata that follows when `updates` take place in their order; equal to `metadata` when they
 * are none. The caller has checked the commit's requirements (check-requirements.ts).
 *
 * InvariantError for an update that no correct writer sends.
 */
export function applyUpdates(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
  context: UpdateContext,
): TableMetadata {
  if (updates.length === 0) return metadata;
  const nowMs = Math.max(context.nowMs, metadata['last-updated-ms']);
  let draft: Draft = { metadata, addedSnapshotIds: [] };
  for (const update of updates) draft = applyUpdate(draft, update, nowMs);
  return {
    ...draft.metadata,
    'last-updated-ms': nowMs,
    'snapshot-log': settledLog(draft),
    'metadata-log': extendedMetadataLog(metadata, context),
  };
}

function applyUpdate(draft: Draft, update: TableUpdate, nowMs: number): Draft {
  const { metadata } = draft;
  switch (update.action) {
    case 'add-schema':
      return addSchema(draft, update.schema, update['last-column-id']);
    case 'set-current-schema':
      return withMetadata(draft, {
        'current-schema-id': schemaIdOf(draft, update['schema-id']),
      });
    case 'add-spec':
      return addSpec(draft, update.spec);
    case 'set-default-spec':
      return withMetadata(draft, { 'default-spec-id': specIdOf(draft, update['spec-id']) });
    case 'add-snapshot':
      return addSnapshot(draft, update.snapshot);
    case 'set-snapshot-ref':
      return setRef(draft, update, nowMs);
    case 'remove-snapshots':
      return removeSnapshots(draft, new Set(update['snapshot-ids']));
    case 'set-properties':
      return withMetadata(draft, { properties: { ...metadata.properties, ...update.updates } });
    case 'remove-properties':
      return withMetadata(draft, {
        properties: Object.fromEntries(
          Object.entries(metadata.properties).filter(([key]) => !update.removals.includes(key)),
        ),
      });
    case 'upgrade-format-version':
      return upgrade(draft, update['format-version']);
    default:
      return unreachable(update);
  }
}

function withMetadata(draft: Draft, changes: Partial<TableMetadata>): Draft {
  return { ...draft, metadata: { ...draft.metadata, ...changes } };
}

function addSchema(draft: Draft, schema: IcebergSchema, lastColumnId: number): Draft {
  const { metadata } = draft;
  assert(
    lastColumnId >= metadata['last-column-id'],
    `last column id ${lastColumnId} is not below ${metadata['last-column-id']}`,
  );
  const known = metadata.schemas.find((other) => sameSchema(other, schema));
  const id = known?.['schema-id'] ?? Math.max(...metadata.schemas.map((s) => s['schema-id'])) + 1;
  const schemas = known ? metadata.schemas : [...metadata.schemas, { ...schema, 'schema-id': id }];
  return {
    ...withMetadata(draft, { schemas, 'last-column-id': lastColumnId }),
    lastAddedSchemaId: id,
  };
}

function sameSchema(a: IcebergSchema, b: IcebergSchema): boolean {
  const identifiers = (schema: IcebergSchema): readonly number[] =>
    schema['identifier-field-ids'] ?? [];
  return isDeepStrictEqual(a.fields, b.fields) && isDeepStrictEqual(identifiers(a), identifiers(b));
}

function schemaIdOf({ metadata, lastAddedSchemaId }: Draft, id: number): number {
  const wanted = id === LAST_ADDED ? lastAddedSchemaId : id;
  assert(
    metadata.schemas.some((schema) => schema['schema-id'] === wanted),
    `schema ${id} to be set is one of the table's`,
  );
  return wanted ?? LAST_ADDED;
}

function addSpec(draft: Draft, { fields }: PartitionSpec): Draft {
  const { metadata } = draft;
  const specs = metadata['partition-specs'];
  const known = specs.find((other) => sameFields(other.fields, fields));
  const id = known?.['spec-id'] ?? Math.max(...specs.map((spec) => spec['spec-id'])) + 1;
  return {
    ...withMetadata(draft, {
      'partition-specs': known ? specs : [...specs, { 'spec-id': id, fields }],
      'last-partition-id': Math.max(
        metadata['last-partition-id'],
        ...fields.map((field) => field['field-id']),
      ),
    }),
    lastAddedSpecId: id,
  };
}

function specIdOf({ metadata, lastAddedSpecId }: Draft, id: number): number {
  const wanted = id === LAST_ADDED ? lastAddedSpecId : id;
  assert(
    metadata['partition-specs'].some((spec) => spec['spec-id'] === wanted),
    `partition spec ${id} to be set is one of the table's`,
  );
  return wanted ?? LAST_ADDED;
}

function addSnapshot(draft: Draft, snapshot: Snapshot): Draft {
  const { metadata } = draft;
  const id = snapshot['snapshot-id'];
  assert(
    metadata.snapshots.every((other) => other['snapshot-id'] !== id),
    `snapshot id ${id.toString()} is new`,
  );
  assert(
    snapshot['sequence-number'] === metadata['last-sequence-number'] + 1,
    `sequence number ${snapshot['sequence-number']} follows ${metadata['last-sequence-number']}`,
  );
  return {
    ...withMetadata(draft, {
      snapshots: [...metadata.snapshots, snapshot],
      'last-sequence-number': snapshot['sequence-number'],
      ...assignedRowIds(metadata, snapshot),
    }),
    addedSnapshotIds: [...draft.addedSnapshotIds, id],
  };
}

function assignedRowIds(metadata: TableMetadata, snapshot: Snapshot): Partial<TableMetadata> {
  if (metadata['format-version'] < 3) return {};
  const next = metadata['next-row-id'] ?? 0;
  const first = snapshot['first-row-id'] ?? -1;
  const added = snapshot['added-rows'] ?? -1;
  assert(first >= next && added >= 0, `row ids from ${first} on are not assigned yet`);
  return { 'next-row-id': first + added };
}

function setRef(
  draft: Draft,
  update: Extract<TableUpdate, { action: 'set-snapshot-ref' }>,
  nowMs: number,
): Draft {
  const { metadata } = draft;
  const { action, 'ref-name': name, ...ref } = update;
  const id = ref['snapshot-id'];
  const snapshot = metadata.snapshots.find((other) => other['snapshot-id'] === id);
  assert(snapshot !== undefined, `${action}: snapshot ${id.toString()} is one of the table's`);
  assert(name !== MAIN || ref.type === 'branch', `${MAIN} is a branch`);
  if (isDeepStrictEqual(metadata.refs[name], ref)) return draft;
  const refs = { ...metadata.refs, [name]: ref };
  if (name !== MAIN) return withMetadata(draft, { refs });
  const changedAtMs = draft.addedSnapshotIds.includes(id) ? snapshot['timestamp-ms'] : nowMs;
  return withMetadata(draft, {
    refs,
    'current-snapshot-id': id,
    'snapshot-log': [
      ...metadata['snapshot-log'],
      { 'snapshot-id': id, 'timestamp-ms': changedAtMs },
    ],
  });
}

function removeSnapshots(draft: Draft, ids: ReadonlySet<bigint>): Draft {
  const { metadata } = draft;
  const current = metadata.refs[MAIN]?.['snapshot-id'];
  assert(current === undefined || !ids.has(current), 'the current snapshot stays');
  const stays = (entry: { readonly 'snapshot-id': bigint }): boolean =>
    !ids.has(entry['snapshot-id']);
  const { statistics, 'partition-statistics': partitionStatistics } = metadata;
  return withMetadata(draft, {
    snapshots: metadata.snapshots.filter(stays),
    refs: Object.fromEntries(Object.entries(metadata.refs).filter(([, ref]) => stays(ref))),
    ...(statistics && { statistics: statistics.filter(stays) }),
    ...(partitionStatistics && { 'partition-statistics': partitionStatistics.filter(stays) }),
  });
}

function upgrade(draft: Draft, version: number): Draft {
  const { metadata } = draft;
  assert(FORMAT_VERSIONS.includes(version), `format version ${version} is known`);
  assert(version >= metadata['format-version'], 'a format version is never lowered');
  return withMetadata(draft, {
    'format-version': version,
    ...(version >= 3 ? { 'next-row-id': metadata['next-row-id'] ?? 0 } : {}),
  });
}

/**
 * The log of current snapshots without those that were current only within the commit. All before
 * one that is gone goes too: with a hole in it, the log would name the wrong snapshot for a time.
 */
function settledLog({ metadata, addedSnapshotIds }: Draft): TableMetadata['snapshot-log'] {
  const known = new Set(metadata.snapshots.map((snapshot) => snapshot['snapshot-id']));
  const current = metadata.refs[MAIN]?.['snapshot-id'];
  const log = metadata['snapshot-log'];
  const gone = log.findLastIndex((entry) => !known.has(entry['snapshot-id']));
  return log.slice(gone + 1).filter((entry) => {
    const id = entry['snapshot-id'];
    return id === current || !addedSnapshotIds.includes(id);
  });
}

function extendedMetadataLog(
  metadata: TableMetadata,
  { previousMetadataLocation, maxPreviousVersions }: UpdateContext,
): TableMetadata['metadata-log'] {
  const log = metadata['metadata-log'];
  if (previousMetadataLocation === undefined) return log;
  const entry = {
    'metadata-file': previousMetadataLocation,
    'timestamp-ms': metadata['last-updated-ms'],
  };
  return [...log, entry].slice(-Math.max(1, maxPreviousVersions));
}

/** Owns whether a commit may take place on a table's metadata. */
import { unreachable } from '../core/assert.js';
import type { TableMetadata } from './table-metadata.js';
import type { TableRequirement, TableUpdate } from './table-update.js';

/**
 * Why a commit conflicts with `metadata`, or undefined when it may take place. `metadata` is
 * undefined when there is no table.
 *
 * `updates` are those of the commit: a snapshot whose sequence number or row ids were taken by
 * another branch's commit in between is a conflict too, though no requirement says so.
 */
export function checkRequirements(
  metadata: TableMetadata | undefined,
  requirements: readonly TableRequirement[],
  updates: readonly TableUpdate[] = [],
): string | undefined {
  for (const requirement of requirements) {
    const reason = checkRequirement(metadata, requirement);
    if (reason !== undefined) return reason;
  }
  return metadata && findStaleSnapshot(metadata, updates);
}

function checkRequirement(
  metadata: TableMetadata | undefined,
  requirement: TableRequirement,
): string | undefined {
  if (requirement.type === 'assert-create') {
    return metadata && 'the table exists already';
  }
  if (metadata === undefined) return 'the table does not exist';
  switch (requirement.type) {
    case 'assert-table-uuid':
      return unlessEqual('table uuid', metadata['table-uuid'], requirement.uuid);
    case 'assert-ref-snapshot-id': {
      const { ref, 'snapshot-id': wanted } = requirement;
      return unlessEqual(`snapshot of ${ref}`, metadata.refs[ref]?.['snapshot-id'] ?? null, wanted);
    }
    case 'assert-last-assigned-field-id':
      return unlessEqual(
        'last assigned field id',
        metadata['last-column-id'],
        requirement['last-assigned-field-id'],
      );
    case 'assert-current-schema-id':
      return unlessEqual(
        'current schema id',
        metadata['current-schema-id'],
        requirement['current-schema-id'],
      );
    case 'assert-last-assigned-partition-id':
      return unlessEqual(
        'last assigned partition id',
        metadata['last-partition-id'],
        requirement['last-assigned-partition-id'],
      );
    case 'assert-default-spec-id':
      return unlessEqual(
        'default spec id',
        metadata['default-spec-id'],
        requirement['default-spec-id'],
      );
    default:
      return unreachable(requirement);
  }
}

function unlessEqual<T extends string | number | bigint | null>(
  what: string,
  found: T,
  wanted: T,
): string | undefined {
  if (found === wanted) return undefined;
  return `the ${what} is ${String(found)}, not ${String(wanted)}`;
}

function findStaleSnapshot(
  metadata: TableMetadata,
  updates: readonly TableUpdate[],
): string | undefined {
  const first = updates.find((update) => update.action === 'add-snapshot')?.snapshot;
  if (first === undefined) return undefined;
  const last = metadata['last-sequence-number'];
  if (first['sequence-number'] <= last) {
    return `sequence number ${first['sequence-number']} is taken, the last one is ${last}`;
  }
  const nextRowId = metadata['next-row-id'] ?? 0;
  if ((first['first-row-id'] ?? nextRowId) < nextRowId) {
    return `row id ${first['first-row-id'] ?? 0} is taken, the next one is ${nextRowId}`;
  }
  return undefined;
}
